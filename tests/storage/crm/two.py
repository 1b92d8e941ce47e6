"""A shop and a support desk, each with its own database: the sample CRM leads, the desk's contacts are joined to it."""

import json
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml

from storage.crm.connect import open_engine
from storage.crm.databases import open_databases
from storage.crm.several import SeveralCrms
from tests.storage.crm.desk import MAP, FileLog
from tests.storage.crm.small import CATEGORY, IDENTITY, LINK, TEXT, mapped

SHOP, SUPPORT = "sample_crm", "support"
LANGUAGES = ("en", "de", "pl", "sk")
ANN_THERE, JOANN_THERE = "7", "8"  # keys in the support desk's database
LINES = "Ann wrote again"

metadata = sa.MetaData()
contacts = sa.Table(
    "contacts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("email", sa.String(200), info={IDENTITY: "email", CATEGORY: "user.contact.email"}),
    sa.Column("nickname", sa.String(50), info={CATEGORY: "user.name"}),
    sa.Column("phone", sa.String(50), info={IDENTITY: "phone_number", CATEGORY: "user.contact.phone_number"}),
    sa.Column("frozen", sa.Boolean, nullable=False, default=False, info={CATEGORY: "system.operations"}),
    sa.Column("muted", sa.Boolean, nullable=False, default=False, info={CATEGORY: "system.operations"}),
)
# The shop has a table of that name too.
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("contact_id", sa.Integer, sa.ForeignKey("contacts.id"), info={LINK: "contacts.id"}),
    sa.Column("body", sa.Text, info={CATEGORY: "user.content"}),
)


def handling() -> dict[str, Any]:
    """Return our section for the support desk."""
    section = mapped(
        metadata,
        identity={"table": "contacts", "name": ["nickname"], "restricted": "frozen", "suppressed": "muted"},
        tables={"contacts": {"erase": "delete", "provided": True}, "notes": {"erase": "delete"}},
        correctable={"email": [{"table": "contacts", "column": "email"}]},
    )["handling"]
    section.pop("languages")
    section["consents"] = {"survey": [{"table": "contacts", "values": {"muted": True}}]}
    for table in section["tables"].values():
        for key in ("label", "purpose", "recipients", "retention"):
            table[key] = dict.fromkeys(LANGUAGES, TEXT["en"])
        table["columns"] = {column: dict.fromkeys(LANGUAGES, column) for column in table["columns"]}
    return dict(section)


def dataset() -> dict[str, Any]:
    """Return the support desk's dataset, its contacts joined to the shop's customers by the address."""
    found = mapped(metadata, identity={}, tables={})["dataset"][0] | {"fides_key": SUPPORT, "name": "Support"}
    for collection in found["collections"]:
        for field in collection["fields"]:
            for reference in field["fides_meta"].get("references", ()):
                reference["dataset"] = SUPPORT
    email = found["collections"][0]["fields"][1]
    email["fides_meta"]["references"] = [{"dataset": SHOP, "field": "customers.email", "direction": "from"}]
    return dict(found)


def map_file() -> dict[str, Any]:
    """Return a map of both."""
    content = yaml.safe_load(MAP.read_text(encoding="utf-8"))
    content["dataset"].append(dataset())
    content["handling"]["others"] = {SUPPORT: handling()}
    return dict(content)


def write(content: dict[str, Any], path: Path) -> Path:
    """Write a map's file."""
    path.write_text(json.dumps(content, indent=1, default=str), encoding="utf-8")  # JSON is YAML too
    return path


def fill(engine: sa.Engine) -> None:
    """Create the support desk's tables with Ann and Joann in them."""
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            sa.insert(contacts),
            [
                {"id": 7, "email": "Ann@Example.org ", "nickname": "Annie", "phone": "+44 20 7946 0111"},
                {"id": 8, "email": "joann@example.org", "nickname": "Jo", "phone": "+44 20 7946 0222"},
            ],
        )
        connection.execute(
            sa.insert(notes),
            [
                {"id": 1, "contact_id": 7, "body": LINES},
                {"id": 2, "contact_id": 7, "body": "Sent her a new cable"},
                {"id": 3, "contact_id": 8, "body": "Nothing new"},
            ],
        )


def rows(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of the support desk's database."""
    with engine.connect() as connection:
        return {
            table.name: sorted(tuple(row) for row in connection.execute(sa.select(table)))
            for table in metadata.sorted_tables
        }


def content(engine: sa.Engine, tables: sa.MetaData = metadata) -> list[tuple[sa.Table, list[dict[str, object]]]]:
    """Return a copy of a database, parents before children."""
    with engine.connect() as connection:
        return [
            (table, [dict(row._mapping) for row in connection.execute(sa.select(table))])
            for table in tables.sorted_tables
        ]


def put_back(engine: sa.Engine, copied: list[tuple[sa.Table, list[dict[str, object]]]]) -> None:
    """Restore a database from its copy."""
    with engine.begin() as connection:
        for table, _ in reversed(copied):
            connection.execute(sa.delete(table))
        for table, lines in copied:
            if lines:
                connection.execute(sa.insert(table), lines)


def opened(shop: str, support: str, path: Path) -> SeveralCrms:
    """Open both behind the map."""
    crm = open_databases({"": shop, SUPPORT: support}, path, log=FileLog(path.with_suffix(".log")))
    assert isinstance(crm, SeveralCrms)
    return crm


def make(shop: str, support: str, path: Path) -> tuple[SeveralCrms, sa.Engine]:
    """Fill an empty database as the support desk's, and open both behind a new map."""
    engine = open_engine(support)
    fill(engine)
    return opened(shop, support, write(map_file(), path)), engine
