"""The rows of the sample CRM as the database has them, told apart by whose they are."""

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from bot.demo import crm_sample

Row = Mapping[str, object]
Tables = Mapping[str, list[Row]]


def read(crm: sa.Engine) -> Tables:
    """Return all rows, values as they are stored."""
    names = [table.name for table in crm_sample.metadata.sorted_tables]
    with crm.connect() as connection:
        return {
            name: [dict(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1").mappings()]  # noqa: S608 - own table names
            for name in names
        }


def customer(tables: Tables, email: str) -> Row:
    """Return a customer's record."""
    [found] = [row for row in tables["customers"] if row["email"] == email]
    return found


def of(tables: Tables, person: Row) -> Tables:
    """Return one customer's rows."""
    return _picked(tables, _belongs_to(tables, person))


def of_others(tables: Tables, person: Row) -> Tables:
    """Return everybody else's rows."""
    is_theirs = _belongs_to(tables, person)
    return _picked(tables, lambda table, row: not is_theirs(table, row))


def execute(crm: sa.Engine, statement: sa.Executable) -> None:
    """Change the CRM behind the bot's back."""
    with crm.begin() as connection:
        connection.execute(statement)


def _belongs_to(tables: Tables, person: Row) -> Callable[[str, Row], bool]:
    orders = {row["id"] for row in tables["orders"] if row["customer_id"] == person["id"]}

    def belongs(table: str, row: Row) -> bool:
        if table == "customers":
            return row["id"] == person["id"]
        if table == "order_items":
            return row["order_id"] in orders
        if table == "list_members":
            return row["email"] == person["email"]
        return row.get("customer_id") == person["id"]

    return belongs


def _picked(tables: Tables, wanted: Callable[[str, Row], bool]) -> Tables:
    return {name: [row for row in rows if wanted(name, row)] for name, rows in tables.items()}
