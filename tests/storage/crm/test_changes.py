"""The log of what was written into the CRM, kept in the own store while the CRM is another database."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from handlers.crm import Action, Author, CrmConflict
from handlers.recognition import Correction
from storage import tables
from storage.changes import INTENDED, UNDONE, WRITTEN, LoggedChange, StoredChanges, changes
from storage.crm.changelog import ERASE, Write
from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from storage.store import Store
from tests.storage.crm.desk import ANN, JONAS, MAP, TODAY

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
AUTHOR = Author("U0ANNA", "R-7KQ4M")
NEW_NAME = [Correction("last_name", "", "Beck")]


@pytest.fixture
def log(any_store: Store) -> StoredChanges:
    """The log in a store of each kind."""
    return StoredChanges(any_store.database, any_store.keyring, clock=lambda: NOW)


@pytest.fixture
def crm(log: StoredChanges, sqlite_url: str) -> Iterator[SqlCrm]:
    """The sample CRM, signed by an author."""
    engine = open_engine(sqlite_url)
    yield SqlCrm(engine, load(MAP), log=log).signed(AUTHOR)
    engine.dispose()


def entries(store: Store, *, reference: str = "") -> list[LoggedChange]:
    with store.database.read() as connection:
        return changes(connection, store.keyring, reference=reference)


def states(store: Store) -> list[tuple[str, str]]:
    return [(entry.operation, entry.state) for entry in entries(store)]


def raw(store: Store) -> str:
    with store.database.read() as connection:
        return repr(connection.execute(sa.select(tables.crm_changes)).all())


def test_a_correction_is_logged_with_who_when_where_old_and_new(any_store: Store, crm: SqlCrm) -> None:
    crm.correct(JONAS, crm.plan_correction(JONAS, NEW_NAME))

    (entry,) = entries(any_store)
    assert len(entry.key_hash) == 64
    assert replace(entry, key_hash="") == LoggedChange(
        at=NOW,
        state=WRITTEN,
        actor="U0ANNA",
        reference="R-7KQ4M",
        operation="correct",
        action="change",
        table="customers",
        key_hash="",
        field="last_name",
        old="Weber",
        new="Beck",
    )


def test_the_log_holds_no_readable_person(any_store: Store, crm: SqlCrm) -> None:
    crm.correct(JONAS, crm.plan_correction(JONAS, NEW_NAME))

    assert "Weber" not in raw(any_store)
    assert "Beck" not in raw(any_store)


def test_values_are_gone_when_their_key_is(any_store: Store, crm: SqlCrm) -> None:
    crm.correct(JONAS, crm.plan_correction(JONAS, NEW_NAME))
    with any_store.database.write() as connection:
        connection.execute(sa.update(tables.crm_changes).values(key_id=None))
        connection.execute(sa.delete(tables.keys))

    (entry,) = entries(any_store)
    assert (entry.field, entry.old, entry.new) == ("last_name", "", "")


def test_a_correction_of_nothing_logs_nothing(any_store: Store, crm: SqlCrm) -> None:
    made = crm.plan_correction(JONAS, NEW_NAME)
    crm.correct(JONAS, made)
    crm.correct(JONAS, made)

    assert states(any_store) == [("correct", WRITTEN)]


def test_an_erasure_is_logged_row_by_row_and_without_values(any_store: Store, crm: SqlCrm) -> None:
    plan = crm.plan_deletion(ANN, today=TODAY)
    crm.delete(ANN, plan, today=TODAY, resumed=False)

    found = entries(any_store)
    assert len(found) == sum(step.rows for step in plan.steps)
    assert {(entry.field, entry.old, entry.new) for entry in found} == {("", "", "")}
    assert {entry.action for entry in found} == {"delete", "anonymise", "keep"}
    assert len({entry.key_hash for entry in found}) == len(found)


def test_a_restriction_and_its_end_are_logged(any_store: Store, crm: SqlCrm) -> None:
    crm.restrict(ANN)
    crm.lift_restriction(ANN, mailings=())

    assert [(entry.operation, entry.field, entry.old, entry.new) for entry in entries(any_store)] == [
        ("restrict", "restricted", "False", "True"),
        ("restrict", "no_marketing", "False", "True"),
        ("lift", "restricted", "True", "False"),
    ]


def test_what_was_refused_is_not_logged(any_store: Store, crm: SqlCrm) -> None:
    made = crm.plan_correction(JONAS, NEW_NAME)
    crm.correct(JONAS, crm.plan_correction(JONAS, [Correction("last_name", "", "Bauer")]))

    with pytest.raises(CrmConflict):
        crm.correct(JONAS, made)

    assert [entry.new for entry in entries(any_store)] == ["Bauer"]


class Killed(BaseException):
    """Stands for SIGKILL: nothing may catch it."""


def cut_off(crm: SqlCrm, log: StoredChanges, monkeypatch: pytest.MonkeyPatch, *, committed: bool) -> None:
    """Be killed while a correction is committed."""
    made = crm.plan_correction(JONAS, NEW_NAME)
    intend: Callable[..., str] = log.intend

    def die(*_: object) -> None:
        raise Killed

    def intend_and_die(*arguments: object, **named: object) -> str:
        intend(*arguments, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(log, "written" if committed else "intend", die if committed else intend_and_die)
        with pytest.raises(Killed):
            crm.correct(JONAS, made)


def test_killed_before_the_commit_the_result_is_unknown_until_the_next_try(
    any_store: Store, log: StoredChanges, crm: SqlCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(crm, log, monkeypatch, committed=False)
    assert states(any_store) == [("correct", INTENDED)]

    crm.correct(JONAS, crm.plan_correction(JONAS, NEW_NAME))

    assert states(any_store) == [("correct", UNDONE), ("correct", WRITTEN)]


def test_killed_after_the_commit_the_next_try_finds_it_written(
    any_store: Store, log: StoredChanges, crm: SqlCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = crm.plan_correction(JONAS, NEW_NAME)
    cut_off(crm, log, monkeypatch, committed=True)
    assert states(any_store) == [("correct", INTENDED)]

    crm.correct(JONAS, made)

    assert states(any_store) == [("correct", WRITTEN)]


def test_a_try_about_somebody_else_settles_nothing(
    any_store: Store, log: StoredChanges, crm: SqlCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(crm, log, monkeypatch, committed=True)

    crm.correct(ANN, crm.plan_correction(ANN, NEW_NAME))

    assert states(any_store) == [("correct", INTENDED), ("correct", WRITTEN)]


def test_entries_are_found_by_ticket_the_newest_last(any_store: Store, crm: SqlCrm) -> None:
    other = crm.signed(Author("rightsdesk", "R-22222"))
    for name in ("Beck", "Bauer"):
        crm.correct(JONAS, crm.plan_correction(JONAS, [Correction("last_name", "", name)]))
    other.restrict(ANN)

    assert [entry.new for entry in entries(any_store, reference="R-7KQ4M")] == ["Beck", "Bauer"]
    with any_store.database.read() as connection:
        assert [entry.operation for entry in changes(connection, any_store.keyring, most=1)] == ["restrict"]


def test_stopped_mailings_are_logged_with_what_had_been_given(any_store: Store, crm: SqlCrm) -> None:
    crm.suppress("Ann@example.org", ["newsletter"])
    crm.suppress("ann@example.org", ["newsletter"])

    assert [(entry.table, entry.field, entry.old, entry.new) for entry in entries(any_store)] == [
        ("consents", "granted", "True", "False"),
        ("list_members", "status", "subscribed", "unsubscribed"),
    ]


def test_an_erasure_makes_what_was_logged_of_the_person_unreadable_and_of_nobody_else(
    any_store: Store, crm: SqlCrm
) -> None:
    for key in (JONAS, ANN):
        crm.correct(key, crm.plan_correction(key, NEW_NAME))

    crm.delete(ANN, crm.plan_deletion(ANN, today=TODAY), today=TODAY, resumed=False)

    corrected = [entry.new for entry in entries(any_store) if entry.operation == "correct"]
    assert corrected == ["Beck", ""]


def forget_the_result(log: StoredChanges, monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """Be killed right after the commit."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(log, "written", die)
        with pytest.raises(Killed):
            work()


def test_what_was_written_stays_so_although_some_of_it_has_to_be_written_again(
    any_store: Store, log: StoredChanges, crm: SqlCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the commit; then somebody agrees again to one of many mailings, and the next try ends that one."""
    forget_the_result(log, monkeypatch, lambda: crm.suppress("ann@example.org", ["all"]))
    first = len(entries(any_store))
    with crm.writing() as (connection, _):
        connection.execute(sa.text("UPDATE consents SET granted = 1 WHERE customer_id = 13 AND purpose = 'newsletter'"))

    crm.suppress("ann@example.org", ["all"])

    found = entries(any_store)
    assert {entry.state for entry in found} == {WRITTEN}
    assert [(entry.table, entry.field) for entry in found[first:]] == [("consents", "granted")]


def test_a_correction_that_a_later_one_does_not_come_across_stays_unknown(
    any_store: Store, log: StoredChanges, crm: SqlCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(crm, log, monkeypatch, committed=False)

    crm.correct(JONAS, crm.plan_correction(JONAS, [Correction("birth_date", "", "1961-11-07")]))

    assert [(entry.field, entry.state) for entry in entries(any_store)] == [
        ("last_name", INTENDED),
        ("birth_date", WRITTEN),
    ]


def test_a_resumed_erasure_settles_the_one_before(
    any_store: Store, log: StoredChanges, crm: SqlCrm, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = crm.plan_deletion(ANN, today=TODAY)
    forget_the_result(log, monkeypatch, lambda: crm.delete(ANN, plan, today=TODAY, resumed=False))
    assert {entry.state for entry in entries(any_store)} == {INTENDED}

    crm.delete(ANN, plan, today=TODAY, resumed=True)

    assert {entry.state for entry in entries(any_store)} == {WRITTEN}


def test_an_erasure_that_was_undone_stays_so_although_somebody_took_a_row_since(
    any_store: Store, log: StoredChanges, crm: SqlCrm
) -> None:
    writes = [Write(Action.DELETE, "notes", "1000"), Write(Action.DELETE, "customers", ANN)]
    log.intend(ANN, writes, operation=ERASE, author=AUTHOR)
    first = len(entries(any_store))

    crm.delete(ANN, crm.plan_deletion(ANN, today=TODAY), today=TODAY, resumed=True)

    assert {entry.state for entry in entries(any_store)[:first]} == {UNDONE}


def test_a_removed_row_that_a_later_try_does_not_look_for_stays_unknown(any_store: Store, log: StoredChanges) -> None:
    log.intend(ANN, [Write(Action.DELETE, "queue", "1")], operation="suppress", author=AUTHOR)

    log.intend(ANN, [Write(Action.CHANGE, "consents", "2", "granted", "1", "0")], operation="suppress", author=AUTHOR)

    assert [entry.state for entry in entries(any_store)] == [INTENDED, INTENDED]


def test_stopped_mailings_of_two_with_one_address_are_each_logged_as_their_own(any_store: Store, crm: SqlCrm) -> None:
    with crm.writing() as (connection, _):
        connection.execute(sa.text("UPDATE customers SET email = 'ann@example.org', no_marketing = 0 WHERE id = 14"))
    crm.suppress("ann@example.org", ["all"])
    values = [(entry.table, entry.old) for entry in entries(any_store)]
    assert len({(entry.key_hash, entry.field) for entry in entries(any_store)}) == len(values)

    crm.delete(ANN, crm.plan_deletion(ANN, today=TODAY), today=TODAY, resumed=False)

    flags = [entry for entry in entries(any_store) if entry.operation == "suppress" and entry.table == "customers"]
    assert sorted(entry.new for entry in flags) == ["", "True"]


def test_only_an_erasure_of_the_same_ticket_that_may_have_been_committed_is_resumed(crm: SqlCrm) -> None:
    plan = crm.plan_deletion(ANN, today=TODAY)
    assert not crm.may_have_erased(ANN)

    crm.delete(ANN, plan, today=TODAY, resumed=False)

    assert crm.may_have_erased(ANN)
    assert not crm.may_have_erased(JONAS)
    assert not crm.signed(Author("U0ANNA", "R-ANOTHER")).may_have_erased(ANN)
    crm.delete(ANN, plan, today=TODAY, resumed=True)
    with pytest.raises(CrmConflict, match="nothing says"):
        crm.signed(Author("U0ANNA", "R-ANOTHER")).delete(ANN, plan, today=TODAY, resumed=True)
