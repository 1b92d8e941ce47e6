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
    found = {names[" ".join(name.split())] for name in _pattern().findall(text.casefold())}
    return found.pop() if len(found) == 1 else ""


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    """Return the law of each name; the names are folded."""
    laws = tomllib.loads(NAMES_FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name.casefold(): law for law, names in laws.items() for name in names})


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    # The longest first: "UK GDPR" is not "GDPR". Lines break, and spaces do not, within a name.
    names = (re.escape(name).replace(r"\ ", r"\s+") for name in sorted(_names(), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)")
