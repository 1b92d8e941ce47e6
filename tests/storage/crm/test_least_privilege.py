"""The database user that the documentation asks for: enough for every right, and no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers.crm import Action, CrmError, CrmUnavailable
from handlers.recognition import Correction
from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from tests.conftest import administer
from tests.storage.crm.desk import ANN, JONAS, MAP, TODAY, Desk

PASSWORD = "only-for-tests"


@dataclass(frozen=True)
class Clerk:
    """The CRM as the administrator has it, and as a user with few rights."""

    admin: Desk
    url: sa.URL
    name: str

    def grant(self, *statements: str) -> None:
        for statement in statements:
            self.admin.run(statement)

    def open(self) -> SqlCrm:
        return SqlCrm(open_engine(self.url.render_as_string(hide_password=False)), load(MAP))


@pytest.fixture(params=["postgres", "mariadb"])
def clerk(request: pytest.FixtureRequest) -> Iterator[Clerk]:
    """A user who may connect, and nothing else."""
    url = sa.make_url(request.getfixturevalue(f"{request.param}_url"))
    server = url.set(database=None if request.param == "mariadb" else "postgres")
    host = "@localhost" if request.param == "mariadb" else ""
    identified = f"IDENTIFIED BY '{PASSWORD}'" if host else f"LOGIN PASSWORD '{PASSWORD}'"
    administer(server, f"CREATE USER clerk{host} {identified}")
    engine = open_engine(url.render_as_string(hide_password=False))
    yield Clerk(Desk(SqlCrm(engine, load(MAP)), engine), url.set(username="clerk", password=PASSWORD), f"clerk{host}")
    if not host:
        admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql("DROP OWNED BY clerk")
        admin.dispose()
    engine.dispose()
    administer(server, f"DROP USER clerk{host}")


def test_the_granted_user_can_do_everything(clerk: Clerk) -> None:
    clerk.grant(*clerk.admin.crm.grants(clerk.name))
    crm = clerk.open()

    crm.check()
    assert crm.collect(ANN).tables
    changes = crm.plan_correction(
        JONAS,
        [
            Correction("email", "", "jonas@post.example"),
            Correction("phone", "", "+49 30 7654321"),
            Correction("address", "", "Lindenweg 12, 10115 Berlin"),
        ],
    )
    assert {change.field for change in changes} == {"email", "phone", "street", "postcode", "city"}
    crm.correct(JONAS, changes)
    crm.suppress("ann@example.org", [])
    crm.restrict(JONAS)
    crm.lift_restriction(JONAS, mailings=["customers"])
    plan = crm.plan_deletion(ANN, today=TODAY)
    assert {step.action for step in plan.steps} == {Action.DELETE, Action.ANONYMISE, Action.KEEP}
    assert crm.delete(ANN, plan, today=TODAY, resumed=False).steps == plan.steps
    assert crm.due_erasures(today=TODAY.replace(year=2060)) == (ANN,)
    assert crm.erase_due(ANN, today=TODAY.replace(year=2060)).steps


def test_the_granted_user_can_do_nothing_else(clerk: Clerk) -> None:
    clerk.grant(*clerk.admin.crm.grants(clerk.name))
    engine = open_engine(clerk.url.render_as_string(hide_password=False))
    for statement in (
        "UPDATE invoices SET total = 0",
        "UPDATE customers SET created_on = '2026-01-01'",
        "DELETE FROM mailing_lists",
        "INSERT INTO notes (customer_id, written_on, body) VALUES (1, '2026-01-01', 'x')",
        "CREATE TABLE mine (id INTEGER)",
        "DROP TABLE notes",
    ):
        with pytest.raises(sa.exc.DBAPIError), engine.begin() as connection:
            connection.execute(sa.text(statement))
    engine.dispose()


def test_the_granted_user_sees_a_cascade_to_a_table_outside_the_map(clerk: Clerk) -> None:
    clerk.grant("CREATE TABLE team (id INTEGER PRIMARY KEY, note INTEGER REFERENCES notes (id) ON DELETE CASCADE)")
    clerk.grant("INSERT INTO team (id, note) SELECT 1, min(id) FROM notes WHERE customer_id = 13")
    admin = SqlCrm(clerk.admin.engine, load(MAP))
    clerk.grant(*admin.grants(clerk.name))
    crm = clerk.open()
    crm.plan_deletion(JONAS, today=TODAY)

    with pytest.raises(CrmError, match=r"team\(note\) says ON DELETE CASCADE"):
        crm.plan_deletion(ANN, today=TODAY)


def test_a_user_who_may_only_read_gets_a_clear_error_and_changes_nothing(clerk: Clerk) -> None:
    clerk.grant(*(statement for statement in clerk.admin.crm.grants(clerk.name) if "SELECT" in statement))
    crm = clerk.open()
    plan = crm.plan_deletion(ANN, today=TODAY)
    changes = crm.plan_correction(JONAS, [Correction("last_name", "", "Beck")])
    before = clerk.admin.rows()

    for attempt in (
        lambda: crm.delete(ANN, plan, today=TODAY, resumed=False),
        lambda: crm.correct(JONAS, changes),
        lambda: crm.suppress("ann@example.org", []),
        lambda: crm.restrict(ANN),
    ):
        with pytest.raises(CrmError, match="database user may not do this; grant what") as caught:
            attempt()
        assert not isinstance(caught.value, CrmUnavailable)
    assert clerk.admin.rows() == before


def test_a_read_only_sqlite_file_gets_a_clear_error(sqlite_url: str, tmp_path: Path) -> None:
    url = sqlite_url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    crm = SqlCrm(open_engine(url), load(MAP))

    with pytest.raises(CrmError, match="database user may not do this"):
        crm.restrict(ANN)


def test_sqlite_has_no_users(desk: Desk) -> None:
    with pytest.raises(CrmError, match="SQLite has no users"):
        desk.crm.grants("rightsdesk")
