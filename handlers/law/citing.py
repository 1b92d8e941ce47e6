"""Which law a mail cites by name."""

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

NAMES_FILE = Path(__file__).with_name("cited.toml")


def law_cited(text: str) -> str:
    """Return the key of the law (handlers.law.regimes) that a text names; "" for none, and for two at odds."""
    names = _names()
    found = {names[match.group().casefold()] for match in _pattern().finditer(text)}
    return found.pop() if len(found) == 1 else ""


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Return the law of each name, both as in regimes and folded."""
    laws = tomllib.loads(NAMES_FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name.casefold(): law for law, names in laws.items() for name in names})


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    # The longest first: "UK GDPR" is not "GDPR".
    names = sorted(_names(), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.IGNORECASE)
