from pathlib import Path

import numpy as np
import pytest

from handlers.rights import Right
from nlp.lessons import Lesson
from nlp.linear_opinion import LinearOpinion
from nlp.views import own_words

ACCESS, DELETION, NOTHING = frozenset({Right.ACCESS}), frozenset({Right.DELETION}), frozenset[Right]()
MAILS = [
    Lesson("Hello. Delete my data. Bye.", "en", DELETION),
    Lesson("Hello. What do you know about me? Bye.", "en", ACCESS),
] * 5
SENTENCES = [
    Lesson("Hello.", "en", NOTHING),
    Lesson("Delete my data.", "en", DELETION),
    Lesson("What do you know about me?", "en", ACCESS),
    Lesson("Bye.", "en", NOTHING),
] * 5
AT = list(Right).index(Right.DELETION)


def test_a_saved_opinion_scores_mails_and_sentences_as_before(tmp_path: Path) -> None:
    opinion = LinearOpinion.learn(own_words, mails=MAILS, sentences=SENTENCES, seed=1)
    opinion.save(tmp_path / "words.npz")
    again = LinearOpinion.load(own_words, tmp_path / "words.npz")
    texts = ["Please delete my data", "Bye."]
    mail, sentences = again.on_mail(texts[0], language="en"), again.on_sentences(texts, language="en")
    assert mail == pytest.approx(opinion.on_mail(texts[0], language="en"), abs=0.05)
    assert sentences == pytest.approx(opinion.on_sentences(texts, language="en"), abs=0.05)
    assert sentences[:, AT].argmax() == 0
    assert np.argmax(mail) == AT
