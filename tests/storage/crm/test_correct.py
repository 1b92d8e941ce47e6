from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers.crm import Change, CrmConflict, CrmError, CrmIncomplete
from handlers.recognition import Correction
from tests.storage.crm.desk import ANN, JONAS, Desk
from tests.storage.crm.small import IDENTITY, LINK, make

NEW_ADDRESS = Correction("address", "", "Lindenweg 12, 10115 Berlin")


def propose(desk: Desk, *corrections: Correction, key: str = JONAS) -> list[tuple[str, str, str, str]]:
    changes = desk.crm.plan_correction(key, corrections)
    return [(change.table, change.field, change.old, change.new) for change in changes]


def home(desk: Desk, key: str) -> list[object]:
    (row,) = (
        row for row in desk.rows()["addresses"].values() if (row["customer_id"], row["kind"]) == (int(key), "home")
    )
    return [row["street"], row["postcode"], row["city"]]


def test_plan_correction_parts_an_address_and_shows_old_and_new(any_desk: Desk) -> None:
    any_desk.run(
        "UPDATE addresses SET street = 'Gartenstraße 1', postcode = '04109', city = 'Leipzig' WHERE kind = 'home'"
    )

    changes = any_desk.crm.plan_correction(JONAS, [NEW_ADDRESS])

    assert [(change.field, change.old, change.new) for change in changes] == [
        ("street", "Gartenstraße 1", "Lindenweg 12"),
        ("postcode", "04109", "10115"),
        ("city", "Leipzig", "Berlin"),
    ]
    assert changes[0].label["sk"] == "Ulica a číslo"


def test_plan_correction_reaches_every_place_of_a_value(any_desk: Desk) -> None:
    assert propose(any_desk, Correction("email", "", "jonas@post.example")) == [
        ("customers", "email", "jonas.weber@example.org", "jonas@post.example"),
        ("list_members", "email", "jonas.weber@example.org", "jonas@post.example"),
    ]


@pytest.mark.parametrize(
    ("correction", "expected"),
    [
        (Correction("last_name", "Weber", "Weber-Thoß"), [("customers", "last_name", "Weber", "Weber-Thoß")]),
        (Correction("full_name", "", "Jonas Beck"), [("customers", "last_name", "Weber", "Beck")]),
        (Correction("last_name", "", "Weber"), []),
        (Correction("other", "", "vegetarian"), []),
        (Correction("shoe_size", "", "44"), []),
        (Correction("birth_date", "", "some day in May"), []),
        (Correction("address", "", "somewhere in Berlin"), []),
        (Correction("last_name", "", "x" * 10_000), []),
        (Correction("last_name", "", "Weber\0"), []),
        (
            Correction("last_name", "", "'; DROP TABLE customers; --"),
            [("customers", "last_name", "Weber", "'; DROP TABLE customers; --")],
        ),
    ],
)
def test_plan_correction_proposes_what_the_map_allows_and_would_change(
    desk: Desk, correction: Correction, expected: list[tuple[str, str, str, str]]
) -> None:
    assert propose(desk, correction) == expected


def test_plan_correction_leaves_out_what_contradicts_itself(desk: Desk) -> None:
    assert propose(desk, Correction("last_name", "", "Beck"), Correction("full_name", "", "Jona Bach")) == [
        ("customers", "first_name", "Jonas", "Jona")
    ]


def test_plan_correction_leaves_out_what_could_mean_several_rows(desk: Desk) -> None:
    desk.run("UPDATE addresses SET kind = 'home', street = 'Old Row ' || id WHERE customer_id = 2")

    assert propose(desk, NEW_ADDRESS) == []


def test_plan_correction_picks_the_row_by_its_old_value(desk: Desk) -> None:
    desk.run("UPDATE addresses SET kind = 'home', postcode = '04109', city = 'Leipzig' WHERE customer_id = 2")
    desk.run("UPDATE addresses SET street = 'Old Row ' || id WHERE customer_id = 2")

    assert propose(desk, replace(NEW_ADDRESS, old="Old Row 3, 04109, Leipzig"))[0] == (
        "addresses",
        "street",
        "Old Row 3",
        "Lindenweg 12",
    )


def test_correct_writes_the_new_values_of_this_person_only(any_desk: Desk) -> None:
    before = any_desk.rows()
    changes = any_desk.crm.plan_correction(JONAS, [NEW_ADDRESS, Correction("birth_date", "", "7. 11. 1961")])

    done = any_desk.crm.correct(JONAS, changes)

    assert {step.table: step.rows for step in done.steps} == {"addresses": 1, "customers": 1}
    assert home(any_desk, JONAS) == ["Lindenweg 12", "10115", "Berlin"]
    assert home(any_desk, ANN) == [before["addresses"][26][name] for name in ("street", "postcode", "city")]
    assert any_desk.crm.plan_correction(JONAS, [Correction("birth_date", "", "1961-11-07")]) == ()


def test_correct_moves_an_address_that_links_tables(any_desk: Desk) -> None:
    changes = any_desk.crm.plan_correction(JONAS, [Correction("email", "", "jonas@post.example")])

    any_desk.crm.correct(JONAS, changes)

    assert [person.key for person in any_desk.crm.find_by_email("jonas@post.example")] == [JONAS]
    assert {row["email"] for row in any_desk.rows()["list_members"].values()} >= {"jonas@post.example"}
    assert any_desk.crm.find_by_email("jonas.weber@example.org") == ()


def test_plan_correction_leaves_a_shared_address_to_the_other_person(any_desk: Desk) -> None:
    # A couple with one mailbox: the newsletter still goes where the other one reads it.
    any_desk.run("UPDATE customers SET email = 'jonas.weber@example.org' WHERE id = 3")

    assert propose(any_desk, Correction("email", "", "jonas@post.example")) == [
        ("customers", "email", "jonas.weber@example.org", "jonas@post.example")
    ]


def test_correct_again_is_done_with_no_rows(any_desk: Desk) -> None:
    changes = any_desk.crm.plan_correction(JONAS, [NEW_ADDRESS, Correction("email", "", "jonas@post.example")])
    any_desk.crm.correct(JONAS, changes)
    before = any_desk.rows()

    done = any_desk.crm.correct(JONAS, changes)

    assert {step.rows for step in done.steps} == {0}
    assert any_desk.rows() == before


def test_correct_refuses_when_the_value_became_a_third_one(any_desk: Desk) -> None:
    changes = any_desk.crm.plan_correction(JONAS, [Correction("last_name", "", "Beck"), NEW_ADDRESS])
    any_desk.run("UPDATE customers SET last_name = 'Bauer' WHERE id = 2")
    before = any_desk.rows()

    with pytest.raises(CrmConflict):
        any_desk.crm.correct(JONAS, changes)

    assert any_desk.rows() == before


@pytest.mark.parametrize(
    "meanwhile",
    [
        "UPDATE addresses SET postcode = '80331', city = 'Munich' WHERE customer_id = 2 AND kind = 'home'",
        "UPDATE addresses SET city = 'Munich' WHERE customer_id = 2 AND kind = 'home'",
        "UPDATE addresses SET kind = 'home' WHERE customer_id = 2",
        "UPDATE addresses SET customer_id = 13 WHERE customer_id = 2 AND kind = 'home'",
    ],
)
def test_correct_mixes_no_part_of_ours_with_what_was_changed_meanwhile(any_desk: Desk, meanwhile: str) -> None:
    """Only the street is new; but it belongs to the town that it was proposed for, and to one row."""
    any_desk.run(
        "UPDATE addresses SET street = 'Old Row 1', postcode = '10115', city = 'Berlin'"
        " WHERE customer_id = 2 AND kind = 'home'"
    )
    changes = any_desk.crm.plan_correction(JONAS, [NEW_ADDRESS])
    assert [change.field for change in changes] == ["street"]
    any_desk.run(meanwhile)
    before = any_desk.rows()

    with pytest.raises(CrmConflict, match="propose the correction again"):
        any_desk.crm.correct(JONAS, changes)

    assert any_desk.rows() == before


def test_correct_writes_all_rows_that_it_was_proposed_for_or_none(any_desk: Desk) -> None:
    any_desk.run(
        "UPDATE addresses SET kind = 'home', street = 'Old Row 1', postcode = '53111', city = 'Bonn'"
        " WHERE customer_id = 2"
    )
    changes = any_desk.crm.plan_correction(JONAS, [NEW_ADDRESS])
    last = max(key for key, row in any_desk.rows()["addresses"].items() if row["customer_id"] == int(JONAS))
    any_desk.run("UPDATE addresses SET street = 'New Row 2' WHERE id = :last", last=last)
    before = any_desk.rows()

    with pytest.raises(CrmConflict):
        any_desk.crm.correct(JONAS, changes)
    assert any_desk.rows() == before

    any_desk.run("UPDATE addresses SET street = 'Old Row 1' WHERE id = :last", last=last)
    assert [step.rows for step in any_desk.crm.correct(JONAS, changes).steps] == [2]
    assert [step.rows for step in any_desk.crm.correct(JONAS, changes).steps] == [0]


def test_correct_writes_the_row_that_was_meant_and_leaves_the_other(desk: Desk) -> None:
    desk.run("UPDATE addresses SET kind = 'home', postcode = '04109', city = 'Leipzig' WHERE customer_id = 2")
    desk.run("UPDATE addresses SET street = 'Old Row ' || id WHERE customer_id = 2")
    changes = desk.crm.plan_correction(JONAS, [replace(NEW_ADDRESS, old="Old Row 3, 04109, Leipzig")])

    assert [step.rows for step in desk.crm.correct(JONAS, changes).steps] == [1]
    streets = {row["street"] for row in desk.rows()["addresses"].values() if row["customer_id"] == int(JONAS)}
    assert streets == {"Lindenweg 12", "Old Row 4"}


def test_correct_refuses_a_field_that_the_map_does_not_open(desk: Desk) -> None:
    change = Change(table="invoices", field="billing_name", label={}, old="Jonas Weber", new="Eve")

    with pytest.raises(CrmError, match="does not let this field be corrected"):
        desk.crm.correct(JONAS, [change])


def test_correct_fails_loudly_when_the_database_swallows_the_change(desk: Desk) -> None:
    changes = desk.crm.plan_correction(JONAS, [Correction("last_name", "", "Beck")])
    desk.run("CREATE TRIGGER swallow BEFORE UPDATE ON customers BEGIN SELECT RAISE(IGNORE); END")

    with pytest.raises(CrmIncomplete, match="correcting customers affected 0 rows instead of 1"):
        desk.crm.correct(JONAS, changes)


def test_correct_refuses_when_nobody_is_there(desk: Desk) -> None:
    with pytest.raises(CrmError, match="nobody is on file"):
        desk.crm.plan_correction("999", [NEW_ADDRESS])


@pytest.mark.parametrize(
    ("home", "billing", "corrected"),
    [("Rome", "Rome", [1, 1]), ("Oslo", "Rome", [1]), ("Bern", "Rome", [1, 1])],
)
def test_correct_tells_apart_places_that_differ_only_in_which_rows_they_mean(
    empty_url: str, tmp_path: Path, home: str, billing: str, corrected: list[int]
) -> None:
    metadata = sa.MetaData()
    sa.Table(
        "people",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(100), info={IDENTITY: "email"}),
    )
    sa.Table(
        "places",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("person", sa.Integer, info={LINK: "people.id"}),
        sa.Column("kind", sa.String(10)),
        sa.Column("city", sa.String(50)),
    )
    targets = [{"table": "places", "column": "city", "where": {"kind": kind}} for kind in ("home", "billing")]
    small = make(
        empty_url,
        metadata,
        tmp_path / "map.yaml",
        identity={"table": "people", "name": ["email"]},
        tables={"people": {"erase": "delete"}, "places": {"erase": "delete"}},
        correctable={"city": targets},
    )
    small.run("INSERT INTO people VALUES (1, 'ann@example.org')")
    small.run(
        "INSERT INTO places VALUES (1, 1, 'home', :home), (2, 1, 'billing', :billing)", home=home, billing=billing
    )

    changes = small.crm.plan_correction("1", [Correction("city", "", "Oslo")])
    done = small.crm.correct("1", changes)

    assert [step.rows for step in done.steps] == corrected
    assert [(row["kind"], row["city"]) for row in small.rows()["places"]] == [("home", "Oslo"), ("billing", "Oslo")]
    small.engine.dispose()
