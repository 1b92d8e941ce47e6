import numpy as np
import pytest

from handlers.rights import Right
from nlp.evidence import Sentence, find_evidence, hear, stray_cues
from nlp.opinions import Opinion, Opinions
from nlp.rules import Findings


def sentence(text: str, *cues: Right, **scores: float) -> Sentence:
    return Sentence(text=text, scores={r: scores.get(r.value, 0.0) for r in Right}, cues=frozenset(cues))


HEARD = (
    sentence("Hello.", access=0.1),
    sentence("What do you have on me?", Right.ACCESS, access=0.6),
    sentence("It is all so odd.", access=0.7),
    sentence("No newsletter.", Right.WITHDRAWAL, withdrawal=0.9),
)


def test_find_evidence_prefers_the_sentence_with_the_words_of_the_right() -> None:
    scores = dict.fromkeys(Right, 0.81234)
    found = find_evidence(HEARD, rights=[Right.ACCESS, Right.WITHDRAWAL], scores=scores)
    assert [(a.right, a.score, a.evidence) for a in found] == [
        (Right.ACCESS, 0.812, "What do you have on me?"),
        (Right.WITHDRAWAL, 0.812, "No newsletter."),
    ]


def test_find_evidence_is_empty_without_sentences() -> None:
    found = find_evidence((), rights=[Right.ACCESS], scores=dict.fromkeys(Right, 1.0))
    assert [asked.evidence for asked in found] == [""]


@pytest.mark.parametrize(
    ("rights", "stray"),
    [
        ({Right.ACCESS, Right.WITHDRAWAL}, set()),
        ({Right.ACCESS}, {Right.WITHDRAWAL}),
        (set(), {Right.ACCESS, Right.WITHDRAWAL}),
    ],
)
def test_stray_cues_are_those_of_other_rights_in_other_sentences(rights: set[Right], stray: set[Right]) -> None:
    assert stray_cues(HEARD, rights=rights) == stray


@pytest.mark.parametrize(("score", "stray"), [(0.4, set()), (0.5, {Right.ACCESS})])
def test_stray_cues_in_the_asking_sentence_count_if_they_are_heard_too(score: float, stray: set[Right]) -> None:
    heard = (sentence("My data as CSV.", Right.PORTABILITY, Right.ACCESS, portability=0.9, access=score),)
    assert stray_cues(heard, rights={Right.PORTABILITY}) == stray


def test_hear_weighs_all_models_and_knows_the_words() -> None:
    sure, not_sure = np.full((1, len(Right)), 30.0, np.float32), np.full((1, len(Right)), -30.0, np.float32)
    opinions = Opinions(
        sentences=("Please delete my data.",),
        sequence=Opinion(mail=sure[0], sentences=sure),
        keywords=Opinion(mail=sure[0], sentences=sure),
        words=Opinion(mail=sure[0], sentences=not_sure),
        findings=Findings(),
    )
    (heard,) = hear(opinions, language="en")
    assert heard.text == "Please delete my data."
    assert heard.scores == pytest.approx(dict.fromkeys(Right, 2 / 3))
    assert heard.cues == {Right.DELETION}
