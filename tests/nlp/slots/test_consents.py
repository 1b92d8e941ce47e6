"""Consents out of two opinions that were taught a few mails."""

import numpy as np
import pytest

from handlers.recognition import Asked
from handlers.rights import Right
from nlp.slots.consent_network import stop_of
from nlp.slots.consents import ConsentLesson, ConsentReader

STOPS = (
    (Right.WITHDRAWAL, "Please stop the newsletter", ("newsletter",)),
    (Right.WITHDRAWAL, "No more text messages to my mobile", ("sms",)),
    (Right.OBJECTION, "Do not ring me any more", ("phone",)),
    (Right.OBJECTION, "I want no catalogues in my letterbox", ("post",)),
    (Right.OBJECTION, "Stop computing scores about me", ("profiling",)),
)


def asked(right: Right, words: str) -> Asked:
    return Asked(right=right, score=1.0, evidence=words)


@pytest.fixture(scope="module")
def reader() -> ConsentReader:
    lessons = [
        ConsentLesson.of(text, asked=asked(right, words), language="en", names=names)
        for right, words, names in STOPS
        for text in (words, f"Hello. {words}. Thanks, Eve")
    ]
    return ConsentReader.learn(lessons * 6)


@pytest.mark.parametrize(("right", "words", "names"), STOPS)
def test_reader_knows_its_lessons(reader: ConsentReader, right: Right, words: str, names: tuple[str, ...]) -> None:
    assert reader.read(words, asked=[asked(right, words)], language="en") == names


def test_reader_names_what_each_right_is_about(reader: ConsentReader) -> None:
    newsletter, calls = STOPS[0], STOPS[2]
    text = f"{newsletter[1]}. {calls[1]}."
    both = [asked(newsletter[0], newsletter[1]), asked(calls[0], calls[1]), asked(Right.ACCESS, "What do you have?")]
    assert reader.read(text, asked=both, language="en") == ("newsletter", "phone")


def test_reader_that_was_kept_reads_as_before(reader: ConsentReader) -> None:
    copy = ConsentReader.load(reader.arrays())
    for right, words, names in STOPS:
        assert copy.read(words, asked=[asked(right, words)], language="en") == names


def test_reader_without_lessons_can_be_kept() -> None:
    arrays = ConsentReader.learn([]).arrays()
    again = ConsentReader.load(arrays).arrays()
    assert arrays.keys() == again.keys()
    assert all(np.array_equal(arrays[name], again[name]) for name in arrays)


def test_a_stop_is_flagged_where_it_stands_and_everywhere_if_that_is_unknown() -> None:
    text = "Hello there. Stop the calls"
    known = stop_of(text, asked=asked(Right.OBJECTION, "Stop the calls"), language="en")
    assert known.asking.tolist() == [3, 4, 5]
    assert known.seen.flags.max(axis=1).tolist() == [0, 0, 0, 1, 1, 1]
    unknown = stop_of(text, asked=asked(Right.OBJECTION, "Elsewhere"), language="en")
    np.testing.assert_array_equal(unknown.asking, np.arange(6))
