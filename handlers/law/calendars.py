"""Days off by country and region, from the `holidays` tables, whose version belongs in the journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from types import MappingProxyType

import holidays

SATURDAY = 5
WEEKENDS_ONLY = "NONE"
FEDERAL = "FED"  # US-FED: the federal days of the United States, in every state
NAMES_IN = "en_US"
# A year's table is about a dozen entries; a hundred years of every calendar in use fit.
_TABLES_KEPT = 4_096


class UnknownCountry(ValueError):
    """There is no holiday calendar for this country code."""


class UnknownRegion(ValueError):
    """The country's holiday calendar knows no such region."""


@dataclass(frozen=True)
class Calendar:
    """The days off of a country, or of one of its regions as well; a day in it is a holiday."""

    country: str  # "" where only weekends are off
    region: str

    def __contains__(self, day: date) -> bool:
        """Tell whether this is a public holiday; a weekend alone is not."""
        return day in self._table(day.year)

    def is_off(self, day: date) -> bool:
        """Tell whether nobody works: Saturday, Sunday or a public holiday."""
        return day.weekday() >= SATURDAY or day in self._table(day.year)

    def holiday(self, day: date, *, language: str = NAMES_IN) -> str:
        """Return the holiday's name in a language, in English where the tables have no such words; "" for none."""
        return self._table(day.year, language).get(day, "")

    def _table(self, year: int, language: str = NAMES_IN) -> Mapping[date, str]:
        return _holidays_in(self.country, self.region, year, language)


@lru_cache(maxsize=1)
def table_version() -> str:
    """Return the version of the holiday tables: open tickets are reckoned anew when it changes."""
    return version("holidays")


@lru_cache(maxsize=1_024)
def calendar(code: str) -> Calendar:
    """Return the public holidays of a country ("DE") or of a region in it ("DE-BY", "GB-SCT", "US-FED", "NONE").

    Raises UnknownCountry or UnknownRegion.
    """
    if code == WEEKENDS_ONLY:
        return Calendar(country="", region="")
    country, _, region = code.partition("-")
    if region == FEDERAL and country == "US":
        region = ""
    subdivisions = _subdivisions(country)
    if region and region not in subdivisions:
        raise UnknownRegion(f"the holiday calendar of {country} knows no region {region!r}")
    return Calendar(country=country, region=region)


def _subdivisions(country: str) -> tuple[str, ...]:
    try:
        found = holidays.country_holidays(country)
    except NotImplementedError:
        found = None
    # The library takes "Germany" and "DEU" too, but authorities and retention periods are found by the two letters.
    if found is None or getattr(found, "country", "") != country:
        raise UnknownCountry(f"there is no holiday calendar for country {country!r}")
    return tuple(found.subdivisions)


@lru_cache(maxsize=_TABLES_KEPT)
def _holidays_in(country: str, region: str, year: int, language: str) -> Mapping[date, str]:
    """Return a year's holidays; whole and immutable, so that threads may share it."""
    if not country:
        return MappingProxyType({})
    # Of a language it does not have, the library would take the one of the process's own environment.
    has_words = language in holidays.country_holidays(country).supported_languages
    found = holidays.country_holidays(
        country, subdiv=region or None, years=year, language=language if has_words else NAMES_IN
    )
    return MappingProxyType({day: name for day, name in found.items() if day.year == year})
