import pytest

from handlers.crm import CrmError, Done
from tests.storage.crm.desk import ANN, JOANN, NAMESAKE, Desk


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


def test_restrict_sets_the_flag_and_may_be_repeated(any_desk: Desk) -> None:
    assert affected(any_desk.crm.restrict(ANN)) == {"customers": 1}
    assert affected(any_desk.crm.restrict(ANN)) == {"customers": 0}

    flags = {key: any_desk.rows()["customers"][int(key)]["restricted"] for key in (ANN, JOANN)}
    assert flags == {ANN: True, JOANN: False}


def test_restrict_refuses_when_nobody_is_there(desk: Desk) -> None:
    with pytest.raises(CrmError, match="nobody is on file"):
        desk.crm.restrict("999")
