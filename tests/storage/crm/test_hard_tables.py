"""Erasures on tables that are hard to erase: each ends in done with proof, or failed with its reason."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.crm import CrmIncomplete, Done
from tests.storage.crm import club
from tests.storage.crm.club import ANN, JOANN
from tests.storage.crm.desk import TODAY
from tests.storage.crm.small import Small


@pytest.fixture
def house(empty_url: str, tmp_path: Path) -> Iterator[Small]:
    """The club on each kind of database."""
    small = club.build(empty_url, tmp_path / "map.yaml")
    yield small
    small.engine.dispose()


def erase(house: Small, key: str = ANN, *, deep: bool = False) -> Done:
    plan = house.crm.plan_deletion(key, today=TODAY)
    return house.crm.delete(key, plan, today=TODAY, resumed=False, deep=deep)


def refused(house: Small, match: str, *, deep: bool = False) -> None:
    before = house.rows()
    with pytest.raises(CrmIncomplete, match=match):
        erase(house, deep=deep)
    assert house.rows() == before


@pytest.mark.parametrize("deep", [False, True])
def test_circles_composite_keys_and_tables_without_one_are_erased_and_everybody_else_stays(
    house: Small, deep: bool
) -> None:
    before = house.rows()

    done = erase(house, deep=deep)

    assert {step.table: step.rows for step in done.steps} == {"members": 1, "posts": 3, "seats": 2, "visits": 1}
    hers = {"members": "id", "posts": "member", "seats": "member", "visits": "member"}
    assert house.rows() == {
        table: [row for row in rows if row[hers[table]] != int(ANN)] for table, rows in before.items()
    }


def test_the_other_one_is_erased_as_well(house: Small) -> None:
    erase(house)
    erase(house, JOANN)

    assert {table: len(rows) for table, rows in house.rows().items()} == {
        "members": 1,
        "posts": 1,
        "seats": 0,
        "visits": 2,
    }


def test_a_row_that_is_not_told_apart_from_somebody_elses_stops_the_erasure(house: Small) -> None:
    house.run("INSERT INTO visits (door, number, member) VALUES ('north', 1, 2)")

    refused(house, "delete in visits affected 2 rows instead of 1")


def test_a_row_without_its_key_stops_the_erasure(house: Small) -> None:
    house.run("INSERT INTO visits (door, number, member) VALUES ('south', NULL, 1)")

    refused(house, "delete in visits affected 1 rows instead of 2")


def test_somebody_else_who_refers_to_the_person_stops_the_erasure(house: Small) -> None:
    # To let go of Ann, Joann's row would have to change.
    house.run("UPDATE members SET brought_by = 1 WHERE id = 2")

    refused(house, "a constraint of the CRM database refused to delete rows of members")


def test_a_trace_in_somebody_elses_json_stops_the_erasure(house: Small) -> None:
    house.run("UPDATE posts SET extra = :extra WHERE id = 20", extra=json.dumps({"seen": ["ANN@example.org"]}))

    refused(house, r"traces were left in posts\.extra")


def test_a_longer_address_in_json_is_no_trace(house: Small) -> None:
    house.run("UPDATE posts SET extra = :extra WHERE id = 20", extra=json.dumps({"seen": "joann@example.org"}))

    assert erase(house).leftovers == ()


ARCHIVE = {
    "sqlite": "CREATE TRIGGER keep BEFORE DELETE ON members BEGIN INSERT INTO archive VALUES (OLD.email); END",
    "mysql": "CREATE TRIGGER keep BEFORE DELETE ON members FOR EACH ROW INSERT INTO archive VALUES (OLD.email)",
    "postgresql": "CREATE TRIGGER keep BEFORE DELETE ON members FOR EACH ROW EXECUTE FUNCTION keep()",
}
ARCHIVE_FUNCTION = (
    "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN INSERT INTO archive VALUES (OLD.email); RETURN OLD; END'"
)


def test_a_trigger_that_copies_the_row_elsewhere_is_found_by_the_deep_search(house: Small) -> None:
    house.run("CREATE TABLE archive (address VARCHAR(100))")
    if house.engine.dialect.name == "postgresql":
        house.run(ARCHIVE_FUNCTION)
    house.run(ARCHIVE[house.engine.dialect.name])

    refused(house, r"traces were left in archive\.address", deep=True)


REFUSAL = {
    "sqlite": "CREATE TRIGGER refuse BEFORE DELETE ON posts BEGIN SELECT RAISE(ABORT, 'ann@example.org'); END",
    "mysql": "CREATE TRIGGER refuse BEFORE DELETE ON posts FOR EACH ROW"
    " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'ann@example.org'",
    "postgresql": "CREATE TRIGGER refuse BEFORE DELETE ON posts FOR EACH ROW EXECUTE FUNCTION refuse()",
}
REFUSAL_FUNCTION = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''ann@example.org''; END'"
)


def test_a_trigger_that_refuses_stops_the_erasure_without_quoting_it(house: Small) -> None:
    if house.engine.dialect.name == "postgresql":
        house.run(REFUSAL_FUNCTION)
    house.run(REFUSAL[house.engine.dialect.name])
    before = house.rows()

    with pytest.raises(CrmIncomplete) as caught:
        erase(house)

    assert "refused" in str(caught.value)
    assert "ann@example.org" not in str(caught.value)
    assert house.rows() == before
