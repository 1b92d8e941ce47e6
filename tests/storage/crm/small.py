"""Small databases for one fault each: tables from SQLAlchemy's metadata, and a data map written to fit them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load

# Keys of a column's `info`.
IDENTITY, CATEGORY, LINK, KEY, OUTWARD = "identity", "category", "link", "key", "outward"
TEXT = {"en": "Words"}
TEXTS = {"label": TEXT, "purpose": TEXT, "recipients": TEXT, "retention": TEXT}


@dataclass(frozen=True)
class Small:
    """A CRM with a schema of its own, and the database behind it."""

    crm: SqlCrm
    engine: sa.Engine
    metadata: sa.MetaData

    def run(self, statement: str, **values: object) -> None:
        """Change the database behind the CRM's back."""
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def rows(self) -> dict[str, list[dict[str, object]]]:
        """Return every row of every table."""
        with self.engine.connect() as connection:
            return {
                table.name: sorted((dict(row._mapping) for row in connection.execute(sa.select(table))), key=repr)
                for table in self.metadata.sorted_tables
            }


def people_of(metadata: sa.MetaData, *columns: sa.Column[Any]) -> sa.Table:
    """Return the table of people that most faults need, with the columns that one of them is about."""
    return sa.Table(
        "people",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.String(100), info={IDENTITY: "email"}),
        sa.Column("name", sa.String(100)),
        *columns,
    )


def make(url: str, metadata: sa.MetaData, path: Path, **handling: Any) -> Small:
    """Create the tables in an empty database and join it with a map that handles them so."""
    engine = open_engine(url)
    metadata.create_all(engine)
    path.write_text(json.dumps(mapped(metadata, **handling), indent=1), encoding="utf-8")  # JSON is YAML too
    return Small(crm=SqlCrm(engine, load(path)), engine=engine, metadata=metadata)


def mapped(
    metadata: sa.MetaData,
    *,
    identity: Mapping[str, Any],
    tables: Mapping[str, Mapping[str, Any]],
    correctable: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the data map: what the columns' `info` says of them, and how the tables are handled."""
    collections = [
        {"name": table.name, "fields": [_field(column) for column in table.c]} for table in metadata.tables.values()
    ]
    columns = {table.name: {column.name: TEXT for column in table.c} for table in metadata.tables.values()}
    return {
        "dataset": [{"fides_key": "small", "name": "Small", "collections": collections}],
        "handling": {
            "languages": ["en"],
            "identity": dict(identity),
            "tables": {name: {**TEXTS, "columns": columns[name], **entry} for name, entry in tables.items()},
            "correctable": dict(correctable or {}),
        },
    }


def _field(column: sa.Column[Any]) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if column.primary_key or column.info.get(KEY):
        meta["primary_key"] = True
    if IDENTITY in column.info:
        meta["identity"] = column.info[IDENTITY]
    if LINK in column.info:
        meta["references"] = [{"dataset": "small", "field": column.info[LINK], "direction": "from"}]
    if OUTWARD in column.info:
        meta["references"] = [{"dataset": "small", "field": column.info[OUTWARD], "direction": "to"}]
    plain = column.primary_key or {LINK, OUTWARD} & column.info.keys()
    category = column.info.get(CATEGORY, "system.operations" if plain else "user")
    return {"name": column.name, "data_categories": [category], "fides_meta": meta}
