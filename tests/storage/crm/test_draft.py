"""The first draft of a data map: a database nobody described, and what is left for a person to decide."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers.crm import Action
from storage.crm.connect import open_engine
from storage.crm.datamap import DataMap, Link, MapError
from storage.crm.draft import Draft, look
from storage.crm.draftwrite import write
from storage.crm.livecheck import Look, compare
from storage.crm.mapload import examine
from tests.storage.crm.desk import MAP, Desk

TODAY = date(2026, 11, 22)
# A music shop, in the manner of public sample databases: staff, persons, bills with lines, a circle, a look-up table.
TABLES = """
    CREATE TABLE Employee (EmployeeId INTEGER PRIMARY KEY, LastName VARCHAR(20) NOT NULL, Email VARCHAR(60),
        ReportsTo INTEGER REFERENCES Employee (EmployeeId));
    CREATE TABLE Place (PlaceId INTEGER PRIMARY KEY, Street VARCHAR(70), PostalCode VARCHAR(10), City VARCHAR(40));
    CREATE TABLE Customer (CustomerId INTEGER PRIMARY KEY, FirstName VARCHAR(40) NOT NULL,
        LastName VARCHAR(20) NOT NULL, Phone VARCHAR(24), Email VARCHAR(60) NOT NULL, "no" VARCHAR(10),
        SupportRepId INTEGER REFERENCES Employee (EmployeeId), PlaceId INTEGER REFERENCES Place (PlaceId));
    CREATE UNIQUE INDEX one_address ON Customer (Email);
    CREATE TABLE Invoice (InvoiceId INTEGER PRIMARY KEY, CustomerId INTEGER NOT NULL REFERENCES Customer (CustomerId),
        InvoiceDate TIMESTAMP NOT NULL, BillingAddress VARCHAR(70), Total NUMERIC(10, 2) NOT NULL);
    CREATE TABLE Genre (GenreId INTEGER PRIMARY KEY, Name VARCHAR(120));
    CREATE TABLE InvoiceLine (InvoiceLineId INTEGER PRIMARY KEY,
        InvoiceId INTEGER NOT NULL REFERENCES Invoice (InvoiceId), GenreId INTEGER REFERENCES Genre (GenreId),
        Quantity INTEGER NOT NULL);
    CREATE TABLE Newsletter (Id INTEGER PRIMARY KEY, Recipient VARCHAR(80), Active BOOLEAN);
    INSERT INTO Newsletter VALUES (1, 'ann@music.example', TRUE), (2, 'bob@music.example', TRUE),
        (3, 'eve@music.example', FALSE);
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[sa.Engine]:
    path = tmp_path / "shop.db"
    maker = sa.create_engine(f"sqlite:///{path}")
    with maker.begin() as connection:
        for statement in TABLES.split(";\n"):
            connection.exec_driver_sql(statement)
    maker.dispose()
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


def drafted(engine: sa.Engine) -> Draft:
    with engine.connect() as connection:
        return look(connection, today=TODAY, country="DE")


def decided(text: str, path: Path) -> DataMap:
    """Return the map after the question marks got an answer each."""
    path.write_text(text.replace("country: '?'", "country: DE").replace("'?'", "decided"), encoding="utf-8")
    examined = examine(path)
    assert [str(finding) for finding in examined.findings] == []
    assert examined.map is not None
    return examined.map


def test_customers_are_the_persons_although_everything_hangs_on_the_staff(shop: sa.Engine) -> None:
    found = drafted(shop)

    assert found.identity == "Customer"
    assert set(found.links) == {
        Link("Customer", "CustomerId", "Invoice", "CustomerId"),
        Link("Invoice", "InvoiceId", "InvoiceLine", "InvoiceId"),
        Link("Customer", "PlaceId", "Place", "PlaceId"),  # the other way round: where they live
        Link("Customer", "Email", "Newsletter", "Recipient"),  # by its content
    }
    assert found.left_out == ("Genre",)
    assert {table.live.name: table.linked for table in found.tables if not table.linked} == {"Employee": False}


def test_bills_are_kept_with_their_lines_and_the_shell_that_they_hang_on(shop: sa.Engine) -> None:
    tables = {table.live.name: table for table in drafted(shop).tables}

    assert (tables["Invoice"].erase, tables["Invoice"].dated) == (Action.KEEP, "InvoiceDate")
    assert (tables["InvoiceLine"].erase, tables["InvoiceLine"].follows) == (Action.KEEP, "Invoice")
    assert (tables["Customer"].erase, tables["Customer"].stays) == (Action.DELETE, True)
    assert not tables["Newsletter"].stays


def test_a_draft_leaves_nothing_open_but_what_it_names(shop: sa.Engine, tmp_path: Path) -> None:
    path = tmp_path / "draft.yaml"
    path.write_text(write(drafted(shop), name="music", languages=["en", "sk"]), encoding="utf-8")

    findings = examine(path).findings

    assert {finding.text for finding in findings} == {"decide this"}
    keys = {finding.key.rsplit(".", 1)[-1] for finding in findings}
    assert keys == {"en", "sk", "country"}
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all("?" in lines[finding.line - 1] for finding in findings)


def test_a_decided_draft_fits_its_database(any_desk: Desk, tmp_path: Path) -> None:
    text = write(drafted(any_desk.engine), name="sample", languages=["en", "de"])

    map_ = decided(text, tmp_path / "draft.yaml")

    with any_desk.engine.connect() as connection:
        assert compare(connection, map_, look=Look(today=TODAY, country="DE")) == []
    by_hand = examine(MAP).map
    assert by_hand is not None
    assert set(map_.links) == set(by_hand.links)
    assert map_.correctable.keys() == by_hand.correctable.keys()
    assert map_.identity.erased == "erased"


def test_erasures_fit_the_columns(shop: sa.Engine, tmp_path: Path) -> None:
    text = write(drafted(shop), name="music", languages=["en"])
    map_ = decided(text, tmp_path / "draft.yaml")

    assert dict(map_.handling("Customer").erasures) == {
        "FirstName": "redact",
        "LastName": "redact",
        "Phone": "null",
        "Email": "random",  # may neither be empty nor repeat
        "no": "keep",
    }


def test_a_draft_takes_one_statement_a_table_beside_reading_the_schema(desk: Desk) -> None:
    tables = len(sa.inspect(desk.engine).get_table_names())
    samples: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if " LIMIT " in statement:
            samples.append(statement)

    sa.event.listen(desk.engine, "before_cursor_execute", note)
    drafted(desk.engine)

    assert len(samples) == tables


def test_a_circle_is_cut_and_named(tmp_path: Path) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, team INTEGER REFERENCES teams (id))"
        )
        connection.exec_driver_sql("CREATE TABLE teams (id INTEGER PRIMARY KEY, owner INTEGER REFERENCES users (id))")

    found = drafted(engine)

    assert found.links == (Link("users", "id", "teams", "owner"),)
    assert found.dropped == (Link("teams", "id", "users", "team"),)
    text = write(found, name="x", languages=["en"])
    assert "# Would run in a circle, and so left out: users.team -> teams.id" in text


def test_an_empty_database_is_refused_with_the_remedy() -> None:
    with pytest.raises(MapError, match=r"no table with an e-mail address .* correct the database's URL"):
        drafted(sa.create_engine("sqlite://"))
