from collections.abc import Mapping
from dataclasses import replace

import pytest

from handlers.recognition import Decision
from handlers.rights import Right
from nlp.confidence import Case
from nlp.evidence import Sentence
from nlp.gate import CLEAR, NOTHING, SURE, Reason, Verdict, decide
from nlp.rules import Findings, Veto

ACCESS, DELETION, RESTRICTION = Right.ACCESS, Right.DELETION, Right.RESTRICTION


def scores(given: Mapping[Right, float], *, rest: float = 0.001) -> dict[Right, float]:
    return {right: given.get(right, rest) for right in Right}


def sentence(text: str, *cues: Right, **given: float) -> Sentence:
    return Sentence(text=text, scores=scores({Right(name): v for name, v in given.items()}), cues=frozenset(cues))


def case(
    *heard: Sentence,
    likely: Mapping[Right, float],
    one_model: Mapping[Right, float] | None = None,
    vetoes: frozenset[Veto] = frozenset(),
    cited: frozenset[Right] = frozenset(),
) -> Case:
    """Return a case in which all models say what is likely, unless one says otherwise."""
    cues = frozenset(right for each in heard for right in each.cues)
    return Case(
        likely=scores(likely),
        models=(scores(likely), scores(likely if one_model is None else one_model)),
        voices=(),
        heard=heard,
        findings=Findings(cited=cited, cues=cues, vetoes=vetoes),
    )


ASKS = sentence("What do you have on me?", ACCESS, access=0.9)
WIPES = sentence("Delete me.", DELETION, deletion=0.9)
SURE_ACCESS = case(ASKS, likely={ACCESS: 0.97})
SURE_DELETION = case(WIPES, likely={DELETION: 0.99})


def test_decide_acts_where_the_guess_is_sure_and_the_models_agree() -> None:
    assert decide(SURE_ACCESS, confidence=SURE) == Verdict(Decision.ACT, (ACCESS,))


def test_decide_acts_on_two_rights_at_once() -> None:
    both = case(ASKS, WIPES, likely={ACCESS: 0.99, DELETION: 0.99})
    assert decide(both, confidence=0.99) == Verdict(Decision.ACT, (ACCESS, DELETION))


def test_decide_asks_a_person_where_one_model_does_not_agree() -> None:
    torn = case(ASKS, likely={ACCESS: 0.97}, one_model={ACCESS: 0.4})
    assert decide(torn, confidence=0.99) == Verdict(Decision.TRIAGE, (ACCESS,), Reason.LOW_SCORE)


def test_decide_asks_a_person_where_the_guess_is_not_sure() -> None:
    assert decide(SURE_ACCESS, confidence=SURE - 0.01) == Verdict(Decision.TRIAGE, (ACCESS,), Reason.LOW_SCORE)


def test_decide_deletes_where_every_model_is_clear() -> None:
    assert decide(SURE_DELETION, confidence=SURE) == Verdict(Decision.ACT, (DELETION,))


@pytest.mark.parametrize(("model", "confidence"), [(0.99, SURE - 0.01), (CLEAR - 0.01, 0.99)])
def test_decide_asks_a_person_about_a_deletion_in_doubt(model: float, confidence: float) -> None:
    doubtful = case(WIPES, likely={DELETION: 0.99}, one_model={DELETION: model})
    assert decide(doubtful, confidence=confidence) == Verdict(Decision.TRIAGE, (DELETION,), Reason.DELETION_UNSURE)


@pytest.mark.parametrize(
    ("veto", "reason"),
    [
        (Veto.NEGATED, Reason.NEGATED),
        (Veto.HYPOTHETICAL, Reason.HYPOTHETICAL),
        (Veto.INSTRUCTION, Reason.INSTRUCTION_TO_MACHINE),
        (Veto.DONE, Reason.RULES_DISAGREE),
        (Veto.HOMONYM, Reason.RULES_DISAGREE),
        (Veto.AUTOMATIC, Reason.RULES_DISAGREE),
    ],
)
def test_decide_asks_a_person_after_a_veto(veto: Veto, reason: Reason) -> None:
    vetoed = replace(SURE_DELETION, findings=replace(SURE_DELETION.findings, vetoes=frozenset({veto})))
    assert decide(vetoed, confidence=0.99) == Verdict(Decision.TRIAGE, (DELETION,), reason)


def test_decide_lets_a_restriction_say_what_must_not_be_deleted() -> None:
    heard = sentence("Do not use it until then, but do not delete it.", RESTRICTION, restriction=0.9)
    vetoes = frozenset({Veto.NEGATED})
    assert decide(case(heard, likely={RESTRICTION: 0.97}, vetoes=vetoes), confidence=0.99).decision is Decision.ACT
    assert decide(case(likely={RESTRICTION: 0.97}, vetoes=vetoes), confidence=0.99) == Verdict(
        Decision.TRIAGE, (RESTRICTION,), Reason.NEGATED
    )


def test_decide_stops_at_an_article_that_nobody_heard() -> None:
    cited = case(ASKS, likely={ACCESS: 0.97}, cited=frozenset({Right.PORTABILITY}))
    assert decide(cited, confidence=0.99) == Verdict(Decision.TRIAGE, (ACCESS,), Reason.RULES_DISAGREE)


def test_decide_lays_aside_only_what_is_silent_everywhere() -> None:
    assert decide(case(likely={}), confidence=0.0) == Verdict(Decision.NONE, ())


@pytest.mark.parametrize(
    "heard_something",
    [
        case(likely={ACCESS: NOTHING}),
        case(sentence("psst", ACCESS), likely={}),
        case(likely={}, cited=frozenset({ACCESS})),
    ],
)
def test_decide_asks_a_person_if_anything_was_heard(heard_something: Case) -> None:
    assert decide(heard_something, confidence=0.99) == Verdict(Decision.TRIAGE, (), Reason.LOW_SCORE)


def test_decide_never_lays_aside_an_instruction_to_the_machine() -> None:
    told = case(likely={}, vetoes=frozenset({Veto.INSTRUCTION}))
    assert decide(told, confidence=0.99) == Verdict(Decision.TRIAGE, (), Reason.INSTRUCTION_TO_MACHINE)
