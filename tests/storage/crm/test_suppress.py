from pathlib import Path
from typing import Any

import pytest

from handlers.crm import CrmError, CrmIncomplete, Done
from storage.crm.datamap import MapError
from tests.storage.crm.desk import ANN, JOANN, NAMESAKE, Desk
from tests.storage.crm.extended import QUEUE, QUEUED, extended, with_queue


def affected(done: Done) -> dict[str, int]:
    return {step.table: step.rows for step in done.steps}


def granted(desk: Desk, key: str) -> set[object]:
    return {
        row["purpose"]
        for row in desk.rows()["consents"].values()
        if (row["customer_id"], row["granted"]) == (int(key), True)
    }


def subscribed(desk: Desk, email: str) -> set[object]:
    members = desk.rows()["list_members"].values()
    return {row["list_code"] for row in members if (row["email"], row["status"]) == (email, "subscribed")}


def test_suppress_stops_the_consent_named_and_leaves_the_rest(any_desk: Desk) -> None:
    before = granted(any_desk, ANN)

    done = any_desk.crm.suppress(" ANN@example.org", ["newsletter"])

    assert affected(done) == {"consents": 1, "list_members": 1}
    assert granted(any_desk, ANN) == before - {"newsletter"}
    assert subscribed(any_desk, "ann@example.org") == {"offers"}
    assert subscribed(any_desk, "joann@example.org") == {"newsletter", "offers"}


def test_suppress_reaches_an_address_with_remnants_of_an_import(any_desk: Desk) -> None:
    any_desk.run("UPDATE list_members SET email = :new WHERE email = 'ann@example.org'", new="ann@example.org\r\n")

    any_desk.crm.suppress("ann@example.org", ["newsletter"])

    assert subscribed(any_desk, "ann@example.org\r\n") == {"offers"}


@pytest.mark.parametrize("consents", [[], ["all"]])
def test_suppress_stops_everything_when_nothing_is_named(any_desk: Desk, consents: list[str]) -> None:
    any_desk.crm.suppress("ann@example.org", consents)

    assert granted(any_desk, ANN) == set()
    assert subscribed(any_desk, "ann@example.org") == set()
    flags = {key: any_desk.rows()["customers"][int(key)]["no_marketing"] for key in (ANN, JOANN, NAMESAKE)}
    assert flags == {ANN: True, JOANN: False, NAMESAKE: False}


def test_suppress_again_changes_nothing(any_desk: Desk) -> None:
    any_desk.crm.suppress("ann@example.org", [])
    before = any_desk.rows()

    done = any_desk.crm.suppress("ann@example.org", [])

    assert affected(done) == {"consents": 0, "list_members": 0, "customers": 0}
    assert any_desk.rows() == before


@pytest.mark.parametrize("address", ["nobody@example.org", "", "' OR 1=1 --", "x\0@example.org"])
def test_suppress_of_an_unknown_address_is_done_with_no_rows(any_desk: Desk, address: str) -> None:
    before = any_desk.rows()

    done = any_desk.crm.suppress(address, [])

    assert set(affected(done).values()) == {0}
    assert any_desk.rows() == before


def test_suppress_reaches_a_subscriber_who_is_no_customer(any_desk: Desk) -> None:
    any_desk.run("UPDATE list_members SET email = 'Reader@Mail.example' WHERE id = 1")

    done = any_desk.crm.suppress("reader@mail.example", ["newsletter"])

    assert affected(done) == {"consents": 0, "list_members": 1}


def test_suppress_refuses_a_consent_that_the_map_does_not_know(desk: Desk) -> None:
    before = desk.rows()

    with pytest.raises(CrmError, match=r"add it under handling\.consents"):
        desk.crm.suppress("ann@example.org", ["newsletter", "carrier pigeon"])

    assert desk.rows() == before


def test_restrict_refuses_when_nobody_is_there(desk: Desk) -> None:
    with pytest.raises(CrmError, match="nobody is on file"):
        desk.crm.restrict("999")


def test_suppress_keeps_what_had_been_given_as_proof(any_desk: Desk) -> None:
    rows = any_desk.rows()
    [given] = [r for r in rows["consents"].values() if (r["customer_id"], r["purpose"]) == (13, "newsletter")]

    done = any_desk.crm.suppress("ann@example.org", ["newsletter"])

    [consent, member] = done.formerly
    assert (consent.table, member.table) == ("consents", "list_members")
    assert dict(consent.values) == {
        "purpose": "newsletter",
        "granted": str(given["granted"]),
        "recorded_on": str(given["recorded_on"]),
    }
    assert dict(member.values)["status"] == "subscribed"
    assert any_desk.crm.suppress("ann@example.org", ["newsletter"]).formerly == ()


def test_suppress_says_by_what_the_person_is_known_too(desk: Desk) -> None:
    known = {one.kind: one.value for one in desk.crm.suppress("ann@example.org", ["phone"]).identifiers}
    row = desk.rows()["customers"][13]
    assert (known["key"], known["customer_number"]) == ("13", str(row["customer_number"]).lower())
    assert desk.crm.suppress("nobody@example.org", ["phone"]).identifiers == ()


@pytest.mark.parametrize(
    ("stop", "left"),
    [
        (
            {"where": {"list_code": "newsletter", "status": "queued"}, "values": {"status": "cancelled"}},
            {1: "cancelled", 2: "queued", 3: "sent", 4: "queued"},
        ),
        (
            {"where": {"list_code": "newsletter", "status": "queued"}, "delete": True},
            {2: "queued", 3: "sent", 4: "queued"},
        ),
    ],
)
def test_suppress_stops_what_waits_to_be_sent(
    any_desk: Desk, tmp_path: Path, stop: dict[str, Any], left: dict[int, str]
) -> None:
    any_desk.run(QUEUE)
    any_desk.run(QUEUED)
    desk = extended(any_desk, tmp_path, with_queue(stop))

    done = desk.crm.suppress("ann@example.org", ["newsletter"])

    assert affected(done) == {"consents": 1, "list_members": 1, "mail_queue": 1}
    with desk.engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT id, status FROM mail_queue")
        assert {row.id: row.status for row in found} == left
    assert affected(desk.crm.suppress("ann@example.org", ["newsletter"])) == dict.fromkeys(affected(done), 0)


@pytest.mark.parametrize("stop", [{"where": {"status": "queued"}}, {"values": {"status": "x"}, "delete": True}])
def test_a_stop_sets_values_or_removes_rows(desk: Desk, tmp_path: Path, stop: dict[str, Any]) -> None:
    with pytest.raises(MapError, match="give either values or delete: true"):
        extended(desk, tmp_path, with_queue(stop))


def test_suppress_takes_no_more_statements_for_a_thousand_rows(any_desk: Desk) -> None:
    any_desk.crm.suppress("nobody@example.org", ["newsletter"])
    few = any_desk.statements(lambda: any_desk.crm.suppress("joann@example.org", ["newsletter"]))
    any_desk.run(
        "INSERT INTO consents (customer_id, purpose, granted, recorded_on)"
        " SELECT 13, 'newsletter', :yes, a.recorded_on FROM consents a CROSS JOIN consents b LIMIT 1000",
        yes=True,
    )

    def stop() -> None:
        assert affected(any_desk.crm.suppress("ann@example.org", ["newsletter"]))["consents"] >= 1000

    assert any_desk.statements(stop) == few
    tables = len(any_desk.rows())
    assert few <= 3 * tables


def test_a_number_that_somebody_else_has_too_does_not_stand_for_the_person(any_desk: Desk) -> None:
    any_desk.run("UPDATE customers SET phone = '+49 30 1234567' WHERE id IN (13, 15)")
    any_desk.run("UPDATE customers SET email = NULL WHERE id = 15")

    known = any_desk.crm.suppress("ann@example.org", []).identifiers

    alone = {one.kind: one.alone for one in known}
    assert alone == {"key": True, "name": False, "email": True, "customer_number": True, "phone_number": False}


@pytest.mark.parametrize(
    "trigger",
    [
        "BEFORE UPDATE ON consents BEGIN SELECT RAISE(IGNORE)",
        "AFTER UPDATE ON consents BEGIN UPDATE consents SET granted = 1 WHERE id = OLD.id",
    ],
    ids=["passes over", "undoes"],
)
def test_suppress_fails_loudly_when_something_goes_on_afterwards(desk: Desk, trigger: str) -> None:
    desk.run(f"CREATE TRIGGER on_and_on {trigger}; END")
    before = desk.rows()

    with pytest.raises(CrmIncomplete, match="1 rows of consents were not stopped afterwards"):
        desk.crm.suppress("ann@example.org", ["newsletter"])

    assert desk.rows() == before
