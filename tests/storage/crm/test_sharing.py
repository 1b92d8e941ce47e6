"""A row that several persons' rows refer to, such as the address of a household, belongs to none of them alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from handlers.crm import Action, CrmConflict, CrmIncomplete
from handlers.recognition import Correction
from storage.crm.datamap import MapError
from storage.crm.mapload import load
from storage.crm.privileges import privileges
from tests.storage.crm.desk import TODAY
from tests.storage.crm.small import CATEGORY, IDENTITY, LINK, OUTWARD, Small, make

ANN, TIM, MIA = "1", "2", "3"
HOME, OFFICE = 7, 8
OPERATIONS = {CATEGORY: "system.operations"}

metadata = sa.MetaData()
people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(100), info={IDENTITY: "email", CATEGORY: "user.contact.email"}),
    sa.Column("name", sa.String(100), info={CATEGORY: "user.name"}),
    sa.Column("erased", sa.Boolean, info=OPERATIONS),
    sa.Column("restricted", sa.Boolean, info=OPERATIONS),
    sa.Column("address_id", sa.Integer, info={OUTWARD: "addresses.id"}),
)
addresses = sa.Table(
    "addresses",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("street", sa.String(50), info={CATEGORY: "user.contact.address.street"}),
)
doors = sa.Table(
    "doors",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("address_id", sa.Integer, info={LINK: "addresses.id"}),
    sa.Column("code", sa.String(50), info={CATEGORY: "user.content"}),
)
invoices = sa.Table(
    "invoices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("person_id", sa.Integer, info={LINK: "people.id"}),
    sa.Column("issued_on", sa.Date, info=OPERATIONS),
)


def handling(erase: str) -> dict[str, Any]:
    return {
        "identity": {"table": "people", "name": ["name"], "erased": "erased", "restricted": "restricted"},
        "tables": {
            "people": {"erase": "delete", "fields": {"email": None, "name": "redact"}, "provided": True},
            "addresses": {"erase": erase, "fields": {"street": "redact"}, "provided": True},
            "doors": {"erase": erase, "fields": {"code": "redact"}},
            "invoices": {
                "erase": "keep",
                "duty": {"record": "invoice", "dated": "issued_on", "country": "DE"},
                "fields": {},
            },
        },
        "correctable": {"address": [{"table": "addresses", "column": "street"}]},
    }


@pytest.fixture(params=["delete", "anonymise"])
def household(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> Iterator[Small]:
    """Ann and Tim at one address, Mia at another one; the persons' rows refer to the addresses."""
    yield from filled(empty_url, tmp_path / "map.yaml", erase=request.param)


@pytest.fixture
def sqlite_household(tmp_path: Path) -> Iterator[Small]:
    """The same on SQLite alone."""
    (tmp_path / "crm.db").touch()
    yield from filled(f"sqlite:///{tmp_path / 'crm.db'}", tmp_path / "map.yaml", erase="anonymise")


def filled(url: str, path: Path, *, erase: str) -> Iterator[Small]:
    small = make(url, metadata, path, **handling(erase))
    small.crm.check()
    with small.engine.begin() as connection:
        connection.execute(sa.insert(addresses), [{"id": HOME, "street": "High 1"}, {"id": OFFICE, "street": "Low 2"}])
        connection.execute(
            sa.insert(doors),
            [{"id": 1, "address_id": HOME, "code": "4711"}, {"id": 2, "address_id": OFFICE, "code": "4712"}],
        )
        connection.execute(
            sa.insert(people),
            [
                {"id": int(key), "email": f"{name}@example.org", "name": name, "address_id": address}
                | {"erased": False, "restricted": False}
                for key, name, address in ((ANN, "ann", HOME), (TIM, "tim", HOME), (MIA, "mia", OFFICE))
            ],
        )
    yield small
    small.engine.dispose()


def erase(household: Small, key: str) -> dict[str, tuple[str, bool]]:
    """Erase somebody; return what the plan said of each table."""
    plan = household.crm.plan_deletion(key, today=TODAY)
    assert household.crm.delete(key, plan, today=TODAY, resumed=False).steps == plan.steps
    return {step.table: (step.action, step.shared) for step in plan.steps}


def row(household: Small, table: str, key: str | int) -> dict[str, object] | None:
    return next((found for found in household.rows()[table] if found["id"] == int(key)), None)


def test_what_another_person_refers_to_stays_as_it_is_and_the_plan_says_so(household: Small) -> None:
    before = household.rows()

    told = erase(household, ANN)

    assert told == {"people": (Action.DELETE, False), "addresses": (Action.KEEP, True)}
    after = household.rows()
    assert {table: after[table] for table in ("addresses", "doors")} == {
        table: before[table] for table in ("addresses", "doors")
    }
    assert row(household, "people", TIM) == before["people"][1]


def test_who_shares_with_nobody_is_erased_with_it(household: Small) -> None:
    told = erase(household, MIA)

    assert {shared for _, shared in told.values()} == {False}
    office = row(household, "addresses", OFFICE)
    assert office is None or office["street"] == "***"
    door = row(household, "doors", 2)
    assert door is None or door["code"] == "***"


def test_the_last_of_a_household_takes_it_along(household: Small) -> None:
    erase(household, ANN)

    assert erase(household, TIM)["addresses"][1] is False

    home = row(household, "addresses", HOME)
    assert home is None or home["street"] == "***"


def test_an_empty_shell_leads_to_no_shared_row_and_shares_none(household: Small) -> None:
    household.run("INSERT INTO invoices VALUES (1, 1, '2026-01-31')")

    erase(household, ANN)

    shell = row(household, "people", ANN)
    assert shell is not None
    assert (shell["address_id"], bool(shell["erased"]), bool(shell["restricted"])) == (None, True, True)
    assert erase(household, TIM)["addresses"][1] is False


def test_a_row_that_became_shared_since_the_plan_is_a_conflict(household: Small) -> None:
    plan = household.crm.plan_deletion(MIA, today=TODAY)
    household.run("UPDATE people SET address_id = 8 WHERE id = 2")
    before = household.rows()

    with pytest.raises(CrmConflict):
        household.crm.delete(MIA, plan, today=TODAY, resumed=False)

    assert household.rows() == before


def test_a_shared_row_is_copied_for_each_and_corrected_for_none(household: Small) -> None:
    copied = {table.name: [dict(one) for one in table.rows] for table in household.crm.collect(ANN).tables}

    assert copied["addresses"] == [{"street": "High 1"}]
    assert household.crm.plan_correction(ANN, [Correction("address", "", "Low 3")]) == ()
    assert len(household.crm.plan_correction(MIA, [Correction("address", "", "Low 3")])) == 1


def test_a_trace_in_a_shared_row_is_told_and_not_passed_over(household: Small) -> None:
    household.run("UPDATE addresses SET street = 'Ring for ann@example.org' WHERE id = 7")
    before = household.rows()

    with pytest.raises(CrmIncomplete, match=r"addresses\.street"):
        erase(household, ANN)

    assert household.rows() == before


@pytest.mark.parametrize("flag", ["erased", "restricted", "address_id"])
def test_a_trigger_that_undoes_what_locks_a_shell_undoes_the_erasure(sqlite_household: Small, flag: str) -> None:
    sqlite_household.run("INSERT INTO invoices VALUES (1, 1, '2026-01-31')")
    back = f"UPDATE people SET {flag} = OLD.{flag} WHERE id = OLD.id"  # noqa: S608 - named above
    sqlite_household.run(f"CREATE TRIGGER undo AFTER UPDATE OF {flag} ON people BEGIN {back}; END")
    before = sqlite_household.rows()

    with pytest.raises(CrmIncomplete, match=rf"people\.{flag} was not (set|null) afterwards"):
        erase(sqlite_household, ANN)

    assert sqlite_household.rows() == before


@pytest.mark.parametrize("rule", ["NO ACTION", "SET NULL"])
def test_a_row_that_stays_lets_go_of_one_that_goes(empty_url: str, tmp_path: Path, rule: str) -> None:
    with_key = sa.MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(with_key)
    column = with_key.tables["people"].c.address_id
    column.append_foreign_key(sa.ForeignKey("addresses.id", ondelete=rule))
    small = make(empty_url, with_key, tmp_path / "map.yaml", **handling("delete"))
    small.run("INSERT INTO addresses VALUES (8, 'Low 2')")
    small.run("INSERT INTO people VALUES (3, 'mia@example.org', 'mia', false, false, 8)")
    small.run("INSERT INTO invoices VALUES (1, 3, '2026-01-31')")

    erase(small, MIA)

    assert row(small, "addresses", OFFICE) is None
    shell = row(small, "people", MIA)
    assert shell is not None
    assert (shell["address_id"], shell["email"]) == (None, None)
    small.engine.dispose()


@pytest.fixture
def presents(empty_url: str, tmp_path: Path) -> Iterator[Small]:
    """Ann and Tim, each with an address of their own; Ann's order goes to that of Tim."""
    tables = sa.MetaData()
    people.to_metadata(tables)
    own = sa.Column("owner", sa.Integer, info={LINK: "people.id"})
    addresses.to_metadata(tables).append_column(own)
    tables.tables["people"].c.address_id.info = OPERATIONS
    sa.Table(
        "orders",
        tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("buyer", sa.Integer, info={LINK: "people.id"}),
        sa.Column("ship_to", sa.Integer, info={OUTWARD: "addresses.id"}),
    )
    said = handling("delete")
    del said["tables"]["doors"], said["tables"]["invoices"]
    said["tables"]["orders"] = {"erase": "delete"}
    small = make(empty_url, tables, tmp_path / "map.yaml", **said)
    small.run("INSERT INTO people VALUES (1, 'ann@example.org', 'ann', false, false, NULL)")
    small.run("INSERT INTO people VALUES (2, 'tim@example.org', 'tim', false, false, NULL)")
    small.run("INSERT INTO addresses VALUES (7, 'High 1', 1), (8, 'Low 2', 2)")
    small.run("INSERT INTO orders VALUES (1, 1, 8)")
    yield small
    small.engine.dispose()


def test_an_address_of_somebody_else_to_which_an_order_went_is_not_erased(presents: Small) -> None:
    erase(presents, ANN)

    assert presents.rows()["addresses"] == [{"id": 8, "street": "Low 2", "owner": 2}]
    assert presents.rows()["orders"] == []


def test_an_address_of_ones_own_to_which_an_order_of_somebody_else_went_is_told_of(presents: Small) -> None:
    before = row(presents, "addresses", 8)

    told = erase(presents, TIM)

    assert told == {"addresses": (Action.KEEP, True), "people": (Action.ANONYMISE, False)}
    assert row(presents, "addresses", 8) == before


def post(url: str, path: Path, **said_of_letters: Any) -> Small:
    """Return Ann and Tim with letters: between both, from Ann to herself, and from Ann to nobody on file."""
    tables = sa.MetaData()
    people.to_metadata(tables).c.address_id.info = OPERATIONS
    sa.Table(
        "letters",
        tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sender", sa.ForeignKey("people.id"), info={LINK: "people.id"}),
        sa.Column("recipient", sa.ForeignKey("people.id"), info={LINK: "people.id"}),
        sa.Column("body", sa.String(50), info={CATEGORY: "user.content"}),
    )
    sa.Table(
        "stamps",
        tables,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("letter", sa.ForeignKey("letters.id"), info={LINK: "letters.id"}),
    )
    said = handling("delete")
    kept = {"people": said["tables"]["people"], "letters": {"erase": "delete", **said_of_letters}}
    small = make(url, tables, path, identity=said["identity"], tables=kept | {"stamps": {"erase": "delete"}})
    small.run("INSERT INTO people VALUES (1, 'ann@example.org', 'ann', false, false, NULL)")
    small.run("INSERT INTO people VALUES (2, 'tim@example.org', 'tim', false, false, NULL)")
    small.run("INSERT INTO letters VALUES (1, 1, 2, 'Hi'), (2, 2, 1, 'Ho'), (3, 1, 1, 'Milk'), (4, 1, NULL, 'Ahoy')")
    small.run("INSERT INTO stamps VALUES (1, 1), (2, 2), (3, 3), (4, 4)")
    return small


@pytest.fixture
def letters(empty_url: str, tmp_path: Path) -> Iterator[Small]:
    """Letters that are deleted with their persons."""
    small = post(empty_url, tmp_path / "map.yaml")
    yield small
    small.engine.dispose()


def test_what_lies_between_two_persons_stays_as_it_is_when_one_of_them_is_erased(letters: Small) -> None:
    before = letters.rows()
    plan = letters.crm.plan_deletion(ANN, today=TODAY)

    letters.crm.delete(ANN, plan, today=TODAY, resumed=False)

    assert {(step.table, step.action, step.shared, step.rows) for step in plan.steps} == {
        ("people", Action.ANONYMISE, False, 1),
        ("letters", Action.KEEP, True, 2),
        ("letters", Action.DELETE, False, 2),
        ("stamps", Action.DELETE, False, 2),
    }
    after = letters.rows()
    assert after["letters"] == before["letters"][:2]
    assert after["stamps"] == before["stamps"][:2]
    assert row(letters, "people", TIM) == before["people"][1]
    shell = row(letters, "people", ANN)
    assert shell is not None
    assert (shell["email"], shell["name"]) == (None, "***")


def test_the_second_of_two_persons_takes_along_what_lies_between_them(letters: Small) -> None:
    erase(letters, ANN)

    assert erase(letters, TIM) == dict.fromkeys(("people", "letters", "stamps"), (Action.DELETE, False))

    assert (letters.rows()["letters"], letters.rows()["stamps"]) == ([], [])


def test_who_such_a_row_refers_to_stays_as_a_shell_though_the_map_would_empty_the_link(
    empty_url: str, tmp_path: Path
) -> None:
    said = {"sender": None, "recipient": None, "body": "redact"}
    small = post(empty_url, tmp_path / "map.yaml", erase="anonymise", fields=said)
    before = small.rows()["letters"]

    told = erase(small, ANN)

    assert told["people"] == (Action.ANONYMISE, False)
    assert small.rows()["letters"][:2] == before[:2]
    assert {(one["sender"], one["body"]) for one in small.rows()["letters"][2:]} == {(None, "***")}
    small.engine.dispose()


def test_what_lies_between_two_accounts_is_shared_only_if_they_are_two_persons(tmp_path: Path) -> None:
    tables = sa.MetaData()
    people.to_metadata(tables).c.address_id.info = OPERATIONS
    keys = [sa.Column("id", sa.Integer, primary_key=True) for _ in range(2)]
    sa.Table("accounts", tables, keys[0], sa.Column("owner", sa.Integer, info={LINK: "people.id"}))
    ends = [sa.Column(name, sa.Integer, info={LINK: "accounts.id"}) for name in ("payer", "payee")]
    sa.Table("payments", tables, keys[1], *ends)
    (tmp_path / "crm.db").touch()
    said = handling("delete")
    handled = {"people": said["tables"]["people"], "accounts": {"erase": "delete"}, "payments": {"erase": "delete"}}
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    small = make(url, tables, tmp_path / "map.yaml", identity=said["identity"], tables=handled)
    small.run("INSERT INTO people VALUES (1, 'ann@example.org', 'ann', false, false, NULL)")
    small.run("INSERT INTO people VALUES (2, 'tim@example.org', 'tim', false, false, NULL)")
    small.run("INSERT INTO accounts VALUES (1, 1), (2, 1), (3, 2)")
    small.run("INSERT INTO payments VALUES (1, 1, 2), (2, 2, 3), (3, 3, 1), (4, 3, 3)")

    erase(small, ANN)

    assert [one["id"] for one in small.rows()["payments"]] == [2, 3, 4]
    small.engine.dispose()


def test_the_map_has_to_say_what_is_left_of_a_person_to_whom_such_a_row_refers(tmp_path: Path) -> None:
    (tmp_path / "crm.db").touch()
    post(f"sqlite:///{tmp_path / 'crm.db'}", tmp_path / "map.yaml").engine.dispose()
    unsaid = json.loads((tmp_path / "map.yaml").read_text())
    del unsaid["handling"]["tables"]["people"]["fields"]["name"]
    (tmp_path / "map.yaml").write_text(json.dumps(unsaid))

    with pytest.raises(MapError, match=r"people.*name.*rows may stay"):
        load(tmp_path / "map.yaml")


def test_the_user_may_empty_what_leads_to_shared_rows(sqlite_household: Small) -> None:
    with sqlite_household.crm.reading() as (_, crm):
        (people_,) = (one for one in privileges(crm) if one.table == "people")

    assert "address_id" in people_.updates
