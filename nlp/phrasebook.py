"""The words of each language, read from languages/<code>.toml: a language is added by adding a file."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from handlers.rights import Right

LANGUAGES = ("en", "de", "pl", "sk", "cs", "fr", "es", "it", "nl", "pt")


Patterns = tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class StripWords:
    """How one language introduces quotes, forwards, signatures and disclaimers."""

    attribution: Patterns
    original: Patterns
    header: Patterns
    forward: Patterns
    forward_subject: Patterns
    closing: Patterns
    signature: Patterns
    disclaimer: Patterns


@dataclass(frozen=True)
class Phrasebook:
    """The patterns of one language, all for folded text."""

    cues: Mapping[Right, Patterns]
    vetoes: Mapping[str, Patterns]
    consents: Mapping[str, Patterns]
    advertising: Patterns
    fields: Mapping[str, Patterns]
    old: Patterns
    new: Patterns
    customer: Patterns
    order: Patterns
    behalf: Patterns
    deadline: Patterns
    strip: StripWords


@cache
def phrasebook(language: str) -> Phrasebook:
    """Return the phrasebook of one of LANGUAGES; raises FileNotFoundError for any other."""
    raw = tomllib.loads(files("nlp").joinpath("languages", f"{language}.toml").read_text(encoding="utf-8"))
    values = raw["values"]
    return Phrasebook(
        cues={Right(name): _compile(patterns) for name, patterns in raw["cues"].items()},
        vetoes={name: _compile(patterns) for name, patterns in raw["vetoes"].items()},
        consents={name: _compile(patterns) for name, patterns in raw["consents"].items()},
        fields={name: _compile(patterns) for name, patterns in raw["fields"].items()},
        advertising=_compile(values["advertising"]),
        old=_compile(values["old"]),
        new=_compile(values["new"]),
        customer=_compile(values["customer"]),
        order=_compile(values["order"]),
        behalf=_compile(values["behalf"]),
        deadline=_compile(values["deadline"]),
        strip=_strip_words(raw["strip"]),
    )


def found(patterns: Patterns, folded: str) -> bool:
    """Tell whether any of the patterns occurs."""
    return any(pattern.search(folded) for pattern in patterns)


def _compile(patterns: Iterable[str]) -> Patterns:
    return tuple(re.compile(pattern) for pattern in patterns)


def _strip_words(raw: Mapping[str, list[str]]) -> StripWords:
    return StripWords(
        attribution=_compile(raw["attribution"]),
        original=_compile(raw["original"]),
        header=_compile(rf"^\W*{word}\W{{0,3}}:\s*\S" for word in raw["header"]),
        forward=_compile(raw["forward"]),
        forward_subject=_compile(raw["forward_subject"]),
        closing=_compile(raw["closing"]),
        signature=_compile(raw["signature"]),
        disclaimer=_compile(raw["disclaimer"]),
    )
