"""Columns that look personal, by name in ten languages and by content; and those that only sound so."""

from datetime import date

import pytest

from storage.crm.spot import Column, is_about_staff, spot, words

TODAY = date(2026, 11, 22)


def seen(table: str, *columns: Column) -> dict[str, tuple[str, str]]:
    found = spot(table, columns, today=TODAY, country="DE")
    return {name: (sight.kind.name, sight.by) for name, sight in found.items()}


@pytest.mark.parametrize(
    ("name", "words_"),
    [
        ("FirstName", ["first", "name"]),
        ("EMailAddress2", ["e", "mail", "address", "2"]),
        ("krstné_meno", ["krstne", "meno"]),
        ("customer-IP", ["customer", "ip"]),
    ],
)
def test_names_come_apart_at_capitals_digits_and_marks(name: str, words_: list[str]) -> None:
    assert words(name) == words_


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("EmailAddress", "email"),
        ("Vorname", "first_name"),
        ("numero_telephone", "phone"),
        ("apellido", "last_name"),
        ("codice_fiscale", "national_id"),
        ("geboortedatum", "birth_date"),
        ("codigo_postal", "postcode"),
        ("nazwisko", "last_name"),
        ("cislo_uctu", "iban"),
        ("priezvisko", "last_name"),
        ("client_ip", "ip_address"),
        ("billing_address", "address"),
        ("ip_address", "ip_address"),
    ],
)
def test_a_name_says_what_it_holds_in_ten_languages(name: str, kind: str) -> None:
    assert seen("t", Column(name, date if kind == "birth_date" else str)) == {name: (kind, "name")}


@pytest.mark.parametrize(
    ("name", "type_"),
    [("mail_template", str), ("email_verified", bool), ("phone_type", str), ("email", int), ("birthday", bool)],
)
def test_a_name_that_only_sounds_so_is_left_alone(name: str, type_: type) -> None:
    assert seen("things", Column(name, type_)) == {}


def test_a_vague_name_counts_among_persons_only() -> None:
    assert seen("products", Column("name", str), Column("city", str)) == {}
    assert seen("kunden", Column("name", str)) == {"name": ("name", "name")}
    assert seen("t7", Column("name", str), Column("email", str)) == {
        "name": ("name", "name"),
        "email": ("email", "name"),
    }


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("email", ["emma@example.org", "Jonas.Weber@example.org", "x@shop.example"]),
        ("iban", ["DE89370400440532013000", "PL61 1090 1014 0000 0712 1981 2874", "SK3112000000198742637541"]),
        ("ip_address", ["192.0.2.1", "2001:db8::1", "198.51.100.7"]),
        ("phone", ["+48 22 123 45 67", "030 12345678", "+421 2 1234 5678"]),
        ("street", ["Lindenweg 12", "12 Mill Lane", "ul. Długa 3"]),
        ("person_name", ["Anna Nowak", "Peter Schmidt", "Zuzana Kováčová"]),
        ("note", ["Asked for a quote. " * 6, "Wrote from emma@example.org. " * 4, "No answer yet. " * 7]),
    ],
)
def test_content_says_what_a_name_hides(kind: str, values: list[str]) -> None:
    assert seen("t7", Column("x", str, values)) == {"x": (kind, "content")}


@pytest.mark.parametrize(
    "values",
    [
        ["1234567", "7654321", "5550001"],  # a row of digits is a number of anything
        ["Blue Shirt", "Red Shirt", "Green Car"],
        ["DE89370400440532013001", "DE00370400440532013000", "DE11"],  # check digits are wrong
        ["2026-01-01", "2026-01-02", "2026-01-03"],
        ["emma@example.org", "none"],  # too few to tell
    ],
)
def test_content_that_only_looks_alike_is_left_alone(values: list[str]) -> None:
    assert seen("t7", Column("x", str, values)) == {}


def test_dates_of_birth_are_old_and_far_apart() -> None:
    born = [date(1950, 1, 1), date(1975, 1, 1), date(2001, 1, 1)]
    lately = [date(2024, 1, 1), date(2025, 1, 1), date(2026, 1, 1)]

    assert seen("members", Column("d", date, born), Column("since", date, lately)) == {"d": ("birth_date", "content")}
    assert seen("machines", Column("built", date, born)) == {}


def test_staff_are_told_from_customers() -> None:
    assert is_about_staff("Employees")
    assert not is_about_staff("Customer")
