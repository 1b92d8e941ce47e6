"""Dates worked out by hand from the statutes; the comment beside a row says how."""

import re
from datetime import date

import pytest

from handlers.law.retention import DEFAULT_LAW, Retention, Start, record_kinds, retain_until, retention_rows

CASES = [
    # UStG § 14b(1), AO § 147(3)-(4): 8 years from the end of the year of issue, 2024 + 8
    ("DE", "invoice", date(2024, 3, 5), date(2032, 12, 31)),
    ("DE", "invoice", date(2024, 12, 31), date(2032, 12, 31)),
    ("DE", "invoice", date(2025, 1, 1), date(2033, 12, 31)),
    # HGB § 257(4): commercial letters 6 years, 2024 + 6
    ("DE", "letter", date(2024, 3, 5), date(2030, 12, 31)),
    # BAO § 132(1): 7 years from the end of the calendar year, 2024 + 7
    ("AT", "invoice", date(2024, 2, 29), date(2031, 12, 31)),
    # Ordynacja podatkowa art. 70 § 1: 5 years from the end of the year in which the tax fell due; tax on 2024 falls
    # due in 2025, 2025 + 5. It outlasts the 5 years of the accounting act (2024 + 5).
    ("PL", "invoice", date(2024, 3, 5), date(2030, 12, 31)),
    ("PL", "voucher", date(2024, 3, 5), date(2029, 12, 31)),
    # zákon 222/2004 § 76: the 10 years that follow the year they relate to, 2025 ... 2034
    ("SK", "invoice", date(2024, 3, 5), date(2034, 12, 31)),
    # zákon 235/2004 § 35(2): 10 years from the end of the VAT period, at most the quarter
    ("CZ", "invoice", date(2024, 3, 5), date(2034, 3, 31)),
    ("CZ", "invoice", date(2024, 5, 10), date(2034, 6, 30)),
    ("CZ", "invoice", date(2024, 10, 1), date(2034, 12, 31)),
    ("CZ", "voucher", date(2024, 10, 1), date(2029, 12, 31)),
    # Code de commerce L123-22: 10 years from the close of the financial year; outlasts LPF L102 B (6 from the date)
    ("FR", "invoice", date(2024, 3, 5), date(2034, 12, 31)),
    # FA 1998 Sch. 18 para. 21: 6 years from the end of the accounting period
    ("GB", "invoice", date(2024, 3, 5), date(2030, 12, 31)),
    ("IT", "invoice", date(2024, 3, 5), date(2034, 12, 31)),
    ("ES", "letter", date(2024, 3, 5), date(2030, 12, 31)),
    ("NL", "voucher", date(2024, 3, 5), date(2031, 12, 31)),
    ("CH", "invoice", date(2024, 3, 5), date(2034, 12, 31)),
]


@pytest.mark.parametrize(("country", "record", "document_date", "until"), CASES)
def test_retain_until_follows_the_statute(country: str, record: str, document_date: date, until: date) -> None:
    retention = retain_until(country, record, document_date)

    assert retention is not None
    assert retention.until == until


# A year closing in March: March 2024 belongs to the year ending 31 March 2024, April to the one ending a year later.
@pytest.mark.parametrize(
    ("document_date", "until"),
    [
        (date(2024, 3, 31), date(2030, 3, 31)),
        (date(2024, 4, 1), date(2031, 3, 31)),
    ],
)
def test_retain_until_counts_from_the_close_of_the_keepers_financial_year(document_date: date, until: date) -> None:
    retention = retain_until("GB", "invoice", document_date, financial_year_ends=3)

    assert retention is not None
    assert retention.until == until


def test_retain_until_ends_a_year_closing_in_february_on_its_last_day() -> None:
    retention = retain_until("FR", "invoice", date(2026, 2, 1), financial_year_ends=2)  # 28 Feb 2026 + 10 years

    assert retention == Retention(law="art. L123-22 Code de commerce", until=date(2036, 2, 29))


@pytest.mark.parametrize(("years", "until"), [(10, date(2035, 12, 31)), (15, date(2040, 12, 31))])
def test_retain_until_keeps_longer_where_no_period_is_verified(years: int, until: date) -> None:
    assert retain_until("BR", "invoice", date(2024, 3, 5), default_years=years) == Retention(DEFAULT_LAW, until)
    assert retain_until("", "invoice", date(2024, 3, 5), default_years=years) == Retention(DEFAULT_LAW, until)


def test_retain_until_default_outlasts_every_verified_period() -> None:
    default = retain_until("", "invoice", date(2024, 3, 5))

    assert default is not None
    assert all(until <= default.until for _, _, day, until in CASES if day.year == 2024)


def test_retain_until_knows_no_duty_for_other_records() -> None:
    assert retain_until("DE", "call note", date(2024, 3, 5)) is None
    assert record_kinds() == {"invoice", "voucher", "letter"}


def test_retain_until_reads_country_codes_in_any_case() -> None:
    assert retain_until(" de ", "invoice", date(2024, 3, 5)) == retain_until("DE", "invoice", date(2024, 3, 5))


COUNTRIES = ("DE", "AT", "PL", "SK", "CZ", "FR", "GB", "NL", "ES", "IT", "CH", "US-CA", "EU")


def test_laws_that_end_on_the_same_day_are_all_named() -> None:
    assert retain_until("DE", "invoice", date(2024, 3, 5)) == Retention(
        law="§ 14b UStG, § 147 AO, § 257 HGB", until=date(2032, 12, 31)
    )


def test_the_table_holds_every_row_with_its_law() -> None:
    own = {country: retention_rows(country, date(2026, 3, 5)) for country in COUNTRIES}
    rules = {id(row.rule): row.rule for rows in own.values() for row in rows}.values()
    assert len(rules) == 59
    assert all(rule.law and rule.kind and rule.period for rule in rules)
    assert all((rule.years or rule.months) or rule.start in {Start.HOLD, Start.EVENT} for rule in rules)


def test_the_figures_are_those_of_the_words() -> None:
    rows = {row.rule for country in COUNTRIES for row in retention_rows(country, date(2026, 3, 5))}
    said = {rule: re.match(r"(?:at least )?(\d+) (year|month)", rule.period) for rule in rows}
    figures = {rule: (int(words[1]), words[2]) for rule, words in said.items() if words}
    assert len(figures) > 45
    for rule, (number, unit) in figures.items():
        assert number == (rule.years if unit == "year" else rule.months), rule.kind


@pytest.mark.parametrize(
    ("country", "kind", "until"),
    [
        ("DE", "rejected applicants", date(2026, 9, 5)),  # six months from the rejection
        ("DE", "commercial letters received and sent (also e-mail about a deal)", date(2032, 12, 31)),
        ("DE", "any tax-relevant document while assessment is open", None),
        ("DE", "books, inventories, annual accounts, process documentation", date(2036, 12, 31)),
        ("AT", "VAT documents on real estate", date(2048, 12, 31)),
        ("CZ", "tax documents / invoices for VAT", date(2036, 3, 31)),
        ("FR", "documents open to tax inspection", date(2032, 3, 5)),
        ("US-CA", "records of consumer requests and the responses", date(2028, 3, 5)),
    ],
)
def test_a_row_says_until_when(country: str, kind: str, until: date | None) -> None:
    (row,) = [row for row in retention_rows(country, date(2026, 3, 5)) if row.rule.kind == kind]
    assert row.until == until


def test_rows_of_one_kind_of_record_are_what_a_plan_goes_by() -> None:
    rows = retention_rows("PL", date(2024, 3, 5), record="invoice")
    retention = retain_until("PL", "invoice", date(2024, 3, 5))
    assert retention is not None
    assert len(rows) == 2
    assert max(row.until for row in rows if row.until) == retention.until


def test_a_member_state_has_the_rows_of_the_union_and_others_do_not() -> None:
    assert {row.rule.country for row in retention_rows(" pl ", date(2026, 3, 5))} == {"PL", "EU"}
    assert {row.rule.country for row in retention_rows("HR", date(2026, 3, 5))} == {"EU"}
    assert {row.rule.country for row in retention_rows("GB", date(2026, 3, 5))} == {"GB"}
    assert retention_rows("JP", date(2026, 3, 5)) == ()


def test_a_period_that_is_not_verified_says_so() -> None:
    unverified = {row.rule.kind for row in retention_rows("AT", date(2026, 3, 5)) if not row.rule.verified}
    assert "VAT documents on real estate" in unverified
    assert "books, records and vouchers" not in unverified
