"""Dates on the command line: a clock explained in each language, rows in bulk, how long records are kept."""

import io
from collections.abc import Mapping
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given

from bot import dates
from bot.explain import segment_rows
from bot.offline import NotThere
from bot.settings import LANGUAGES
from handlers.law.facts import Extension, ExtensionReason, Facts, Pause
from handlers.law.regimes import CH, EU, EU_FR, UK, UK_COMPLAINT, PauseReason, Regime
from tests.handlers.law.cases import UNTIMED, all_facts, facts_on

COLUMNS = "id,law_profile,received_at,timezone,controller_country,events"
GOOD = "a,GDPR,2026-11-24T10:00+01:00,Europe/Berlin,DE,"
GOOD_DATES = "a,2026-12-24,2026-12-24,2026-12-25T00:00:00+01:00,2026-12-24,GDPR Art. 12(3); Reg. 1182/71 Art. 3(2)(c)"
TITLES = "id,nominal_date,expected_due,due_end_exclusive,safe_due,rule"


def explained(facts: Facts, language: str = "en") -> list[tuple[str, str]]:
    """Return what each stretch ends on and says."""
    return [(ends, text) for _, ends, text, _ in segment_rows(facts, language=language)]


def happened(regime: Regime, *pauses: Pause, extension: Extension | None = None, region: str = "DE") -> Facts:
    facts = facts_on(date(2026, 11, 24), regime=regime, region=region)
    return Facts(facts.received_at, facts.zone, region, regime, pauses=pauses, extension=extension)


def asked(reason: PauseReason, day: int, answered: int | None) -> Pause:
    return Pause(reason, date(2026, 11, day), date(2026, 11, answered) if answered else None)


DISPUTED = {
    "en": "disputed, so the safe date does not rely on it",
    "de": "umstritten, daher rechnet der Zieltermin nicht damit",
}
COMPLEX = Extension(date(2026, 12, 10), (ExtensionReason.COMPLEXITY,))


@pytest.mark.parametrize(
    ("language", "texts"),
    [
        (
            "en",
            [
                ("2026-11-24", "the request is received"),
                (
                    "2026-11-27",
                    f"waiting for the person, proof of identity; days left out: 2 ({DISPUTED['en']})",
                ),
                ("2026-12-26", "the period: 1 month"),
                ("2027-02-26", "extended by 2 months"),
                ("2027-02-26", "the last day to answer"),
            ],
        ),
        (
            "de",
            [
                ("2026-11-24", "die Anfrage geht ein"),
                (
                    "2026-11-27",
                    f"Warten auf die Person, Identitätsnachweis; nicht gezählte Tage: 2 ({DISPUTED['de']})",
                ),
                ("2026-12-26", "die Frist: 1 Monat"),
                ("2027-02-26", "verlängert um 2 Monate"),
                ("2027-02-26", "der letzte Tag für die Antwort"),
            ],
        ),
    ],
)
def test_a_clock_with_a_pause_and_an_extension(language: str, texts: list[tuple[str, str]]) -> None:
    facts = happened(EU, asked(PauseReason.IDENTITY, 25, 27), extension=COMPLEX)
    assert explained(facts, language) == texts


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        (happened(EU, asked(PauseReason.FEE, 25, 27)), "does not move the date: this law knows no such pause"),
        (happened(EU, asked(PauseReason.IDENTITY, 25, 25)), "proof of identity; days left out: 0"),
        (happened(EU_FR, asked(PauseReason.IDENTITY, 25, None)), "there is no answer yet"),
        (happened(UK, asked(PauseReason.IDENTITY, 25, 27), region="GB-ENG"), "the period begins at the end"),
        (happened(EU, extension=Extension(date(2027, 1, 10), COMPLEX.reasons)), "sent after the period had ended"),
        (happened(EU, extension=Extension(date(2026, 12, 10))), "it gives no reasons"),
        (happened(UK_COMPLAINT, extension=COMPLEX, region="GB-ENG"), "this law knows no extension"),
        (happened(CH, extension=COMPLEX, region="CH-ZH"), "it names no day"),
        (
            happened(CH, extension=Extension(date(2026, 12, 10), (), date(2027, 1, 29)), region="CH-ZH"),
            "extended to the day that the notice names",
        ),
        (happened(EU, region="PL"), "no working day (Christmas Eve): the end moves on"),
        (happened(EU, region="PL"), "no working day (weekend): the end moves on"),
    ],
)
def test_what_moves_no_date_says_why(facts: Facts, text: str) -> None:
    assert any(text in said for _, said in explained(facts))


@UNTIMED
@given(facts=all_facts())
def test_every_clock_can_be_explained_in_every_language(facts: Facts) -> None:
    rows = {language: segment_rows(facts, language=language) for language in LANGUAGES}
    assert all(text and "{" not in text for found in rows.values() for _, _, text, _ in found)
    assert all([row[:2] for row in one] == [row[:2] for row in other] for one, other in pairwise(rows.values()))


def reckoned(*lines: str) -> tuple[list[str], list[str]]:
    target = io.StringIO()
    problems = list(dates.reckon_csv(io.StringIO("\n".join((COLUMNS, *lines))), target))
    return target.getvalue().splitlines(), problems


def test_a_bad_row_is_named_and_the_others_are_reckoned() -> None:
    printed, problems = reckoned("b,GDPR,2026-11-24T10:00+01:00,Mars/Olympus,DE,", GOOD, "c", "", GOOD)
    assert printed == [TITLES, GOOD_DATES, GOOD_DATES]
    assert problems == [
        "line 2: row b: timezone: there is no time zone 'Mars/Olympus'; write one such as Europe/Berlin",
        "line 4: row c: controller_country: the column is missing or empty",
    ]


def test_what_cannot_be_taken_apart_ends_the_table() -> None:
    printed, problems = reckoned(GOOD, f'"{"x" * 200_000}"')
    assert printed == [TITLES, GOOD_DATES]
    assert problems == ["line 3: field larger than field limit (131072)"]


def test_retention_of_an_invoice() -> None:
    rows = dates.retention_table("de", date(2026, 11, 22), record="invoice")
    assert [(row[1], row[3], row[4]) for row in rows] == [
        ("8 years", "§ 14b UStG", "2034-12-31"),
        ("8 years", "§ 147 AO, § 257 HGB", "2034-12-31"),
    ]
    assert len(dates.retention_table("DE", date(2026, 11, 22), record="")) > len(rows)


@pytest.mark.parametrize(
    ("asked_for", "says"),
    [
        ({"country": "XX", "record": ""}, "no periods are known for XX"),
        ({"country": "DE", "record": "photo"}, "no law names records 'photo'; write one of invoice, letter, voucher"),
    ],
)
def test_retention_of_what_is_not_known(asked_for: Mapping[str, str], says: str) -> None:
    with pytest.raises(NotThere, match=says):
        dates.retention_table(asked_for["country"], date(2026, 11, 22), record=asked_for["record"])
