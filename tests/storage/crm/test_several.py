"""One map over two databases, of one kind or of two: a shop that leads, and a support desk."""

import os
import signal
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.demo.crm_sample import metadata as shop_tables
from handlers.crm import Action, Change, CrmConflict, CrmError, CrmIncomplete, CrmRestricted, CrmUnavailable, Done, Plan
from handlers.recognition import Correction
from storage.crm.connect import open_engine
from storage.crm.replay import Verdict, erase_again, find_erased
from storage.crm.several import SeveralCrms
from storage.ledger import Ledger
from storage.store import Store
from tests.conftest import administer
from tests.storage.crm import two
from tests.storage.crm.desk import ANN, JOANN, TODAY, Desk
from tests.storage.crm.two import ANN_THERE, SHOP, SUPPORT

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TABLES = {SHOP: shop_tables, SUPPORT: two.metadata}
FINISHED = 7  # the child's exit status if nothing killed it
MOVED = (Correction("email", "", "ann.new@example.org"),)


@dataclass(frozen=True)
class Both:
    """Both databases behind one map, and a look at each behind its back."""

    crm: SeveralCrms
    shop: Desk
    support: sa.Engine
    path: Path

    def run(self, statement: str, **values: object) -> None:
        """Change the support desk's database behind the CRM's back."""
        with self.support.begin() as connection:
            connection.execute(sa.text(statement), values)

    def rows(self) -> tuple[object, object]:
        """Return every row of both."""
        return self.shop.rows(), two.rows(self.support)

    def plan(self) -> Plan:
        """Plan Ann's erasure."""
        return self.crm.plan_deletion(ANN, today=TODAY)

    def delete(self, plan: Plan, *, resumed: bool = False) -> Done:
        """Erase Ann."""
        return self.crm.delete(ANN, plan, today=TODAY, resumed=resumed)

    def again(self) -> SeveralCrms:
        """Open both anew by the map's file."""
        shop, support = (one.url.render_as_string(hide_password=False) for one in (self.shop.engine, self.support))
        return two.opened(shop, support, self.path)


@pytest.fixture(params=["sqlite+sqlite", "sqlite+postgres", "mariadb+sqlite"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Both]:
    """The shop and the support desk, each on the kind of database named."""
    shop, support = request.param.split("+")
    leading: str = request.getfixturevalue(f"{shop}_url")
    if support == "sqlite":
        (tmp_path / "support.db").touch()
        yield from _both(leading, f"sqlite:///{tmp_path / 'support.db'}", tmp_path)
        return
    server: sa.URL = request.getfixturevalue(support)
    name = f"support_{uuid.uuid4().hex}"
    administer(server, f"CREATE DATABASE {name}")
    yield from _both(leading, server.set(database=name).render_as_string(hide_password=False), tmp_path)
    administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _both(shop: str, support: str, folder: Path) -> Iterator[Both]:
    path = folder / "both.yaml"
    crm, engine = two.make(shop, support, path)
    behind = open_engine(shop)
    yield Both(crm=crm, shop=Desk(crm=crm.databases[0], engine=behind), support=engine, path=path)
    behind.dispose()
    engine.dispose()
    crm.close()


def test_a_person_is_found_in_the_first_and_copied_from_all(both: Both) -> None:
    both.crm.check()
    (ann,) = both.crm.find_by_email("ANN@example.org")
    copy = both.crm.collect(ann.key)

    tables = {table.name: table for table in copy.tables}
    assert [row["nickname"] for row in tables["contacts"].rows] == ["Annie"]
    assert [row["body"] for row in tables["support.notes"].rows] == [two.LINES, "Sent her a new cable"]
    assert {"customers", "sample_crm.notes"} < tables.keys()
    assert len(tables) == len(copy.tables)


def test_who_is_not_in_the_second_is_copied_from_the_first_alone(both: Both) -> None:
    both.run("UPDATE contacts SET email = 'joann.ann@example.org' WHERE id = 7")

    assert "contacts" not in {table.name for table in both.crm.collect(ANN).tables}


def test_an_erasure_takes_the_rows_of_both_and_nobody_elses(both: Both) -> None:
    before, plan = both.shop.rows(), both.plan()
    steps = {(step.table, step.action): step.rows for step in plan.steps}
    assert steps["contacts", Action.DELETE] == 1
    assert steps["support.notes", Action.DELETE] == 2
    assert both.plan() == plan

    done = both.delete(plan)

    assert done.steps == plan.steps
    assert both.crm.person(ANN) is None
    assert both.delete(plan, resumed=True) == done
    left = two.rows(both.support)
    assert [row[0] for row in left["contacts"]] == [8]
    assert [row[0] for row in left["notes"]] == [3]
    assert both.shop.rows()["customers"][int(JOANN)] == before["customers"][int(JOANN)]


def test_an_erased_person_is_remembered_by_the_key_of_each(both: Both) -> None:
    known = {(one.kind, one.value) for one in both.plan().identifiers}

    # A bare 7 would be somebody of the shop.
    assert {value for kind, value in known if kind == "key"} == {ANN, f"{SUPPORT}:{ANN_THERE}"}
    assert ("phone_number", "442079460111") in known


@pytest.mark.parametrize("trace", ["Ann is ann@example.org", "Call +442079460111"], ids=["of the first", "its own"])
def test_a_trace_left_in_the_second_undoes_both(both: Both, trace: str) -> None:
    both.run("INSERT INTO notes (id, contact_id, body) VALUES (4, 8, :body)", body=trace)
    before, plan = both.rows(), both.plan()

    with pytest.raises(CrmIncomplete) as caught:
        both.delete(plan)

    assert caught.value.places == ("support.notes.body",)
    assert both.rows() == before


def test_a_trace_of_the_second_left_in_the_first_undoes_both(both: Both) -> None:
    both.shop.run("UPDATE notes SET body = 'Or call +442079460111' WHERE customer_id = 1")
    before, plan = both.rows(), both.plan()

    with pytest.raises(CrmIncomplete) as caught:
        both.delete(plan)

    assert caught.value.places == ("sample_crm.notes.body",)
    assert both.rows() == before


def test_a_trace_is_found_where_the_person_was_not_on_file(both: Both) -> None:
    both.run("UPDATE contacts SET email = NULL WHERE id = 7")
    both.run("UPDATE notes SET body = 'Formerly ann@example.org' WHERE id = 3")
    before, plan = both.rows(), both.plan()

    with pytest.raises(CrmIncomplete, match="support: traces were left"):
        both.delete(plan)

    assert both.rows() == before


def test_what_somebody_else_has_in_the_other_database_is_no_trace(both: Both) -> None:
    """Ann's telephone at the support desk is Joann's in the shop, as an identifier there."""
    content = two.map_file()
    customers = content["dataset"][0]["collections"][0]
    phone = next(field for field in customers["fields"] if field["name"] == "phone")
    phone["fides_meta"] = {"identity": "phone_number"}
    two.write(content, both.path)
    both.shop.run("UPDATE customers SET phone = '+44 20 7946 0111' WHERE id = 14")
    crm = both.again()

    plan = crm.plan_deletion(ANN, today=TODAY)
    crm.delete(ANN, plan, today=TODAY, resumed=False)

    assert not [trace for trace in plan.traces if "0111" in trace]
    assert not [one for one in plan.identifiers if one.value == "442079460111" and one.alone]
    assert crm.person(JOANN) is not None
    crm.close()


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO notes (id, contact_id, body) VALUES (4, 7, 'New')",
        "DELETE FROM notes WHERE contact_id = 7",
        "UPDATE contacts SET phone = '+44 20 7946 0333' WHERE id = 7",
    ],
)
def test_a_change_in_the_second_since_the_plan_is_a_conflict(both: Both, change: str) -> None:
    plan = both.plan()
    both.run(change)
    before = both.rows()

    with pytest.raises(CrmConflict):
        both.delete(plan)

    assert both.rows() == before


def test_who_came_to_the_second_since_the_plan_is_a_conflict(both: Both) -> None:
    both.run("UPDATE contacts SET email = NULL WHERE id = 7")
    plan = both.plan()
    both.run("UPDATE contacts SET email = 'ann@example.org' WHERE id = 7")

    with pytest.raises(CrmConflict, match="where they were not"):
        both.delete(plan)


def test_a_plan_of_one_database_is_refused(both: Both) -> None:
    with pytest.raises(CrmConflict, match="made for one database"):
        both.delete(both.shop.crm.plan_deletion(ANN, today=TODAY))


def on_commits(crm: SeveralCrms, act: Callable[[], None]) -> None:
    """Act right before and right after each commit in either database."""
    for one in crm.databases:
        commit = one._engine.dialect.do_commit

        def commit_between(connection: Any, commit: Callable[[Any], None] = commit) -> None:
            act()
            commit(connection)
            act()

        one._engine.dialect.do_commit = commit_between  # type: ignore[method-assign]  # no event is after a commit


def erase_until(both: Both, plan: Plan, step: int) -> bool:
    """Erase Ann in another process that is killed around a commit; returns whether it got to the end instead."""
    child = os.fork()
    if child == 0:
        try:
            crm, counted = both.again(), iter(range(1, 100))
            on_commits(crm, lambda: os.kill(os.getpid(), signal.SIGKILL) if next(counted) == step else None)
            crm.delete(ANN, plan, today=TODAY, resumed=True)
            os._exit(FINISHED)
        finally:
            os._exit(1)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == FINISHED
    return True


def test_killed_around_each_commit_it_is_resumed(both: Both) -> None:
    plan, before = both.plan(), two.rows(both.support)
    states, step = [], 1
    while not erase_until(both, plan, step):
        states.append((both.crm.person(ANN) is not None, two.rows(both.support) == before))
        step += 1

    # Before both commits, then between them, then after both: the leading one is never alone.
    assert list(dict.fromkeys(states)) == [(True, True), (True, False), (False, False)]
    assert both.crm.person(ANN) is None
    assert both.delete(plan, resumed=True).steps == plan.steps


def test_a_failure_between_the_commits_says_so_and_is_resumed(both: Both) -> None:
    plan, dialect = both.plan(), both.crm.databases[0]._engine.dialect
    commit = dialect.do_commit

    def fail(_connection: object) -> None:
        raise sa.exc.OperationalError("COMMIT", {}, OSError("disk full"))

    dialect.do_commit = fail  # type: ignore[method-assign]
    with pytest.raises((CrmUnavailable, CrmIncomplete), match="committed in support, but not in the rest"):
        both.delete(plan)
    dialect.do_commit = commit  # type: ignore[method-assign]

    assert both.crm.person(ANN) is not None
    assert [row[0] for row in two.rows(both.support)["contacts"]] == [8]
    with pytest.raises(CrmConflict):
        both.delete(plan)  # nobody says that it had begun
    both.delete(plan, resumed=True)
    assert both.crm.person(ANN) is None


def test_a_resumed_erasure_is_searched_in_both(both: Both) -> None:
    plan = both.plan()
    both.delete(plan)
    both.run("UPDATE notes SET body = 'ann@example.org' WHERE id = 3")

    with pytest.raises(CrmIncomplete, match="support: traces were left"):
        both.delete(plan, resumed=True)


def test_several_who_share_the_value_are_for_a_person_to_tell_apart(both: Both) -> None:
    both.run("UPDATE contacts SET email = 'ann@example.org' WHERE id = 8")
    with pytest.raises(CrmError, match=r"support\.contacts\.email"):
        both.plan()

    both.run("UPDATE contacts SET email = 'joann@example.org' WHERE id = 8")
    both.shop.run("UPDATE customers SET email = 'ann@example.org' WHERE id = 14")
    with pytest.raises(CrmError, match=r"sample_crm\.customers\.email"):
        both.crm.collect(ANN)


def test_a_correction_reaches_both_and_keeps_them_joined(both: Both) -> None:
    changes = both.crm.plan_correction(ANN, MOVED)
    assert {"customers", "contacts"} <= {change.table for change in changes}

    done = both.crm.correct(ANN, changes)
    assert {step.table: step.rows for step in done.steps}["contacts"] == 1
    assert "contacts" in {table.name for table in both.crm.collect(ANN).tables}
    assert {step.rows for step in both.crm.correct(ANN, changes).steps} == {0}


def test_a_correction_cut_off_between_the_two_is_finished(both: Both) -> None:
    changes = both.crm.plan_correction(ANN, MOVED)
    both.run("UPDATE contacts SET email = 'ann.new@example.org' WHERE id = 7")

    both.crm.correct(ANN, changes)

    assert both.crm.find_by_email("ann.new@example.org")[0].key == ANN


def test_a_correction_in_a_table_that_is_gone_is_a_conflict(both: Both) -> None:
    with pytest.raises(CrmConflict):
        both.crm.correct(ANN, [Change("calls", "email", {}, "a@example.org", "b@example.org")])


def muted(both: Both) -> list[tuple[bool, bool]]:
    """Return who is frozen and muted at the support desk."""
    return [(bool(row[-2]), bool(row[-1])) for row in two.rows(both.support)["contacts"]]


def test_a_restriction_holds_in_both(both: Both) -> None:
    done = both.crm.restrict(ANN)

    assert muted(both) == [(True, True), (False, False)]
    assert {row.table for row in done.formerly} == {"customers", "contacts"}
    with pytest.raises(CrmRestricted):
        both.crm.plan_correction(ANN, MOVED)
    both.crm.lift_restriction(ANN, mailings=[row.table for row in done.formerly])
    assert muted(both) == [(False, False), (False, False)]
    assert shop_flags(both) == (False, False)


def shop_flags(both: Both) -> tuple[bool, bool]:
    """Return whether Ann is frozen and muted in the shop."""
    ann = both.shop.rows()["customers"][int(ANN)]
    return bool(ann["restricted"]), bool(ann["no_marketing"])


@pytest.mark.parametrize("where", ["shop", "support"])
def test_mailings_come_back_only_where_the_restriction_ended_them(both: Both, where: str) -> None:
    if where == "shop":
        both.shop.run("UPDATE customers SET no_marketing = :yes WHERE id = 13", yes=True)
    else:
        both.run("UPDATE contacts SET muted = :yes WHERE id = 7", yes=True)

    done = both.crm.restrict(ANN)
    both.crm.lift_restriction(ANN, mailings=[row.table for row in done.formerly])

    assert shop_flags(both) == (False, where == "shop")
    assert muted(both)[0] == (False, where == "support")


def test_mailings_of_a_restriction_by_an_older_version_come_back_in_the_first(both: Both) -> None:
    both.crm.restrict(ANN)
    both.crm.lift_restriction(ANN, mailings=[""])

    assert shop_flags(both) == (False, False)
    assert muted(both)[0] == (False, True)


def test_a_restriction_that_the_second_cannot_hold_is_refused_as_a_whole(both: Both) -> None:
    content = two.map_file()
    content["handling"]["others"][SUPPORT]["identity"].pop("restricted")
    two.write(content, both.path)
    crm, before = both.again(), both.rows()

    with pytest.raises(CrmError, match="support: the data map names no flag"):
        crm.restrict(ANN)

    assert both.rows() == before
    crm.close()


def test_mailings_stop_in_every_database(both: Both) -> None:
    done = both.crm.suppress("ann@example.org", ())

    assert muted(both) == [(False, True), (False, False)]
    assert both.shop.rows()["customers"][int(ANN)]["no_marketing"]
    assert ("key", ANN_THERE) not in {(one.kind, one.value) for one in done.identifiers}


def test_a_consent_ends_where_it_is_known(both: Both) -> None:
    assert {step.table for step in both.crm.suppress("ann@example.org", ["survey"]).steps} == {"contacts"}
    assert "contacts" not in {step.table for step in both.crm.suppress("joann@example.org", ["newsletter"]).steps}
    with pytest.raises(CrmError, match=r"known: .*newsletter.*survey"):
        both.crm.suppress("ann@example.org", ["fax"])


def test_what_was_kept_goes_in_the_database_that_kept_it(both: Both) -> None:
    plan = both.plan()
    assert [step for step in plan.steps if step.action is Action.KEEP]
    both.delete(plan)
    later, shell = TODAY.replace(year=TODAY.year + 15), f"{SHOP}:{ANN}"

    assert shell in both.crm.due_erasures(today=later)
    assert both.crm.erase_due(shell, today=later).steps
    assert shell not in both.crm.due_erasures(today=later)


@pytest.mark.parametrize("restored", [SHOP, SUPPORT])
def test_whichever_was_restored_the_erasure_is_repeated_there(both: Both, store: Store, restored: str) -> None:
    engines = {SHOP: both.shop.engine, SUPPORT: both.support}
    crms = {one.map.dataset: one for one in both.crm.databases}
    ledger, before = Ledger(store.database, store.keyring), two.content(engines[restored], TABLES[restored])
    plan = both.plan()
    both.delete(plan)
    with store.unit(now=NOW) as unit:
        unit.remember_erased(plan.identifiers, reference="R-7KQ4M")
    two.put_back(engines[restored], before)

    found = {name: find_erased(crm, ledger, progress=lambda *_: None) for name, crm in crms.items()}

    (again,) = found.pop(restored)
    assert (again.verdict, again.key) == (Verdict.ERASE, ANN if restored == SHOP else ANN_THERE)
    assert set(found.values()) == {()}
    erase_again(crms[restored], again, today=TODAY)
    assert find_erased(crms[restored], ledger, progress=lambda *_: None) == ()


def test_who_has_the_erased_person_s_key_of_the_other_database_is_nobody(both: Both, store: Store) -> None:
    """The desk's contact 13 is not the shop's customer 13."""
    plan = both.plan()
    both.delete(plan)
    with store.unit(now=NOW) as unit:
        unit.remember_erased(plan.identifiers, reference="R-7KQ4M")
    both.run("INSERT INTO contacts VALUES (13, 'new@example.org', 'Ann Lee', NULL, :no, :no)", no=False)

    found = find_erased(both.crm.databases[1], Ledger(store.database, store.keyring), progress=lambda *_: None)

    assert found == ()
