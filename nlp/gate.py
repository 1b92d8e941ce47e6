"""What may be done with a mail, given all opinions. Pure: the desk never acts on a guess.

Acting needs the whole-mail model and the second opinion on the same side for every right: both very sure, or both
fairly sure and the right's own words in the mail. Deletion always needs its words. The thresholds were chosen on mails
held out of the training side of the corpus, not on the dev split.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.recognition import Decision
from handlers.rights import Right
from nlp.classify import Scores
from nlp.evidence import Sentence, loudest, stray_cues
from nlp.rules import Findings, Veto

# How much each opinion counts in the blended score, and from which score on a right is the best guess.
WHOLE_WEIGHT = 0.5
SECOND_WEIGHT = 0.35
WORDS_WEIGHT = 0.15
GUESS = 0.3


@dataclass(frozen=True)
class Level:
    """What both models must reach."""

    whole: float
    second: float


# Acting: both models very sure, or both fairly sure and the words of the right are there.
VERY_SURE = Level(whole=0.95, second=0.8)
FAIRLY_SURE = Level(whole=0.6, second=0.3)
DELETION_SURE = Level(whole=0.9, second=0.5)
# A right that is not among the guesses must be this unlikely to both, else something was overlooked.
RULED_OUT = 0.5

# Nothing is asked only if no score of the mail or of a sentence reaches these, and no right's words are there.
NOTHING = Level(whole=0.05, second=0.1)
NOTHING_SENTENCE = 0.5


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
class Opinions:
    """All opinions on one mail."""

    whole: Scores
    second: Scores
    heard: tuple[Sentence, ...]
    findings: Findings

    def words(self, right: Right) -> bool:
        """Tell whether the mail holds the words or the article of a right."""
        return right in self.findings.cues or right in self.findings.cited

    def blended(self) -> Mapping[Right, float]:
        """Return one score per right from all opinions."""
        return {
            right: WHOLE_WEIGHT * self.whole[right]
            + SECOND_WEIGHT * self.second[right]
            + WORDS_WEIGHT * self.words(right)
            for right in Right
        }

    def reach(self, right: Right, level: Level) -> bool:
        """Tell whether both models score the mail at least so high."""
        return self.whole[right] >= level.whole and self.second[right] >= level.second


@dataclass(frozen=True)
class Verdict:
    """The decision, the rights that are the best guess, and the reason where a person has to look."""

    decision: Decision
    rights: tuple[Right, ...]
    reason: str = ""


def decide(opinions: Opinions) -> Verdict:
    """Return what may be done; any doubt is a reason for triage."""
    blended = opinions.blended()
    rights = tuple(right for right in Right if blended[right] >= GUESS)
    if Veto.INSTRUCTION in opinions.findings.vetoes:
        return Verdict(Decision.TRIAGE, rights, Reason.INSTRUCTION_TO_MACHINE)
    if not rights and _nothing_asked(opinions):
        return Verdict(Decision.NONE, ())
    reason = _doubt(opinions, frozenset(rights))
    if reason is not None:
        return Verdict(Decision.TRIAGE, rights, reason)
    return Verdict(Decision.ACT, rights)


def _nothing_asked(opinions: Opinions) -> bool:
    loud = loudest(opinions.heard)
    return not any(
        opinions.whole[right] >= NOTHING.whole
        or opinions.second[right] >= NOTHING.second
        or loud[right] >= NOTHING_SENTENCE
        or opinions.words(right)
        for right in Right
    )


def _doubt(opinions: Opinions, rights: frozenset[Right]) -> Reason | None:
    if not rights:
        return Reason.LOW_SCORE
    return _veto(opinions, rights) or _overlooked(opinions, rights) or _unsure(opinions, rights)


def _veto(opinions: Opinions, rights: frozenset[Right]) -> Reason | None:
    vetoes = opinions.findings.vetoes
    if Veto.NEGATED in vetoes and _hangs_on_deletion(opinions, rights):
        return Reason.NEGATED
    if Veto.HYPOTHETICAL in vetoes:
        return Reason.HYPOTHETICAL
    return Reason.RULES_DISAGREE if vetoes - {Veto.NEGATED} else None


def _hangs_on_deletion(opinions: Opinions, rights: frozenset[Right]) -> bool:
    """Tell whether "do not delete" speaks against the guess: it is part of a restriction only beside its words."""
    if Right.DELETION in rights:
        return True
    return Right.RESTRICTION in rights and not opinions.words(Right.RESTRICTION)


def _overlooked(opinions: Opinions, rights: frozenset[Right]) -> Reason | None:
    if stray_cues(opinions.heard, rights=rights) or opinions.findings.cited - rights:
        return Reason.RULES_DISAGREE
    if any(max(opinions.whole[right], opinions.second[right]) >= RULED_OUT for right in Right if right not in rights):
        return Reason.LOW_SCORE
    return None


def _unsure(opinions: Opinions, rights: frozenset[Right]) -> Reason | None:
    if Right.DELETION in rights and not _is_backed(opinions, Right.DELETION, DELETION_SURE):
        return Reason.DELETION_UNSURE
    return None if all(_is_sure(opinions, right) for right in rights) else Reason.LOW_SCORE


def _is_sure(opinions: Opinions, right: Right) -> bool:
    return opinions.reach(right, VERY_SURE) or _is_backed(opinions, right, FAIRLY_SURE)


def _is_backed(opinions: Opinions, right: Right, level: Level) -> bool:
    return opinions.words(right) and opinions.reach(right, level)
