"""Which law's clock runs: decided from the settings, the person's country in the CRM and a law that the mail cites."""

import enum
from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType

from handlers.law.regimes import EEA, EU, EU_FR, REGIMES, Regime, regime_of

_BY_TERRITORY = MappingProxyType({regime.territory: regime for regime in REGIMES.values() if regime.territory})


@enum.unique
class ChoiceReason(enum.StrEnum):
    """Why this law: a word of the catalogue."""

    STAFF = "law_chosen_by_staff"
    SUBJECT = "law_of_persons_country"
    CITED = "law_cited_in_mail"
    SEAT = "law_of_controllers_seat"
    TARGETING = "law_of_persons_in_eea"
    DEFAULT = "law_by_default"


@dataclass(frozen=True)
class Choice:
    """The law whose clock runs, with the reason to show."""

    regime: Regime
    reason: ChoiceReason


def choose_regime(
    *,
    seat: str,
    markets: Collection[str] = (),
    subject_country: str = "",
    cited: str = "",
    staff_choice: str = "",
) -> Choice:
    """Return the law for a request: (1) staff's word, (2) the person's market, (3) a law cited, (4) the seat.

    `seat` and `subject_country` are ISO 3166 codes, of a region where known ("US-CA"); `markets`, `cited` and
    `staff_choice` are keys of REGIMES. The settings list as markets the laws that apply beside that of the seat: a
    law that the mail cites but that cannot apply to this company changes nothing, nor does one that the country on
    file contradicts. Raises UnknownRegime.
    """
    if staff_choice:
        return Choice(regime_of(staff_choice), ChoiceReason.STAFF)
    laws = tuple(regime_of(key) for key in markets)
    if (found := _only(laws, subject_country)) is not None:
        return Choice(found, ChoiceReason.SUBJECT)
    home = law_of(seat)
    possible = (*laws, home) if home else laws
    if (found := _cited(possible, cited, subject_country)) is not None:
        return Choice(found, ChoiceReason.CITED)
    return _by_place(home, subject_country)


# GDPR Art. 3(1): an establishment in the Union brings every person's request under it. Art. 3(2): so does offering
# goods or services to persons in the Union, wherever the controller is; having customers there is taken as offering.
def _by_place(home: Regime | None, subject_country: str) -> Choice:
    """Return the law of the seat, or the GDPR for persons in the EEA (GDPR Art. 3(1)-(2))."""
    if home in (EU, EU_FR):
        return Choice(home, ChoiceReason.SEAT)
    if _country(subject_country) in EEA:
        return Choice(EU, ChoiceReason.TARGETING)
    if home is not None:
        return Choice(home, ChoiceReason.SEAT)
    return Choice(EU, ChoiceReason.DEFAULT)


def law_of(place: str) -> Regime | None:
    """Return the law at a place (ISO 3166, country or region), None where we know of none."""
    country = _country(place)
    found = _BY_TERRITORY.get(place) or _BY_TERRITORY.get(country)
    return found or (EU if country in EEA else None)


def _only(laws: Collection[Regime], place: str) -> Regime | None:
    """Return the one law of a place among some; a country with several states' laws and no state is no answer."""
    if not place:
        return None
    exact = law_of(place)
    if exact in laws:
        return exact
    within = [law for law in laws if _country(law.territory) == place]
    return within[0] if len(within) == 1 else None


def _cited(possible: Collection[Regime], cited: str, subject_country: str) -> Regime | None:
    found = next((law for law in possible if law.key == cited), None)
    if found is None or not subject_country:
        return found
    return found if _covers(found, subject_country) else None


def _covers(law: Regime, place: str) -> bool:
    if law in (EU, EU_FR):
        return _country(place) in EEA
    return place in (law.territory, _country(law.territory))


def _country(place: str) -> str:
    return place.partition("-")[0]
