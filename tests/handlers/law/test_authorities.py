"""The supervisory authorities: nobody is missing, and nothing is claimed that was not found."""

import csv
from importlib.resources import files
from urllib.parse import urlsplit

import pytest

from handlers.law.authorities import authority_of
from handlers.policy import Authority

ROWS = list(csv.DictReader(files("handlers.law").joinpath("authorities.csv").read_text(encoding="utf-8").splitlines()))
EU = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
EEA = ["IS", "LI", "NO"]
LAENDER = ["BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"]


@pytest.mark.parametrize("country", [*EU, *EEA, "GB", "CH"])
def test_every_country_has_its_authority(country: str) -> None:
    assert authority_of(country) is not None


@pytest.mark.parametrize("land", LAENDER)
def test_every_german_land_has_its_authority(land: str) -> None:
    found = authority_of("DE", land)
    assert found is not None
    assert found != authority_of("DE")


def test_the_numbers_are_those_of_the_treaties() -> None:
    assert (len(EU), len(LAENDER)) == (27, 16)
    assert len(ROWS) == 27 + 3 + 2 + 16


def test_a_region_without_an_authority_of_its_own_has_none() -> None:
    assert authority_of("DE", "XX") is None
    assert authority_of("FR", "IDF") is None
    assert authority_of("BR") is None


def test_an_authority_has_its_name_page_and_address() -> None:
    assert authority_of("DE", "BY") == Authority(
        "Bayerisches Landesamt für Datenschutzaufsicht (BayLDA)",
        "https://www.lda.bayern.de",
        "Promenade 18, 91522 Ansbach",
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['country']}{row['region']}")
def test_a_row_is_whole_and_says_whether_it_was_verified(row: dict[str, str]) -> None:
    assert row["name"].strip() == row["name"] != ""
    page = urlsplit(row["web"])
    assert (page.scheme, page.path, page.query) == ("https", "", "")
    assert page.hostname
    assert row["verified"] == ("yes" if row["address"] else "no")


def test_no_place_is_listed_twice() -> None:
    places = [(row["country"], row["region"]) for row in ROWS]
    assert len(set(places)) == len(places)
    assert sorted(places) == places
