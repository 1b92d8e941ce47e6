import pytest

from handlers.crm import Person
from tests.storage.crm.desk import ANN, NAMESAKE, Desk

ANN_ON_FILE = Person(key=ANN, email="ann@example.org", name="Ann Hartley", language="en", country="GB")


@pytest.mark.parametrize("address", ["ann@example.org", " ANN@Example.Org\n"])
def test_find_by_email_ignores_case_and_blanks(any_desk: Desk, address: str) -> None:
    assert any_desk.crm.find_by_email(address) == (ANN_ON_FILE,)


def test_find_by_email_ignores_case_and_blanks_on_file(any_desk: Desk) -> None:
    any_desk.run("UPDATE customers SET email = ' Jürgen.Ż@EXAMPLE.org ' WHERE id = 13")

    assert [person.key for person in any_desk.crm.find_by_email("JÜRGEN.ż@example.org")] == [ANN]


def test_find_by_email_returns_everyone_in_the_order_of_keys(any_desk: Desk) -> None:
    any_desk.run("UPDATE customers SET email = 'ANN@example.org' WHERE id = 2")

    assert [person.key for person in any_desk.crm.find_by_email("ann@example.org")] == ["2", ANN]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "   ",
        "nn@example.org",
        "ann@example.or_",
        "%",
        "ann@example.org' OR '1'='1",
        "'; DROP TABLE customers; --",
        "ann@example.org\0",
        "ann\ud800@example.org",
        "ann@example.org\u202e",
        "ä" * 10_000 + "@example.org",
        "a" * 10_000 + "@example.org",
    ],
)
def test_find_by_email_finds_nobody_under_hostile_addresses(any_desk: Desk, address: str) -> None:
    assert any_desk.crm.find_by_email(address) == ()
    assert any_desk.crm.person(ANN) == ANN_ON_FILE


def test_find_by_email_finds_nobody_by_an_empty_address_on_file(any_desk: Desk) -> None:
    any_desk.run("UPDATE customers SET email = '' WHERE id = 13")

    assert any_desk.crm.find_by_email("") == ()


@pytest.mark.parametrize("key", ["", "0", "x", "013", "+13", " 13", "1_3", "१३", "13.0", "9" * 10_000, "13 OR 1=1"])
def test_person_knows_only_the_canonical_key(any_desk: Desk, key: str) -> None:
    assert any_desk.crm.person(key) is None


def test_person_is_none_once_erased(any_desk: Desk) -> None:
    any_desk.run("UPDATE customers SET erased = true WHERE id = 13")

    assert any_desk.crm.person(ANN) is None
    assert any_desk.crm.find_by_email("ann@example.org") == ()
    assert any_desk.crm.person(NAMESAKE) is not None
