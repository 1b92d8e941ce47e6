"""A restored CRM forgets whom it erased and who wanted no mailings; the own store does not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handlers.crm import Action, CrmError, Identifier
from handlers.ports import ADDRESS
from handlers.rights import Right
from storage.crm.identifiers import KEY
from storage.crm.replay import (
    Resumed,
    Returned,
    Verdict,
    count_again,
    erase_again,
    find_erased,
    find_suppressed,
    suppress_again,
)
from storage.ledger import Erased, Ledger
from storage.store import Store
from tests.storage.crm.desk import ANN, EMMA, JOANN, JONAS, NAMESAKE, TODAY, Desk, Snapshot
from tests.storage.crm.dumps import dump, restore

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ERASED = Erased(AT, "R-7KQ4M")


def ignore(_done: int, _total: int) -> None:
    """Take no notice of the progress."""


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store.database, store.keyring)


def erase(desk: Desk, store: Store, key: str) -> None:
    """Erase somebody as a ticket does: the result and the ledger in one unit of work."""
    plan = desk.crm.plan_deletion(key, today=TODAY)
    desk.crm.delete(key, plan, today=TODAY, resumed=False)
    with store.unit(now=AT) as unit:
        unit.remember_erased(plan.identifiers, reference=ERASED.reference)


def suppress(desk: Desk, store: Store, address: str, *consents: str, at: datetime = AT) -> None:
    """Stop mailings as a ticket does."""
    done = desk.crm.suppress(address, consents)
    with store.unit(now=at) as unit:
        unit.suppress(address, consents, known_by=done.identifiers)
        unit.keep_consents(address, Right.WITHDRAWAL, consents, done, reference="R-7KQ4M")


def without_random(rows: Snapshot) -> Snapshot:
    """Leave out the numbers that are drawn at random for erased persons."""
    customers = {
        key: {**row, "customer_number": "" if row["erased"] else row["customer_number"]}
        for key, row in rows["customers"].items()
    }
    return {**rows, "customers": customers}


def replay(desk: Desk, ledger: Ledger) -> None:
    """Do everything again that can be."""
    for returned in find_erased(desk.crm, ledger, progress=ignore):
        if returned.verdict is Verdict.ERASE:
            erase_again(desk.crm, returned, today=TODAY)
    for resumed in find_suppressed(desk.crm, ledger, progress=ignore):
        suppress_again(desk.crm, resumed)


def test_a_restored_crm_forgets_nobody_after_a_replay(
    any_desk: Desk, store: Store, ledger: Ledger, tmp_path: Path
) -> None:
    dump(any_desk.engine, tmp_path / "dump")
    before = any_desk.rows()
    suppress(any_desk, store, "joann@example.org", "newsletter")
    erase(any_desk, store, ANN)
    erase(any_desk, store, JONAS)
    suppress(any_desk, store, "ann.lee@mail.example")
    after = any_desk.rows()

    restore(any_desk.engine, tmp_path / "dump")

    assert any_desk.rows() == before
    returned = find_erased(any_desk.crm, ledger, progress=ignore)
    assert returned == (Returned(JONAS, Verdict.ERASE, ERASED), Returned(ANN, Verdict.ERASE, ERASED))
    replay(any_desk, ledger)
    assert without_random(any_desk.rows()) == without_random(after)


def test_a_replay_again_finds_nothing_to_do(any_desk: Desk, store: Store, ledger: Ledger) -> None:
    erase(any_desk, store, ANN)
    suppress(any_desk, store, "joann@example.org")
    before = any_desk.rows()

    assert find_erased(any_desk.crm, ledger, progress=ignore) == ()
    [resumed] = find_suppressed(any_desk.crm, ledger, progress=ignore)

    assert resumed == Resumed("joann@example.org", {"all": AT})
    assert (count_again(any_desk.crm, resumed), suppress_again(any_desk.crm, resumed)) == (0, 0)
    assert any_desk.rows() == before


def restored(desk: Desk, store: Store, key: str, tmp_path: Path) -> None:
    dump(desk.engine, tmp_path / "dump")
    erase(desk, store, key)
    restore(desk.engine, tmp_path / "dump")


def test_what_the_law_keeps_is_kept_again(desk: Desk, store: Store, ledger: Ledger, tmp_path: Path) -> None:
    restored(desk, store, ANN, tmp_path)
    [returned] = find_erased(desk.crm, ledger, progress=ignore)

    done = erase_again(desk.crm, returned, today=TODAY)

    kept = [step for step in done.steps if step.action is Action.KEEP and step.rows]
    assert {(step.table, bool(step.law and step.until)) for step in kept} == {("invoices", True)}
    assert any(row["customer_id"] == int(ANN) for row in desk.rows()["invoices"].values())


def test_a_restricted_person_is_left_to_a_person(desk: Desk, store: Store, ledger: Ledger, tmp_path: Path) -> None:
    restored(desk, store, ANN, tmp_path)
    desk.crm.restrict(ANN)

    assert find_erased(desk.crm, ledger, progress=ignore) == (Returned(ANN, Verdict.HELD, ERASED),)
    before = desk.rows()
    replay(desk, ledger)
    assert desk.rows() == before


RENUMBERED = (
    "UPDATE customers SET first_name = 'Anna', email = 'ANN@EXAMPLE.ORG ', customer_number = 'C-NEW' WHERE id = 13"
)
READDRESSED = (
    "UPDATE customers SET email = 'ann.new@example.org', customer_number = 'C-NEW', phone = NULL WHERE id = 13"
)


def test_the_key_and_an_address_of_their_own_are_enough(
    desk: Desk, store: Store, ledger: Ledger, tmp_path: Path
) -> None:
    restored(desk, store, ANN, tmp_path)
    desk.run(RENUMBERED)

    assert find_erased(desk.crm, ledger, progress=ignore) == (Returned(ANN, Verdict.ERASE, ERASED),)


def test_the_key_and_the_name_are_for_a_person_to_look_at(
    desk: Desk, store: Store, ledger: Ledger, tmp_path: Path
) -> None:
    restored(desk, store, ANN, tmp_path)
    desk.run(READDRESSED)

    assert find_erased(desk.crm, ledger, progress=ignore) == (Returned(ANN, Verdict.LOOK, ERASED),)


def test_a_newcomer_of_the_family_under_the_erased_person_s_key_is_only_named(
    desk: Desk, store: Store, ledger: Ledger
) -> None:
    desk.run("UPDATE customers SET email = 'family@example.org' WHERE id IN (13, 14)")
    desk.run("DELETE FROM invoices WHERE customer_id = 13")
    erase(desk, store, ANN)
    desk.run(
        "INSERT INTO customers (id, customer_number, email, first_name, last_name, created_on, no_marketing,"
        " restricted, erased) VALUES (13, 'C-NEW', 'family@example.org', 'Mia', 'Lee', '2026-11-21', 0, 0, 0)"
    )

    assert find_erased(desk.crm, ledger, progress=ignore) == (Returned(ANN, Verdict.LOOK, ERASED),)


def test_a_key_that_somebody_else_has_now_erases_nobody(desk: Desk, store: Store, ledger: Ledger) -> None:
    desk.run("DELETE FROM invoices WHERE customer_id = 13")
    erase(desk, store, ANN)
    desk.run(
        "INSERT INTO customers (id, customer_number, email, first_name, last_name, created_on, no_marketing,"
        " restricted, erased) VALUES (13, 'C-NEW', 'new@example.org', 'New', 'Customer', '2026-11-21', 0, 0, 0)"
    )

    assert find_erased(desk.crm, ledger, progress=ignore) == ()


def test_an_erased_person_who_came_back_as_a_customer_is_only_named(desk: Desk, store: Store, ledger: Ledger) -> None:
    erase(desk, store, ANN)
    desk.run(
        "INSERT INTO customers (id, customer_number, email, first_name, last_name, created_on, no_marketing,"
        " restricted, erased) VALUES (900, 'C-NEW', 'ann@example.org', 'Ann', 'Lee', '2026-11-21', 0, 0, 0)"
    )

    assert find_erased(desk.crm, ledger, progress=ignore) == (Returned("900", Verdict.LOOK, ERASED),)
    before = desk.rows()
    replay(desk, ledger)
    assert desk.rows() == before


def test_joann_and_the_namesake_are_nobody_s_match(desk: Desk, store: Store, ledger: Ledger, tmp_path: Path) -> None:
    restored(desk, store, ANN, tmp_path)
    before = desk.rows()["customers"]
    replay(desk, ledger)
    after = desk.rows()["customers"]
    assert {key: after[int(key)] for key in (JOANN, NAMESAKE)} == {key: before[int(key)] for key in (JOANN, NAMESAKE)}


def test_a_subscriber_who_is_no_customer_is_suppressed_again(
    desk: Desk, store: Store, ledger: Ledger, tmp_path: Path
) -> None:
    desk.run("UPDATE list_members SET email = 'Reader@Mail.example' WHERE id = 1")
    dump(desk.engine, tmp_path / "dump")
    suppress(desk, store, "reader@mail.example", "newsletter")
    after = desk.rows()
    restore(desk.engine, tmp_path / "dump")

    assert find_suppressed(desk.crm, ledger, progress=ignore) == (Resumed("reader@mail.example", {"newsletter": AT}),)
    replay(desk, ledger)
    assert desk.rows() == after


def test_a_suppressed_person_is_known_by_their_number_under_an_older_address(
    desk: Desk, store: Store, ledger: Ledger, tmp_path: Path
) -> None:
    desk.run("UPDATE consents SET granted = 1 WHERE customer_id = 13 AND purpose = 'phone'")
    dump(desk.engine, tmp_path / "dump")
    desk.run("UPDATE customers SET email = 'ann.new@example.org' WHERE id = 13")
    suppress(desk, store, "ann.new@example.org", "phone")
    restore(desk.engine, tmp_path / "dump")

    [resumed] = find_suppressed(desk.crm, ledger, progress=ignore)

    assert resumed == Resumed("", {"phone": AT}, key=ANN)
    assert (count_again(desk.crm, resumed), suppress_again(desk.crm, resumed)) == (1, 1)
    assert count_again(desk.crm, resumed) == 0


def consents(desk: Desk, key: str) -> set[object]:
    """Return what somebody still agrees to."""
    rows = desk.rows()["consents"].values()
    return {row["purpose"] for row in rows if row["customer_id"] == int(key) and row["granted"]}


def test_of_two_with_one_address_the_one_who_is_known_by_a_number_is_stopped_alone(
    any_desk: Desk, store: Store, ledger: Ledger
) -> None:
    """Ann moved in with Joann and has her address now; Joann never objected."""
    any_desk.run("UPDATE customers SET no_marketing = :no WHERE id IN (13, 14)", no=False)
    suppress(any_desk, store, "ann@example.org")
    any_desk.run("UPDATE customers SET email = 'joann@example.org', no_marketing = :no WHERE id = 13", no=False)
    any_desk.run("UPDATE consents SET granted = :yes WHERE customer_id IN (13, 14)", yes=True)
    before, willing = any_desk.rows(), consents(any_desk, ANN)

    # Her old address still stands on a mailing list.
    [on_list, resumed] = find_suppressed(any_desk.crm, ledger, progress=ignore)

    assert (on_list.address, count_again(any_desk.crm, on_list)) == ("ann@example.org", 0)
    assert (resumed.address, resumed.key) == ("", ANN)
    assert count_again(any_desk.crm, resumed) == suppress_again(any_desk.crm, resumed) == len(willing) + 1
    assert consents(any_desk, ANN) == set()
    assert any_desk.rows()["customers"][int(JOANN)] == before["customers"][int(JOANN)]
    assert any_desk.rows()["list_members"] == before["list_members"]
    assert consents(any_desk, JOANN) != set()


def test_two_with_one_stopped_address_are_each_stopped_once(any_desk: Desk, store: Store, ledger: Ledger) -> None:
    any_desk.run("UPDATE customers SET email = 'ann@example.org', no_marketing = :no WHERE id IN (13, 14)", no=False)
    suppress(any_desk, store, "ann@example.org", "newsletter", "phone")
    any_desk.run("UPDATE consents SET granted = :yes WHERE customer_id IN (13, 14)", yes=True)
    wanted = [row for row in any_desk.rows()["consents"].values() if row["customer_id"] in (13, 14)]
    again = [row for row in wanted if row["purpose"] in ("newsletter", "phone")]

    [resumed] = find_suppressed(any_desk.crm, ledger, progress=ignore)

    assert resumed == Resumed("ann@example.org", {"newsletter": AT, "phone": AT})
    assert count_again(any_desk.crm, resumed) == suppress_again(any_desk.crm, resumed) == len(again)
    assert count_again(any_desk.crm, resumed) == 0


def test_a_person_without_an_address_is_stopped_again(desk: Desk, store: Store, ledger: Ledger, tmp_path: Path) -> None:
    suppress(desk, store, "ann@example.org", "phone")
    desk.run("UPDATE consents SET granted = 1 WHERE customer_id = 13")
    desk.run("UPDATE customers SET email = NULL WHERE id = 13")

    resumed = next(one for one in find_suppressed(desk.crm, ledger, progress=ignore) if one.key)

    assert resumed.key == ANN
    assert suppress_again(desk.crm, resumed) == 1


def test_a_consent_given_after_the_withdrawal_stays(any_desk: Desk, store: Store, ledger: Ledger) -> None:
    suppress(any_desk, store, "ann@example.org", "phone", "post", at=AT)
    day = {"newer": (AT + timedelta(days=1)).date(), "older": (AT - timedelta(days=9)).date()}
    for purpose, recorded in (("phone", day["newer"]), ("post", day["older"])):
        any_desk.run(
            "UPDATE consents SET granted = :yes, recorded_on = :day WHERE customer_id = 13 AND purpose = :purpose",
            yes=True,
            day=recorded,
            purpose=purpose,
        )
    [resumed] = find_suppressed(any_desk.crm, ledger, progress=ignore)

    assert count_again(any_desk.crm, resumed) == 1
    assert suppress_again(any_desk.crm, resumed) == 1
    rows = any_desk.rows()["consents"].values()
    granted = {row["purpose"] for row in rows if row["customer_id"] == 13 and row["granted"]}
    assert "phone" in granted
    assert "post" not in granted


def test_a_consent_that_the_map_no_longer_knows_fails_alone(desk: Desk, store: Store, ledger: Ledger) -> None:
    before = desk.rows()
    with pytest.raises(CrmError, match=r"add it under handling\.consents"):
        suppress_again(desk.crm, Resumed("ann@example.org", {"newsletter": AT, "carrier pigeon": AT}))
    assert desk.rows() == before


def test_looking_takes_no_more_statements_for_more_people(desk: Desk, store: Store, ledger: Ledger) -> None:
    erase(desk, store, EMMA)
    suppress(desk, store, "ann@example.org", "phone")

    def count(find: Callable[..., object]) -> int:
        return desk.statements(lambda: find(desk.crm, ledger, progress=ignore))

    few = [count(find_erased), count(find_suppressed)]
    desk.run(
        "INSERT INTO customers (customer_number, email, first_name, last_name, created_on, no_marketing, restricted,"
        " erased) SELECT 'X-' || a.id || '-' || b.id, 'x' || a.id || '.' || b.id || '@many.example', 'X', 'Y',"
        " '2026-01-01', 0, 0, 0 FROM orders a CROSS JOIN orders b LIMIT 3000"
    )
    assert [count(find_erased), count(find_suppressed)] == few


def test_progress_is_told(desk: Desk, store: Store, ledger: Ledger) -> None:
    erase(desk, store, ANN)
    told: list[tuple[int, int]] = []
    find_erased(desk.crm, ledger, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 0


def test_the_ledger_holds_no_name_and_no_address(desk: Desk, store: Store) -> None:
    plan = desk.crm.plan_deletion(ANN, today=TODAY)
    assert {one.kind for one in plan.identifiers} == {KEY, "name", "email", "customer_number", "phone_number"}
    with store.unit(now=AT) as unit:
        unit.remember_erased(plan.identifiers, reference="R-7KQ4M")
        unit.suppress("ann@example.org", [])
    content = Path(str(store.database.engine.url.database)).read_bytes()
    wal = Path(f"{store.database.engine.url.database}-wal")
    content += wal.read_bytes() if wal.exists() else b""
    assert not [one for one in plan.identifiers if len(one.value) > 3 and one.value.encode() in content]
    assert ADDRESS not in {one.kind for one in plan.identifiers}


def test_an_address_that_a_family_shares_does_not_stand_for_the_erased_one(
    desk: Desk, store: Store, ledger: Ledger
) -> None:
    desk.run("UPDATE customers SET email = 'ann@example.org' WHERE id = 14")
    plan = desk.crm.plan_deletion(ANN, today=TODAY)
    assert Identifier("email", "ann@example.org", alone=False) in plan.identifiers
    erase(desk, store, ANN)

    assert find_erased(desk.crm, ledger, progress=ignore) == ()
