"""What may be done with a mail, given all opinions. Pure: the desk never acts on a guess.

Acting needs the guess to be the whole truth very likely, and both kinds of models to stand on its side.
The thresholds were chosen on mails whose writers no model knew (`train.FOLDS`), not on the dev split.
"""

import enum
from dataclasses import dataclass

from handlers.recognition import Decision
from handlers.rights import Right
from nlp.confidence import Case
from nlp.rules import Veto

SURE = 0.9  # that the set of rights is right as a whole
EVEN = 0.5  # a model alone says rather yes than no
CLEAR = 0.9  # a model alone says clearly yes: all must where data would be lost
NOTHING = 0.05  # nothing is asked only if every right is less likely, and no right's words are there


@enum.unique
class Reason(enum.StrEnum):
    """Why a person has to look; words of the catalogue."""

    LOW_SCORE = "low_score"
    RULES_DISAGREE = "rules_disagree"
    DELETION_UNSURE = "deletion_unsure"
    NEGATED = "negated"
    HYPOTHETICAL = "hypothetical"
    INSTRUCTION_TO_MACHINE = "instruction_to_machine"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Verdict:
    """The decision, the rights that are the best guess, and the reason where a person has to look."""

    decision: Decision
    rights: tuple[Right, ...]
    reason: str = ""


def decide(case: Case, *, confidence: float) -> Verdict:
    """Return what may be done, given how likely the guess is the whole truth; any doubt is a reason for triage."""
    rights = case.rights
    if Veto.INSTRUCTION in case.findings.vetoes:
        return Verdict(Decision.TRIAGE, rights, Reason.INSTRUCTION_TO_MACHINE)
    if not rights:
        return Verdict(Decision.NONE, ()) if _nothing_asked(case) else Verdict(Decision.TRIAGE, (), Reason.LOW_SCORE)
    reason = _veto(case) or _unsure(case, confidence)
    return Verdict(Decision.TRIAGE if reason else Decision.ACT, rights, reason or "")


def doubted(verdict: Verdict) -> Verdict:
    """Return the verdict for a mail whose details are not sure enough to act on."""
    return Verdict(Decision.TRIAGE, verdict.rights, verdict.reason or Reason.LOW_SCORE)


def _nothing_asked(case: Case) -> bool:
    return not any(case.likely[right] >= NOTHING or case.has_words(right) for right in Right)


def _veto(case: Case) -> Reason | None:
    vetoes = case.findings.vetoes
    if Veto.NEGATED in vetoes and _hangs_on_deletion(case):
        return Reason.NEGATED
    if Veto.HYPOTHETICAL in vetoes:
        return Reason.HYPOTHETICAL
    return Reason.RULES_DISAGREE if vetoes - {Veto.NEGATED} or case.findings.cited - set(case.rights) else None


def _hangs_on_deletion(case: Case) -> bool:
    """Tell whether "do not delete" speaks against the guess: it is part of a restriction only beside its words."""
    if Right.DELETION in case.rights:
        return True
    return Right.RESTRICTION in case.rights and not case.has_words(Right.RESTRICTION)


def _unsure(case: Case, confidence: float) -> Reason | None:
    agreed = all(model[right] >= EVEN for model in case.models for right in case.rights)
    if Right.DELETION in case.rights and not _may_delete(case, confidence):
        return Reason.DELETION_UNSURE
    return None if agreed and confidence >= SURE else Reason.LOW_SCORE


def _may_delete(case: Case, confidence: float) -> bool:
    return confidence >= SURE and all(model[Right.DELETION] >= CLEAR for model in case.models)
