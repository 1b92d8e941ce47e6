"""The foreign keys that lead to tables of the CRM, from the database's own catalogue.

The inspector knows neither keys from other schemas nor, on SQLite, what a key that stands in a column's own definition
does when the row it refers to goes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa

# Each row is one column of a key: what tells the key from others, schema (NULL for that of the mapped tables), table
# and column, what they refer to, and what ON DELETE says; the columns of a key in their order.
_SQLITE = """
    SELECT m.name || ' ' || f.id, NULL, m.name, f."from",
      (SELECT r.name FROM sqlite_master r WHERE r.type = 'table' AND r.name = f."table" COLLATE NOCASE),
      (SELECT p.name FROM pragma_table_info(f."table") p
        WHERE p.name = f."to" COLLATE NOCASE OR (f."to" IS NULL AND p.pk = f.seq + 1)),
      f.on_delete
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f
    WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq
"""
_POSTGRESQL = """
    SELECT k.oid, CASE WHEN pg_table_is_visible(c.oid) THEN NULL ELSE n.nspname END, c.relname, mine.attname,
      r.relname, theirs.attname,
      CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT' ELSE '' END
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class r ON r.oid = k.confrelid
    CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS pair (mine, theirs, place)
    JOIN pg_attribute mine ON (mine.attrelid, mine.attnum) = (c.oid, pair.mine)
    JOIN pg_attribute theirs ON (theirs.attrelid, theirs.attnum) = (r.oid, pair.theirs)
    WHERE k.contype = 'f' AND k.conparentid = 0 AND pg_table_is_visible(r.oid) ORDER BY k.oid, pair.place
"""
UNREADABLE = "(unknown to this user)"
# A user sees the keys of tables on which they have any right; what a key does, only with a right on the whole database.
_MARIADB_ELSEWHERE = """
    SELECT CONCAT(k.table_schema, ' ', k.table_name, ' ', k.constraint_name), k.table_schema, k.table_name,
      k.column_name, k.referenced_table_name, k.referenced_column_name, c.delete_rule
    FROM information_schema.key_column_usage k LEFT JOIN information_schema.referential_constraints c
      ON c.constraint_schema = k.constraint_schema AND c.table_name = k.table_name
      AND c.constraint_name = k.constraint_name
    WHERE k.referenced_table_schema = DATABASE() AND k.table_schema <> DATABASE()
    ORDER BY k.table_schema, k.table_name, k.constraint_name, k.ordinal_position
"""
_CATALOGUES = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL, "mysql": _MARIADB_ELSEWHERE, "mariadb": _MARIADB_ELSEWHERE}


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key; the schema is that of the table that refers, None for the one in which mapped tables are."""

    schema: str | None
    table: str
    columns: tuple[str, ...]
    referred: str
    referred_columns: tuple[str, ...]
    action: str  # after ON DELETE, in capitals; "" or NO ACTION or RESTRICT if what is referred to cannot go


def foreign_keys(connection: sa.Connection) -> tuple[ForeignKey, ...]:
    """Return every foreign key of the database that its user may know of."""
    dialect = connection.dialect.name
    found = list(_catalogued(connection, _CATALOGUES[dialect])) if dialect in _CATALOGUES else []
    return (*found, *(_inspected(connection) if dialect not in ("sqlite", "postgresql") else ()))


def _catalogued(connection: sa.Connection, catalogue: str) -> Iterator[ForeignKey]:
    rows = connection.execute(sa.text(catalogue))
    for _, parts in groupby(rows, key=lambda row: row[0]):
        columns = list(parts)
        _, schema, table, _, referred, _, action = columns[0]
        # SQLite takes keys that lead nowhere.
        if referred and all(row[5] for row in columns):
            yield ForeignKey(
                schema=schema,
                table=table,
                columns=tuple(row[3] for row in columns),
                referred=referred,
                referred_columns=tuple(row[5] for row in columns),
                action=UNREADABLE if action is None else action.upper(),
            )


def _inspected(connection: sa.Connection) -> Iterator[ForeignKey]:
    for (_, table), keys in sa.inspect(connection).get_multi_foreign_keys().items():
        for key in keys:
            if key["referred_schema"] is None:
                yield ForeignKey(
                    schema=None,
                    table=table,
                    columns=tuple(key["constrained_columns"]),
                    referred=key["referred_table"],
                    referred_columns=tuple(key["referred_columns"]),
                    action=str(key.get("options", {}).get("ondelete") or "").upper(),
                )
