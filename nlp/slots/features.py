"""What can be seen of each piece of a mail: its word, shape and place, the cue words around it, its like elsewhere."""

import difflib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from nlp.glossary import Glossary, glossary
from nlp.phrasebook import Patterns, Phrasebook, phrasebook
from nlp.scores import Floats
from nlp.slots.names import is_first_name
from nlp.slots.tokens import KINDS, Token, is_iban
from nlp.slots.words import vectors_of
from nlp.text import fold

BITS = 16
_MASK = (1 << BITS) - 1
STEM = 5  # letters of a word: inflected forms mostly share them
ALIKE = 0.6  # of the letters: a misspelt value and its correction look alike
INITIALS = 2  # letters: too short to be alike
MAX_GROWTH = 4  # characters by which alike values may differ
MAX_COMPARED = 40  # values of a mail compared with each other
MANY_DIGITS = 12
FULL_LINE = 60  # characters: mail programs begin a new line somewhere after them
SOME = 2  # values of one kind: a mail that names two may say which is wrong
CUES = ("old", "new", "customer", "order", "behalf", "deadline", "address", "email", "phone", "first_name", "last_name",
        "full_name", "birth_date", "iban", "company", "salutation")  # fmt: skip
NO_CUES = (False,) * len(CUES)
_ALL_KINDS = (*dict.fromkeys(kind for kind, _ in KINDS), "mark")
KIND_FLAGS = {kind: tuple(kind == one for one in _ALL_KINDS) for kind in _ALL_KINDS}
FLAGS = 48  # of each piece
TYPED = frozenset({"email", "iban", "date", "digits"})
_OPENING = frozenset("\"'„“«»‘’(")
_CLOSING = frozenset("\"'“”»’)")
# Colons, arrows and the like divide what is old from what is new; no value has one within.
_DIVIDING = frozenset(":;!?|=<>→➝➔➜➞➡⟶⇒←")
_SENTENCE_END = frozenset(".!?…;")

Rows = npt.NDArray[np.int32]
Ids = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Seen:
    """All that is seen of a mail; the arrays have one row for each piece."""

    ids: Ids  # of the word, its stem, its shape, the shapes around, its English keywords
    vectors: Floats
    flags: Floats
    twins: Ints  # the place of the other value of its kind, or of one spelt almost alike; -1 where there is none
    sentences: tuple[tuple[int, int], ...]  # first piece, and the one after the last
    dividing: Bools  # no value has such a mark within
    on_new_line: Bools  # only addresses, and old values, which may be addresses, go on there

    def __len__(self) -> int:
        return len(self.ids)


def see(text: str, tokens: Sequence[Token], language: str) -> Seen:
    """Return what is seen of the pieces of a text, of which there must be one at least."""
    folded, book = fold(text), phrasebook(language)
    words = [_word(folded, token) for token in tokens]
    twins = twins_of(tokens)
    vectors, known = vectors_of(words)
    return Seen(
        ids=_ids(words, [_shape(token) for token in tokens], _keywords(words, tokens, glossary(language))),
        vectors=vectors,
        flags=np.array(list(_flags(text, tokens, cues_at(folded, tokens, book), twins, known)), dtype=np.float32),
        twins=np.array([_twin(tokens, at, twins[at]) for at in range(len(tokens))]),
        sentences=tuple(_sentences(text, tokens)),
        dividing=np.array([token.text in _DIVIDING for token in tokens]),
        on_new_line=np.array(_line_starts(text, tokens)),
    )


def hashed(names: Iterable[str]) -> Rows:
    """Return the rows of a set of names in a table of 2**BITS."""
    return np.fromiter({crc32(name.encode()) & _MASK for name in names}, np.int32)


def _ids(words: Sequence[str], shapes: Sequence[str], keywords: Sequence[str]) -> Ids:
    framed = ["^", *shapes, "$"]
    names = (
        (f"w{word}", f"p{word[:STEM]}", f"s{shape}", f"{before}|{shape}|{after}", f"k{keyword}")
        for word, shape, before, after, keyword in zip(words, shapes, framed, framed[2:], keywords, strict=False)
    )
    return np.array([[crc32(name.encode()) for name in row] for row in names], dtype=np.uint64)


def _keywords(words: Sequence[str], tokens: Sequence[Token], book: Glossary) -> list[str]:
    """Return the English for each piece; "?" for a word that is not known, which most names are."""
    return [
        (" ".join(book.of(word)) if word.isalpha() else "") or "?" if token.kind == "word" else _shape(token)
        for word, token in zip(words, tokens, strict=True)
    ]


def _flags(
    text: str,
    tokens: Sequence[Token],
    cues: Sequence[tuple[str, ...]],
    twins: Sequence[tuple[int, ...]],
    known: npt.NDArray[np.bool_],
) -> Iterator[list[bool]]:
    layout, crowd = _Layout(text, len(tokens)), _Crowd(tokens)
    for at, token in enumerate(tokens):
        yield [
            *KIND_FLAGS[token.kind],
            *(_cue_flags(cues[at]) if cues[at] else NO_CUES),
            any(twin > at for twin in twins[at]),
            any(twin < at for twin in twins[at]),
            *layout.flags(at, token),
            *crowd.flags(token),
            token.kind == "iban" and is_iban(token.text),
            token.kind == "word" and not known[at],
            token.kind == "word" and is_first_name(token.text),
        ]


def _cue_flags(cues: Sequence[str]) -> tuple[bool, ...]:
    return tuple(cue in cues for cue in CUES)


class _Layout:
    """Where a piece stands on the page."""

    def __init__(self, text: str, length: int) -> None:
        self._text = text
        self._last = length - 1
        self._subject_end = text.find("\n") if "\n" in text else len(text)
        self._lines = text.count("\n")

    def flags(self, at: int, token: Token) -> Iterator[bool]:
        before = self._text[max(0, token.start - 2) : token.start]
        after = self._text[token.end : token.end + 2]
        below = self._text.count("\n", token.end)
        yield "\n" in before or at == 0
        yield "\n" in after or at == self._last
        yield token.start < self._subject_end
        yield before[-1:] in _OPENING
        yield after[:1] in _CLOSING
        yield ":" in before
        yield "," in after
        yield below <= 1 and self._lines > 0  # perhaps a name below the greeting
        yield below <= 3 and self._lines > 2  # noqa: PLR2004 - a signature of some lines
        yield at > self._last - 4
        yield before[-1:] in {" ", ""}


class _Crowd:
    """How a piece stands among its like, met in the order of the mail."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._kinds = Counter(token.kind for token in tokens)
        self._texts = Counter(token.text for token in tokens)
        self._met: Counter[str] = Counter()

    def flags(self, token: Token) -> Iterator[bool]:
        is_value = token.kind not in {"word", "mark"}
        is_name = token.kind == "word" and token.text[0].isupper()
        like = self._kinds[token.kind] if is_value else 0
        met = self._met[token.kind]
        self._met[token.kind] += 1
        yield like == 1
        yield like == SOME
        yield like > SOME
        yield like > 1 and met == 0
        yield like > 1 and met == 1
        yield like > 1 and met + 1 == like
        yield is_name
        yield is_name and self._texts[token.text] > 1
        yield is_value and self._texts[token.text] > 1


def _sentences(text: str, tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    first = 0
    for at in range(1, len(tokens)):
        before, token = tokens[at - 1], tokens[at]
        gap = text[before.end : token.start]
        ended = before.text in _SENTENCE_END and " " in gap and not token.text[0].islower()
        if ended or "\n" in gap:
            yield first, at
            first = at
    yield first, len(tokens)


def _line_starts(text: str, tokens: Sequence[Token]) -> list[bool]:
    """Tell which pieces begin a line that somebody began: after a full one it was perhaps the mail program."""
    return [True, *(_breaks(text, before.end, token.start) for before, token in itertools.pairwise(tokens))]


def _breaks(text: str, end: int, start: int) -> bool:
    at = text.find("\n", end, start)
    return at >= 0 and at - text.rfind("\n", 0, at) - 1 < FULL_LINE


def _twin(tokens: Sequence[Token], at: int, twins: Sequence[int]) -> int:
    """Return the nearest value that this one may be confused with."""
    token = tokens[at]
    others = [twin for twin in twins if tokens[twin].text != token.text]
    if not others and token.kind in TYPED:
        others = [far for far, other in enumerate(tokens) if other.kind == token.kind and other.text != token.text]
    return min(others, key=lambda other: abs(other - at), default=-1)


def cues_at(folded: str, tokens: Sequence[Token], book: Phrasebook) -> list[tuple[str, ...]]:
    """Return the sorts of cue words that each piece belongs to, out of CUES."""
    met: list[list[str]] = [[] for _ in tokens]
    begins = {token.start: at for at, token in enumerate(tokens)}
    for name, patterns in _cue_patterns(book):
        for pattern in patterns:
            for match in pattern.finditer(folded):
                at = begins.get(match.start())
                while at is not None and at < len(tokens) and tokens[at].start < match.end():
                    if name not in met[at]:
                        met[at].append(name)
                    at += 1
    return [tuple(cues) for cues in met]


def _cue_patterns(book: Phrasebook) -> Iterator[tuple[str, Patterns]]:
    yield "old", book.old
    yield "new", book.new
    yield "customer", book.customer
    yield "order", book.order
    yield "behalf", book.behalf
    yield "deadline", book.deadline
    yield from book.fields.items()


def _word(folded: str, token: Token) -> str:
    if token.kind in TYPED:
        return token.kind
    return "".join("0" if c.isdigit() else c for c in folded[token.start : token.end])


def _shape(token: Token) -> str:
    text = token.text
    if token.kind in {"email", "iban", "date"}:
        return token.kind
    if token.kind in {"digits", "code"}:
        letters = "x" if any(map(str.isalpha, text)) else ""
        return f"{token.kind}{letters}{min(sum(map(str.isdigit, text)), MANY_DIGITS)}"
    if token.kind == "mark":
        return text
    if text.isupper():
        return "A" if len(text) == 1 else "AA"
    return "Aa" if text[0].isupper() else "a"


def twins_of(tokens: Sequence[Token]) -> list[tuple[int, ...]]:
    """Return for each piece the places of values that are almost, but not quite, the same."""
    twins: list[list[int]] = [[] for _ in tokens]
    values = [at for at, token in enumerate(tokens) if _is_value(token)][:MAX_COMPARED]
    for position, first in enumerate(values):
        for second in values[position + 1 :]:
            if _almost(tokens[first].text, tokens[second].text):
                twins[first].append(second)
                twins[second].append(first)
    return [tuple(places) for places in twins]


def _is_value(token: Token) -> bool:
    return token.kind not in {"mark", "word"} or (
        token.kind == "word" and token.text[0].isupper() and len(token.text) > INITIALS
    )


def _almost(one: str, other: str) -> bool:
    if one == other or abs(len(one) - len(other)) > MAX_GROWTH or (one.isalpha() != other.isalpha()):
        return False
    if one[0].lower() != other[0].lower() and one[-1].lower() != other[-1].lower():
        return False
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE
