"""Every row of the table of deadlines, whose dates come from the statutes, and rows that cannot be reckoned."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.law.whatif import OUTPUT_COLUMNS, BadRow, reckon_row, reckon_rows

DATES = ("nominal_date", "expected_due", "due_end_exclusive", "safe_due")
ROW = {
    "id": "T1",
    "jurisdiction": "EU-DE",
    "law_profile": "GDPR",
    "request_type": "access",
    "expected_kind": "response",
    "received_at": "2026-06-01T10:00+02:00",
    "timezone": "Europe/Berlin",
    "controller_country": "DE",
    "holiday_region": "DE",
    "region_policy": "national",
    "events": "",
}


def vectors() -> list[dict[str, str]]:
    path = Path(__file__).with_name("deadlines.csv")
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: f"{vector['id']} {vector['jurisdiction']}")
def test_the_dates_are_those_of_the_statute(vector: dict[str, str]) -> None:
    inputs = {column: text for column, text in vector.items() if column not in {*DATES, "rule", "note"}}
    found = reckon_row(inputs)
    assert tuple(found) == OUTPUT_COLUMNS
    assert {column: found[column] for column in DATES} == {column: vector[column] for column in DATES}
    assert found["rule"]


CASES = [
    # Identity asked on 2 June, answered on 10 June: 8 days on 1 July; the safe date leaves the pause out (EDPB § 159).
    ({"events": "id_asked=2026-06-02;id_received=2026-06-10"}, ("2026-07-09", "2026-07-09", "2026-07-01")),
    # Never answered: no day is won by asking.
    ({"events": "id_asked=2026-06-02"}, ("2026-07-01", "2026-07-01", "2026-07-01")),
    # Two questions at a time stop the clock once: 3 to 10 June are 8 days.
    (
        {"events": "id_asked=2026-06-02;id_received=2026-06-10;clar_asked=2026-06-04;clar_received=2026-06-08"},
        ("2026-07-09", "2026-07-09", "2026-07-01"),
    ),
    # An extension notice on 6 July is in time only if the disputed pause held: the safe date does not rely on it.
    (
        {"events": "id_asked=2026-06-02;id_received=2026-06-10;extension_sent=2026-07-06"},
        ("2026-09-09", "2026-09-09", "2026-07-01"),
    ),
    # The date of the notice itself is that of the first period, whatever was sent.
    (
        {"expected_kind": "extension_notice", "events": "extension_sent=2026-06-10"},
        ("2026-07-01", "2026-07-01", "2026-07-01"),
    ),
    # 4 June 2026 is Corpus Christi, a day off in Bavaria: Thursday; the policy decides.
    ({"received_at": "2026-05-04T10:00+02:00", "holiday_region": "DE-BY"}, ("2026-06-04", "2026-06-04", "2026-06-04")),
    (
        {"received_at": "2026-05-04T10:00+02:00", "holiday_region": "DE-BY", "region_policy": "regional"},
        ("2026-06-04", "2026-06-05", "2026-06-04"),
    ),
    # A wrong address counts from the day it is passed on, a colleague's mailbox from the first.
    ({"events": "channel=wrong_address;reached_controller=2026-06-05"}, ("2026-07-05", "2026-07-06", "2026-07-05")),
    ({"events": "channel=account_manager;reached_controller=2026-06-05"}, ("2026-07-01", "2026-07-01", "2026-07-01")),
    # CH: 30 days end on 1 July; told in time that it takes until Saturday, 18 July.
    (
        {"law_profile": "CH", "holiday_region": "CH-ZH", "events": "extension_sent=2026-06-20;promised=2026-07-18"},
        ("2026-07-18", "2026-07-20", "2026-07-18"),
    ),
    # Told too late: the 30 days stand.
    (
        {"law_profile": "CH", "holiday_region": "CH-ZH", "events": "extension_sent=2026-07-03;promised=2026-07-18"},
        ("2026-07-01", "2026-07-01", "2026-07-01"),
    ),
    # California: 45 days end on 16 July; notice on that day gives 90, a day later nothing.
    (
        {"law_profile": "DAYS", "jurisdiction": "US-CA", "events": "days=90;extension_sent=2026-07-16"},
        ("2026-08-30", "2026-08-30", "2026-08-30"),
    ),
    (
        {"law_profile": "DAYS", "jurisdiction": "US-CA", "events": "days=90;extension_sent=2026-07-17"},
        ("2026-07-16", "2026-07-16", "2026-07-16"),
    ),
    # 30 August 2026 is a Sunday: rolled only if the row says so.
    (
        {
            "law_profile": "DAYS",
            "jurisdiction": "US-CA",
            "holiday_region": "US-FED",
            "events": "days=90;extension_sent=2026-07-16;roll=yes",
        },
        ("2026-08-30", "2026-08-31", "2026-08-30"),
    ),
    # 10 working days from Monday, 1 June.
    (
        {"law_profile": "BDAYS", "holiday_region": "NONE", "events": "days=10"},
        ("2026-06-15", "2026-06-15", "2026-06-15"),
    ),
    # 1182/71: ten working days with Corpus Christi off are one more.
    (
        {"law_profile": "BDAYS", "holiday_region": "DE-BY", "region_policy": "regional", "events": "days=10"},
        ("2026-06-16", "2026-06-16", "2026-06-16"),
    ),
    # A complaint in the UK is acknowledged within 30 days: 1 July, no working day needed.
    (
        {"law_profile": "UKGDPR", "holiday_region": "GB-ENG", "expected_kind": "ack"},
        ("2026-07-01", "2026-07-01", "2026-07-01"),
    ),
    # UK: Easter Monday, 6 April 2026, is a bank holiday in England.
    (
        {"law_profile": "UKGDPR", "holiday_region": "GB-ENG", "received_at": "2026-03-06T10:00+01:00"},
        ("2026-04-06", "2026-04-07", "2026-04-06"),
    ),
    # A breach known on 1 June at 10:00; 24 hours for what must stop at once.
    ({"law_profile": "BREACH72"}, ("", "2026-06-04T10:00:00+02:00", "2026-06-04T10:00:00+02:00")),
    (
        {"law_profile": "BREACH72", "events": "reading=1182"},
        ("", "2026-06-04T11:00:00+02:00", "2026-06-04T10:00:00+02:00"),
    ),
    (
        {"law_profile": "INTERNAL_H", "events": "hours=24"},
        ("", "2026-06-02T10:00:00+02:00", "2026-06-02T10:00:00+02:00"),
    ),
]


@pytest.mark.parametrize(("changes", "dates"), CASES)
def test_a_case_gets_its_dates(changes: dict[str, str], dates: tuple[str, str, str]) -> None:
    found = reckon_row({**ROW, **changes})
    assert (found["nominal_date"], found["expected_due"], found["safe_due"]) == dates


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"jurisdiction": "US-CO", "request_type": "appeal", "events": "days=45"}, "C.R.S. § 6-1-1306(3)"),
        ({"jurisdiction": "US-CO", "events": "days=45"}, "C.R.S. § 6-1-1306(2)"),
        ({"jurisdiction": "CA", "events": "days=60"}, "PIPEDA s. 8(3)-(4)"),
        (
            {"jurisdiction": "UK", "request_type": "complaint", "events": "days=30"},
            "DPA 2018 s. 164A (DUAA 2025 s. 103)",
        ),
        ({"jurisdiction": "elsewhere", "events": "days=45"}, "days as given"),
    ],
)
def test_plain_days_name_the_law_that_has_them(changes: dict[str, str], rule: str) -> None:
    assert reckon_row({**ROW, "law_profile": "DAYS", **changes})["rule"] == rule


@pytest.mark.parametrize(
    ("changes", "column", "problem"),
    [
        ({"timezone": "Mars/Phobos"}, "timezone", "there is no time zone 'Mars/Phobos'"),
        ({"timezone": "../etc/passwd"}, "timezone", "there is no time zone"),
        ({"timezone": ""}, "timezone", "missing or empty"),
        ({"controller_country": "XX"}, "controller_country", "no holiday calendar for country 'XX'"),
        ({"controller_country": ""}, "controller_country", "missing or empty"),
        ({"holiday_region": "XX"}, "holiday_region", "no holiday calendar for country 'XX'"),
        ({"holiday_region": "DE-XX"}, "holiday_region", "the holiday calendar of DE knows no region 'XX'"),
        ({"region_policy": "village"}, "region_policy", "there is no policy 'village'"),
        ({"law_profile": "HIPAA"}, "law_profile", "there is no profile 'HIPAA'"),
        ({"received_at": "yesterday"}, "received_at", "'yesterday' is no time"),
        ({"received_at": "2026-06-01T10:00"}, "received_at", "has no offset"),
        ({"received_at": "9999-12-31T10:00Z"}, "received_at", "outside of the years"),
        ({"expected_kind": "ack"}, "expected_kind", "GDPR sets no date for an acknowledgement"),
        ({"events": "nonsense"}, "events", "'nonsense' is no event"),
        ({"events": "colour=red"}, "events", "'colour=red' is no event"),
        ({"events": "id_asked=soon"}, "events", "id_asked='soon' is no date"),
        ({"events": "id_asked=2026-02-30"}, "events", "is no date"),
        ({"events": "id_asked=1026-02-03"}, "events", "outside of the years"),
        ({"events": "id_received=2026-06-08"}, "events", "id_received needs id_asked"),
        ({"events": "id_asked=2026-06-08;id_received=2026-06-02"}, "events", "answered before it was asked"),
        ({"events": "id_asked=2026-06-08;id_asked=2026-06-09"}, "events", "id_asked is given twice"),
        ({"events": "days=many", "law_profile": "DAYS"}, "events", "days='many' is no number"),
        ({"events": "days=99999999999", "law_profile": "DAYS"}, "events", "is no number from 1 to"),
        ({"events": "days=²", "law_profile": "DAYS"}, "events", "is no number"),
        ({"law_profile": "DAYS"}, "events", "write the days of profile DAYS"),
        ({"law_profile": "INTERNAL_H"}, "events", "write the hours"),
        ({"law_profile": "BREACH72", "events": "reading=mine"}, "events", "no reading 'mine'"),
    ],
)
def test_a_row_that_cannot_be_reckoned_names_its_column(changes: dict[str, str], column: str, problem: str) -> None:
    with pytest.raises(BadRow) as caught:
        reckon_row({**ROW, **changes})
    assert caught.value.column == column
    assert str(caught.value).startswith(f"row T1: {column}: ")
    assert problem in str(caught.value)


def test_rows_are_reckoned_as_they_are_read() -> None:
    def rows() -> Iterator[dict[str, str]]:
        yield ROW
        raise AssertionError("the second row was read before the first was answered")

    assert next(reckon_rows(rows()))["expected_due"] == "2026-07-01"
