"""On which ground which right may be refused, and under which article of the GDPR (grounds.csv)."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from handlers.rights import Right


@cache
def articles() -> Mapping[str, Mapping[Right, str]]:
    """Return the article per ground and right; "" where the ground does not hold against the right.

    Art. 12(5) and (6) speak of Articles 15 to 22, so they do not hold against a withdrawal of consent (Art. 7(3)).
    Only erasure and objection give way to a legal duty or to claims in general; portability does not cover what is
    processed under a legal duty (Art. 20(1)(a)), and a restriction lets claims and others' rights pass (Art. 18(2)).
    """
    text = files("handlers.law").joinpath("grounds.csv").read_text(encoding="utf-8")
    return {row["ground"]: {right: row[right] for right in Right} for row in csv.DictReader(text.splitlines())}


def article_of(ground: str, right: Right) -> str:
    """Return the article under which a ground holds against a right, "" if there is none."""
    return articles().get(ground, {}).get(right, "")
