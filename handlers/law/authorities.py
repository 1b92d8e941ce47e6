"""The supervisory authority of a country, to whom people may complain (GDPR Art. 77)."""

import csv
from functools import lru_cache
from importlib.resources import files

from handlers.policy import Authority


@lru_cache(maxsize=1)
def _authorities() -> dict[str, Authority]:
    text = files("handlers.law").joinpath("authorities.csv").read_text(encoding="utf-8")
    return {row["country"]: Authority(row["name"], row["web"]) for row in csv.DictReader(text.splitlines())}


def authority_of(country: str) -> Authority | None:
    """Return the national authority; None where we know none and the settings must name it."""
    return _authorities().get(country)
