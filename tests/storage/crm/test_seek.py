"""Finding persons by what they say of themselves, on real databases."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers.crm import Clue
from tests.storage.crm.desk import ANN, JOANN, NAMESAKE, TODAY, Desk
from tests.storage.crm.small import CATEGORY, IDENTITY, LINK, Small, make

ON_FILE = "UPDATE customers SET phone = '{phone}', birth_date = '1979-05-03', country = '{country}' WHERE id = 13"
AT_HOME = "UPDATE addresses SET street = '1 Mill Row', postcode = 'YO1 7HH' WHERE customer_id = 13 AND kind = 'home'"


def keys(desk: Desk | Small, clue: Clue) -> list[str]:
    return [person.key for person in desk.crm.find(clue)]


IDENTIFIERS = [
    (Clue(email="ANN@example.org "), [ANN]),
    (Clue(number="K-10013"), [ANN]),
    (Clue(number=" k-10013"), [ANN]),
    (Clue(number="K-1001"), []),
    (Clue(number="13"), []),
    (Clue(number="ann@example.org"), []),
    (Clue(email="ann@example.org", number="K-10014"), [ANN, JOANN]),
    (Clue(email="' OR 1=1 --", number="%", phone="%"), []),
    (Clue(), []),
    (Clue(name="Ann Hartley"), []),
]
SPELLINGS = ["+44 20 7946 0958", "0044 2079460958", "020 7946 0958", "(020) 7946-0958"]
OTHER_NUMBERS = [
    ("020 7946 0958", "NL", Clue(phone="+442079460958")),  # the same digits in another country
    ("020 7946 0958", "", Clue(phone="+442079460958")),
    ("+44 20 7946 0958", "GB", Clue(phone="7946 0958")),  # a part, of no country
    ("+44 20 7946 0958", "GB", Clue(phone="+44 7946 0958")),
    ("+44 20 7946 0958", "GB", Clue(phone="9" * 10_000)),
    ("+44 20 7946 0958 9", "GB", Clue(phone="+442079460958")),
    ("+44 120 7946 0958", "GB", Clue(phone="+442079460958")),
]


def test_find_by_address_and_number(any_desk: Desk) -> None:
    assert [(clue, keys(any_desk, clue)) for clue, _ in IDENTIFIERS] == IDENTIFIERS


def test_find_by_telephone_in_any_spelling(any_desk: Desk) -> None:
    for stored in SPELLINGS:
        any_desk.run(ON_FILE.format(phone=stored, country="GB"))
        assert keys(any_desk, Clue(phone="+442079460958")) == [ANN], stored
        assert keys(any_desk, Clue(phone="020/7946 0958", country="GB")) == [ANN], stored


def test_find_by_telephone_takes_no_other_number(any_desk: Desk) -> None:
    for stored, country, said in OTHER_NUMBERS:
        any_desk.run(ON_FILE.format(phone=stored, country=country))
        assert keys(any_desk, said) == [], (stored, country)


def test_find_by_name_and_birth_date(any_desk: Desk) -> None:
    any_desk.run(ON_FILE.format(phone="", country="GB"))

    for name in ("Ann Hartley", "HARTLEY, Ann", " ann  hartley "):
        assert keys(any_desk, Clue(name=name, birth_date=date(1979, 5, 3))) == [ANN]
    assert keys(any_desk, Clue(name="Ann Hartley", birth_date=date(1979, 3, 5))) == []
    assert keys(any_desk, Clue(name="Anne Hartley", birth_date=date(1979, 5, 3))) == []


def test_find_by_name_and_birth_date_returns_namesakes_of_the_same_day(any_desk: Desk) -> None:
    any_desk.run("UPDATE customers SET birth_date = '1979-05-03'")

    assert keys(any_desk, Clue(name="Ann Hartley", birth_date=date(1979, 5, 3))) == [ANN, NAMESAKE]


def test_find_by_name_and_address(any_desk: Desk) -> None:
    any_desk.run(AT_HOME)
    found = [
        (Clue(name="Ann Hartley", street="1 mill row", postcode="yo17hh"), [ANN]),
        (Clue(name="Joann Hartley", street="1 Mill Row", postcode="YO1 7HH"), []),
        (Clue(name="Ann Hartley", street="1 Mill Row"), []),
        (Clue(name="Ann Hartley", postcode="YO1 7HH"), []),
        (Clue(name="Ann Hartley", street="11 Mill Row", postcode="YO1 7HH"), []),
    ]

    assert [(clue, keys(any_desk, clue)) for clue, _ in found] == found


def test_the_erased_are_not_found(any_desk: Desk) -> None:
    any_desk.run(ON_FILE.format(phone="+44 20 7946 0958", country="GB"))
    any_desk.run("UPDATE customers SET erased = true WHERE id = 13")
    clue = Clue(
        email="ann@example.org",
        number="K-10013",
        phone="+442079460958",
        name="Ann Hartley",
        birth_date=date(1979, 5, 3),
    )

    assert keys(any_desk, clue) == []


def second_addresses() -> sa.MetaData:
    """Return a CRM whose people may have several addresses, in a table of their own."""
    metadata = sa.MetaData()
    sa.Table(
        "people",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(100), info={IDENTITY: "email", CATEGORY: "user.contact.email"}),
    )
    sa.Table(
        "contacts",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person", sa.ForeignKey("people.id"), info={LINK: "people.id"}),
        sa.Column("address", sa.String(100), info={IDENTITY: "email", CATEGORY: "user.contact.email"}),
    )
    sa.Table(
        "remarks",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person", sa.ForeignKey("people.id"), info={LINK: "people.id"}),
        sa.Column("body", sa.Text, info={CATEGORY: "user.content.private"}),
    )
    return metadata


@pytest.fixture
def small(empty_url: str, tmp_path: Path) -> Iterator[Small]:
    """Ann (1) with two more addresses, Joann (2) with none."""
    small = make(
        empty_url,
        second_addresses(),
        tmp_path / "map.yaml",
        identity={"table": "people"},
        tables={name: {"erase": "delete"} for name in ("people", "contacts", "remarks")},
    )
    small.run("INSERT INTO people VALUES (1, 'ann@example.org'), (2, 'joann@example.org')")
    small.run("INSERT INTO contacts VALUES (1, 1, 'Ann.H@Post.example'), (2, 1, 'a.h@work.example')")
    small.run("INSERT INTO remarks VALUES (1, 2, 'Sister of a.h@work.example')")
    yield small
    small.engine.dispose()


def test_a_second_address_finds_the_person_who_is_written_to_at_the_first(small: Small) -> None:
    (person,) = small.crm.find_by_email("ann.h@post.example")

    assert (person.key, person.email) == ("1", "ann@example.org")
    assert small.crm.find_by_email("h@post.example") == ()


def test_a_second_address_in_somebody_elses_remark_is_a_trace(small: Small) -> None:
    plan = small.crm.plan_deletion("1", today=TODAY)

    assert plan.traces == ("a.h@work.example", "ann.h@post.example", "ann@example.org")
    with pytest.raises(Exception, match=r"traces were left in remarks\.body"):
        small.crm.delete("1", plan, today=TODAY, resumed=False)
