from dataclasses import replace

import pytest

from handlers.recognition import Decision
from handlers.rights import Right
from nlp.evidence import Sentence
from nlp.gate import Opinions, Reason, Verdict, decide
from nlp.rules import Findings, Veto

ACCESS, DELETION, WITHDRAWAL = Right.ACCESS, Right.DELETION, Right.WITHDRAWAL


def scores(**given: float) -> dict[Right, float]:
    return {right: given.get(right.value, 0.0) for right in Right}


def sentence(text: str, *cues: Right, **given: float) -> Sentence:
    return Sentence(text=text, scores=scores(**given), cues=frozenset(cues))


def opinions(
    whole: dict[Right, float],
    second: dict[Right, float],
    *,
    heard: tuple[Sentence, ...] = (),
    vetoes: frozenset[Veto] = frozenset(),
    cited: frozenset[Right] = frozenset(),
) -> Opinions:
    cues = frozenset(right for each in heard for right in each.cues)
    return Opinions(whole=whole, second=second, heard=heard, findings=Findings(cited=cited, cues=cues, vetoes=vetoes))


SURE_ACCESS = opinions(scores(access=0.97), scores(access=0.9))
SURE_DELETION = opinions(
    scores(deletion=0.95), scores(deletion=0.9), heard=(sentence("Delete me.", DELETION, deletion=0.9),)
)


def test_decide_acts_where_both_models_are_very_sure() -> None:
    assert decide(SURE_ACCESS) == Verdict(Decision.ACT, (ACCESS,))


def test_decide_acts_on_two_rights_at_once() -> None:
    both = opinions(
        scores(access=0.95, deletion=0.95),
        scores(access=0.9, deletion=0.9),
        heard=(sentence("Send and delete all.", DELETION, access=0.9, deletion=0.9),),
    )
    assert decide(both) == Verdict(Decision.ACT, (ACCESS, DELETION))


def test_decide_acts_on_fair_scores_with_the_words_of_the_right() -> None:
    heard = (sentence("What do you have on me?", ACCESS, access=0.6),)
    assert decide(opinions(scores(access=0.65), scores(access=0.4), heard=heard)).decision is Decision.ACT
    assert decide(opinions(scores(access=0.65), scores(access=0.4))) == Verdict(
        Decision.TRIAGE, (ACCESS,), Reason.LOW_SCORE
    )


def test_decide_counts_a_cited_article_as_words() -> None:
    cited = opinions(scores(access=0.65), scores(access=0.4), cited=frozenset({ACCESS}))
    assert decide(cited) == Verdict(Decision.ACT, (ACCESS,))


def test_decide_never_deletes_without_the_words_of_deletion() -> None:
    assert decide(SURE_DELETION) == Verdict(Decision.ACT, (DELETION,))
    assert decide(replace(SURE_DELETION, heard=(), findings=Findings())) == Verdict(
        Decision.TRIAGE, (DELETION,), Reason.DELETION_UNSURE
    )


@pytest.mark.parametrize("whole", [0.6, 0.89])
def test_decide_asks_a_person_about_a_deletion_in_doubt(whole: float) -> None:
    doubtful = replace(SURE_DELETION, whole=scores(deletion=whole))
    assert decide(doubtful) == Verdict(Decision.TRIAGE, (DELETION,), Reason.DELETION_UNSURE)


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
    assert decide(vetoed) == Verdict(Decision.TRIAGE, (DELETION,), reason)


def test_decide_lets_a_restriction_say_what_must_not_be_deleted() -> None:
    heard = (sentence("Do not use it until then, but do not delete it.", Right.RESTRICTION, restriction=0.9),)
    vetoes = frozenset({Veto.NEGATED})
    kept = opinions(scores(restriction=0.97), scores(restriction=0.9), heard=heard, vetoes=vetoes)
    assert decide(kept) == Verdict(Decision.ACT, (Right.RESTRICTION,))
    assert decide(opinions(scores(restriction=0.97), scores(restriction=0.9), vetoes=vetoes)) == Verdict(
        Decision.TRIAGE, (Right.RESTRICTION,), Reason.NEGATED
    )


def test_decide_stops_at_the_words_of_a_right_that_was_overlooked() -> None:
    heard = (sentence("What do you have on me?", access=0.9), sentence("And unsubscribe me.", WITHDRAWAL))
    assert decide(replace(SURE_ACCESS, heard=heard)) == Verdict(Decision.TRIAGE, (ACCESS,), Reason.RULES_DISAGREE)


def test_decide_passes_over_such_words_in_the_sentence_that_asks() -> None:
    heard = (sentence("Stop using my address for what you know of me", WITHDRAWAL, access=0.9),)
    assert decide(replace(SURE_ACCESS, heard=heard)).decision is Decision.ACT


def test_decide_stops_at_another_right_that_one_model_hears() -> None:
    torn = opinions(scores(access=0.97), scores(access=0.9, objection=0.6))
    assert decide(torn) == Verdict(Decision.TRIAGE, (ACCESS,), Reason.LOW_SCORE)


def test_decide_stops_at_an_article_that_the_models_did_not_hear() -> None:
    cited = replace(SURE_ACCESS, findings=Findings(cited=frozenset({Right.PORTABILITY})))
    assert decide(cited) == Verdict(Decision.TRIAGE, (ACCESS,), Reason.RULES_DISAGREE)


def test_decide_lays_aside_only_what_is_silent_everywhere() -> None:
    assert decide(opinions(scores(), scores())) == Verdict(Decision.NONE, ())


@pytest.mark.parametrize(
    "heard_something",
    [
        opinions(scores(access=0.06), scores()),
        opinions(scores(), scores(access=0.15)),
        opinions(scores(), scores(), heard=(sentence("psst", access=0.6),)),
        opinions(scores(), scores(), heard=(sentence("psst", ACCESS),)),
        opinions(scores(), scores(), cited=frozenset({ACCESS})),
    ],
)
def test_decide_asks_a_person_if_anything_was_heard(heard_something: Opinions) -> None:
    assert decide(heard_something) == Verdict(Decision.TRIAGE, (), Reason.LOW_SCORE)


def test_decide_never_lays_aside_an_instruction_to_the_machine() -> None:
    told = opinions(scores(), scores(), vetoes=frozenset({Veto.INSTRUCTION}))
    assert decide(told) == Verdict(Decision.TRIAGE, (), Reason.INSTRUCTION_TO_MACHINE)
