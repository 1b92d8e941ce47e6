from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.demo.crm_sample import metadata
from handlers.crm import Clue, Person
from storage.crm.connect import open_engine
from storage.crm.match import among
from tests.conftest import administer
from tests.storage.crm.desk import ANN, NAMESAKE, TODAY, Desk
from tests.storage.crm.small import CATEGORY, IDENTITY, make, people_of

ANN_ON_FILE = Person(key=ANN, email="ann@example.org", name="Ann Hartley", language="en", country="GB")


@pytest.mark.parametrize("address", ["ann@example.org", " ANN@Example.Org\n"])
def test_find_by_email_ignores_case_and_blanks(any_desk: Desk, address: str) -> None:
    assert any_desk.crm.find_by_email(address) == (ANN_ON_FILE,)


def test_find_by_email_ignores_case_and_blanks_on_file(any_desk: Desk) -> None:
    any_desk.run("UPDATE customers SET email = ' Jürgen.Ż@EXAMPLE.org ' WHERE id = 13")

    assert [person.key for person in any_desk.crm.find_by_email("JÜRGEN.ż@example.org")] == [ANN]


REMNANTS = ["{}\r\n", "{}\r", "{}\n ", "{} \t", "\t {}", "\u00a0{}\u00a0", " \r\n{} \r\n"]


def test_find_by_email_ignores_what_imports_leave_at_the_ends(any_desk: Desk) -> None:
    for remnant in REMNANTS:
        any_desk.run("UPDATE customers SET email = :email WHERE id = 13", email=remnant.format("Ann@Example.org"))
        assert any_desk.crm.find_by_email("ann@example.org") == (ANN_ON_FILE,), repr(remnant)
        assert any_desk.crm.find_by_email(remnant.format("ann@example.org")) == (ANN_ON_FILE,), repr(remnant)


def test_find_by_email_takes_an_accent_in_one_code_point_or_two(any_desk: Desk) -> None:
    for stored in ("j\u00fcrgen@example.org", "ju\u0308rgen@example.org"):
        any_desk.run("UPDATE customers SET email = :email WHERE id = 13", email=stored)
        for asked in ("j\u00fcrgen@example.org", "ju\u0308rgen@example.org"):
            assert [person.key for person in any_desk.crm.find_by_email(asked)] == [ANN], (stored, asked)


@pytest.mark.parametrize(
    ("url", "explain", "first"),
    [("sqlite_url", "EXPLAIN QUERY PLAN", None), ("postgres_url", "EXPLAIN", "SET enable_seqscan = off")],
)
def test_find_by_email_is_served_by_the_documented_index(
    request: pytest.FixtureRequest, url: str, explain: str, first: str | None
) -> None:
    engine = open_engine(request.getfixturevalue(url))
    said: list[tuple[str, Any]] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *which: said.append((which[2], which[3])))
    column = metadata.tables["customers"].c.email
    with engine.connect() as connection:
        connection.execute(sa.select(column).where(among(column, ["ann@example.org", "joann@example.org"])))
        statement, values = said[-1]
        if first:
            connection.exec_driver_sql(first)
        plan = connection.exec_driver_sql(f"{explain} {statement}", values).all()
    engine.dispose()

    assert "customers_by_email" in repr(plan)


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


NARROW = {"postgres": ["LATIN1", "LATIN2", "WIN1250"], "mariadb": ["latin1", "latin2", "cp1250", "ascii"]}


@pytest.mark.parametrize(("server", "charset"), [(server, one) for server, each in NARROW.items() for one in each])
def test_what_the_database_has_no_characters_for_is_not_asked_of_it(
    server: str, charset: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url: sa.URL = request.getfixturevalue(server)
    name = f"narrow_{charset.lower()}"
    how = {
        "postgres": f"ENCODING '{charset}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
        "mariadb": f"CHARACTER SET {charset}",
    }
    administer(url, f"CREATE DATABASE {name} {how[server]}")
    try:
        _find_and_erase_in(url.set(database=name), tmp_path / "map.yaml", ascii_only=charset == "ascii")
    finally:
        administer(url, f"DROP DATABASE {name}")


def _find_and_erase_in(url: sa.URL, path: Path, *, ascii_only: bool) -> None:
    metadata = sa.MetaData()
    people = people_of(
        metadata,
        sa.Column("remarks", sa.Text, info={CATEGORY: "user.content"}),
    )
    handling = {"identity": {"table": "people", "name": ["name"]}, "tables": {"people": {"erase": "delete"}}}
    small = make(url.render_as_string(hide_password=False), metadata, path, **handling)
    theirs = "jurgen@example.org" if ascii_only else "j\u00fcrgen@example.org"
    with small.engine.begin() as connection:
        connection.execute(sa.insert(people), [{"id": 1, "email": f" {theirs.title()}", "name": "J", "remarks": ""}])

    assert [person.key for person in small.crm.find_by_email(theirs)] == ["1"]
    assert small.crm.find_by_email("\u0142ukasz\u4e2d@example.org") == ()
    plan = small.crm.plan_deletion("1", today=TODAY)
    assert small.crm.delete("1", plan, today=TODAY, resumed=False, deep=True).steps == plan.steps
    assert small.crm.find_by_email(theirs) == ()
    small.crm.close()
    small.engine.dispose()


@pytest.mark.parametrize("type_", [sa.Numeric(12, 0), sa.Float(53), sa.Date()])
def test_a_word_is_no_number(empty_url: str, tmp_path: Path, type_: sa.types.TypeEngine[Any]) -> None:
    metadata = sa.MetaData()
    people = people_of(
        metadata,
        sa.Column("number", type_, info={IDENTITY: "customer_number"}),
    )
    handling = {"identity": {"table": "people", "name": ["name"]}, "tables": {"people": {"erase": "delete"}}}
    small = make(empty_url, metadata, tmp_path / "map.yaml", **handling)
    is_number = not isinstance(type_, sa.Date)
    numbers = (12345678, 0) if is_number else (date(2020, 1, 1), date(2020, 1, 2))
    with small.engine.begin() as connection:
        rows = [
            {"id": key, "email": f"{key}@example.org", "name": "Ann", "number": number}
            for key, number in enumerate(numbers, start=1)
        ]
        connection.execute(sa.insert(people), rows)

    for odd in ("C-12", "12345678abc", "1E+3", "-0", "nan", "Infinity", "012345678"):
        assert small.crm.find(Clue(number=odd)) == (), odd
    assert [person.key for person in small.crm.find(Clue(number="12345678"))] == ["1"] * is_number
    plan = small.crm.plan_deletion("1", today=TODAY)
    assert small.crm.delete("1", plan, today=TODAY, resumed=False).steps == plan.steps
    small.engine.dispose()
