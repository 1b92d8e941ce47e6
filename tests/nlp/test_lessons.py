import numpy as np

from handlers.recognition import Slots
from handlers.rights import Right
from nlp.corpus import Mail
from nlp.lessons import Lesson, mail_lessons, sentence_lessons, wanted

ACCESS, DELETION = Right.ACCESS, Right.DELETION
MAIL = Mail(
    id="en-1",
    language="en",
    subject="Hi",
    body="Send me what you have on me, will you? Then wipe it all, for good.\nBye now.",
    labels=(ACCESS, DELETION),
    evidence=("Send me what you have on me", "wipe it all"),
    slots=Slots(),
    kind="mail",
)


def test_a_mail_is_one_lesson() -> None:
    (lesson,) = mail_lessons([MAIL])
    assert lesson.text.startswith("Hi\nSend me")
    assert lesson.rights == {ACCESS, DELETION}


def test_every_sentence_is_a_lesson_and_every_evidence() -> None:
    assert sentence_lessons([MAIL]) == (
        Lesson("Hi", "en", frozenset()),
        Lesson("Send me what you have on me, will you?", "en", frozenset({ACCESS})),
        Lesson("Then wipe it all, for good.", "en", frozenset({DELETION})),
        Lesson("Bye now.", "en", frozenset()),
        Lesson("Send me what you have on me", "en", frozenset({ACCESS})),
        Lesson("wipe it all", "en", frozenset({DELETION})),
    )


def test_wanted_has_a_column_for_each_right() -> None:
    rows = wanted([Lesson("", "en", frozenset({DELETION})), Lesson("", "en", frozenset())])
    assert np.array_equal(rows, [[right is DELETION for right in Right], [False] * len(Right)])
