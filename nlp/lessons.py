"""What the scorers are taught: mails as a whole, and their sentences one by one."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from handlers.rights import Right
from nlp.corpus import Mail
from nlp.reading import read
from nlp.scores import Floats
from nlp.text import fold, sentences

SHARED = 0.6  # of the words: a sentence with so much of the evidence, or the other way round, asks for it

_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Lesson:
    """A text in a language, and the rights it asks for."""

    text: str
    language: str
    rights: frozenset[Right]


def mail_lessons(mails: Iterable[Mail]) -> tuple[Lesson, ...]:
    """Return one lesson for each mail."""
    return tuple(
        Lesson(read(subject=mail.subject, body=mail.body), mail.language, frozenset(mail.labels)) for mail in mails
    )


def sentence_lessons(mails: Iterable[Mail]) -> tuple[Lesson, ...]:
    """Return one lesson for each sentence that is read of a mail, and for each evidence that is cut otherwise."""
    return tuple(lesson for mail in mails for lesson in dict.fromkeys(_sentences(mail)))


def wanted(lessons: Iterable[Lesson]) -> Floats:
    """Return a row for each lesson, with 1 for each right that it asks for."""
    return np.array([[right in lesson.rights for right in Right] for lesson in lessons], dtype=np.float32)


def _sentences(mail: Mail) -> Iterator[Lesson]:
    asked = tuple(zip(mail.labels, mail.evidence, strict=True))
    for sentence in sentences(read(subject=mail.subject, body=mail.body)):
        asking = frozenset(right for right, evidence in asked if _same(sentence, evidence))
        yield Lesson(sentence, mail.language, asking)
    for evidence in dict.fromkeys(mail.evidence):
        yield Lesson(evidence, mail.language, frozenset(right for right, other in asked if other == evidence))


def _same(sentence: str, evidence: str) -> bool:
    """Tell whether a sentence is the evidence, allowing for other cuts between sentences."""
    if sentence in evidence or evidence in sentence:
        return True
    one, other = (set(_WORD.findall(fold(text))) for text in (sentence, evidence))
    return len(one & other) >= SHARED * min(len(one), len(other)) > 0
