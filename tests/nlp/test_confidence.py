from pathlib import Path

import pytest

from handlers.rights import Right
from nlp.confidence import GUESS, Case, Confidence, inputs_of
from nlp.evidence import Sentence
from nlp.rules import Findings

ACCESS, DELETION = Right.ACCESS, Right.DELETION


def case(access: float, *, model: float = 0.9, raw: float = 3.0, findings: Findings | None = None) -> Case:
    scores = {right: access if right is ACCESS else 0.01 for right in Right}
    alone = {right: model if right is ACCESS else 0.01 for right in Right}
    heard = (Sentence("What do you have on me?", alone, frozenset({ACCESS})),)
    voice = {right: raw if right is ACCESS else -4.0 for right in Right}
    return Case(scores, (alone, scores), (voice, voice), heard, findings or Findings(cues=frozenset({ACCESS})))


def test_the_guess_is_every_right_that_is_likely() -> None:
    assert case(GUESS).rights == (ACCESS,)
    assert case(GUESS - 0.01).rights == ()


def test_cited_articles_settle_what_the_models_are_torn_about() -> None:
    cited = frozenset({DELETION})
    assert case(0.8, findings=Findings(cited=cited)).rights == ()
    assert case(0.3, findings=Findings(cited=frozenset({ACCESS}))).rights == (ACCESS,)


def test_confidence_learns_from_right_and_wrong_guesses(tmp_path: Path) -> None:
    good = [case(0.9 + number / 1000) for number in range(90)]
    bad = [case(0.5 + number / 1000, model=0.3) for number in range(90)]
    confidence = Confidence.fit([*good, *bad], [True] * 90 + [False] * 90)
    assert confidence.of(case(0.97)) > 0.5 > confidence.of(case(0.55, model=0.2))
    confidence.save(tmp_path / "confidence.json")
    again = Confidence.load(tmp_path / "confidence.json")
    assert again.of(case(0.8)) == pytest.approx(confidence.of(case(0.8)), abs=1e-3)


def test_every_kind_of_doubt_is_an_input() -> None:
    plain = inputs_of(case(0.9)).tolist()
    stray = inputs_of(case(0.9, findings=Findings(cues=frozenset({ACCESS}), cited=frozenset({DELETION})))).tolist()
    lone = inputs_of(case(0.9, model=0.2)).tolist()
    quiet = inputs_of(case(0.9, raw=0.5)).tolist()
    assert plain not in (stray, lone, quiet)
