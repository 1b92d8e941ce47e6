"""More lessons from the same mails: the sentence that asks alone, beside others, and sentences that ask nothing."""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from handlers.rights import Right
from nlp.corpus import TEACHING_KIND, Mail
from nlp.reading import read
from nlp.text import sentences

MIN_FILLER = 25  # characters; shorter first and last sentences are greetings and names
MAX_FILLERS = 3
FIRST, LAST = 1, -1


@dataclass(frozen=True)
class Lesson:
    """A text and the rights it asks for."""

    text: str
    rights: frozenset[Right]


@dataclass(frozen=True)
class _Material:
    """One language's sentences that ask, those that do not, and how its mails begin and end."""

    asking: tuple[Lesson, ...]
    plain: tuple[Lesson, ...]  # of short, plain mails, whether they ask or not
    fillers: tuple[str, ...]
    openings: tuple[str, ...]
    closings: tuple[str, ...]


def lessons(mails: Iterable[Mail], *, seed: int) -> tuple[Lesson, ...]:
    """Return the mails and what is made of them, per language, always the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    by_language: dict[str, list[Mail]] = defaultdict(list)
    for mail in mails:
        by_language[mail.language].append(mail)
    return tuple(lesson for group in by_language.values() for lesson in _lessons_of(group, chance))


def _lessons_of(mails: list[Mail], chance: random.Random) -> Iterator[Lesson]:
    material = _material(mails)
    yield from (Lesson(read(subject=mail.subject, body=mail.body), frozenset(mail.labels)) for mail in mails)
    yield from material.asking
    yield from (_hidden(lesson, material, chance) for lesson in material.asking)
    yield from (_hidden(lesson, material, chance) for lesson in material.plain)
    yield from (_joined(chance.sample(material.asking, 2)) for _ in range(len(material.asking) // 2))
    yield from (_joined(chance.sample(material.plain, 2)) for _ in range(len(material.plain) // 2))
    wanted = min(len(material.fillers), len(material.asking) // 2)
    yield from (Lesson(text, frozenset()) for text in chance.sample(material.fillers, wanted))


def _material(mails: list[Mail]) -> _Material:
    asking = (lesson for mail in mails for lesson in _asking(mail))
    bodies = [(mail, sentences(mail.body)) for mail in mails]
    quiet = [(at, sentence) for mail, body in bodies for at, sentence in _quiet(body, mail)]
    return _Material(
        asking=tuple(asking),
        plain=tuple(Lesson(mail.body, frozenset(mail.labels)) for mail in mails if mail.kind == TEACHING_KIND),
        fillers=tuple(dict.fromkeys(sentence for _, sentence in quiet if len(sentence) >= MIN_FILLER)),
        openings=tuple(sentence for at, sentence in quiet if at == FIRST and len(sentence) < MIN_FILLER),
        closings=tuple(sentence for at, sentence in quiet if at == LAST and len(sentence) < MIN_FILLER),
    )


def _asking(mail: Mail) -> Iterator[Lesson]:
    for evidence in dict.fromkeys(mail.evidence):
        pairs = zip(mail.labels, mail.evidence, strict=True)
        yield Lesson(evidence, frozenset(right for right, sentence in pairs if sentence == evidence))


def _quiet(body: tuple[str, ...], mail: Mail) -> Iterator[tuple[int, str]]:
    """Yield the sentences that ask nothing, with FIRST, LAST or 0 for their place."""
    for at, sentence in enumerate(body):
        if any(sentence in evidence or evidence in sentence for evidence in mail.evidence):
            continue
        yield (LAST if at == len(body) - 1 else FIRST if at == 0 else 0), sentence


def _hidden(lesson: Lesson, material: _Material, chance: random.Random) -> Lesson:
    parts = [*chance.sample(material.fillers, chance.randint(0, MAX_FILLERS)), lesson.text]
    chance.shuffle(parts)
    framed = [chance.choice(material.openings), *parts, chance.choice(material.closings)]
    return Lesson("\n".join(framed), lesson.rights)


def _joined(pair: list[Lesson]) -> Lesson:
    first, second = pair
    return Lesson(f"{first.text} {second.text}", first.rights | second.rights)
