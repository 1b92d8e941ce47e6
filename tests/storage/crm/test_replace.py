"""Each way to erase a field, on a small CRM whose rows stay: composite keys, anonymised tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from bot.demo.crm_sample import metadata
from handlers.crm import Action
from storage.crm.connect import open_engine
from storage.crm.desk import SqlCrm
from tests.storage.crm.desk import TODAY

TEXT = {"en": "text"}
FROM_PEOPLE = {"references": [{"dataset": "small", "field": "people.id", "direction": "from"}]}
ERASURES = {"gone": None, "hidden": "redact", "login": "random", "city": "hash", "colour": "keep"}
SCHEMA = [
    "CREATE TABLE people (id VARCHAR(8) PRIMARY KEY, email VARCHAR(90), off BOOLEAN, frozen BOOLEAN, quiet BOOLEAN)",
    """CREATE TABLE visits (person VARCHAR(8), number INTEGER, gone VARCHAR(90), hidden VARCHAR(90),
    login VARCHAR(90) NOT NULL UNIQUE, city VARCHAR(90), colour VARCHAR(90), PRIMARY KEY (person, number))""",
    "INSERT INTO people (id, email) VALUES ('p1', 'kim@example.org'), ('p2', 'lee@example.org')",
    """INSERT INTO visits VALUES
    ('p1', 1, 'a', 'b', 'kim1', 'York', 'red'), ('p1', 2, 'c', 'd', 'kim2', 'York', 'blue'),
    ('p1', 3, 'e', 'f', 'kim3', 'Leeds', 'red'), ('p1', 4, 'g', 'h', 'kim4', NULL, 'red'),
    ('p2', 1, 'i', 'j', 'lee1', 'York', 'red')""",
]


def handling(erase: str, fields: dict[str, str | None], columns: tuple[str, ...]) -> dict[str, object]:
    texts = dict.fromkeys(("label", "purpose", "recipients", "retention"), TEXT)
    return {**texts, "erase": erase, "fields": fields, "columns": dict.fromkeys(columns, TEXT)}


SMALL_MAP = {
    "dataset": [
        {
            "fides_key": "small",
            "collections": [
                {
                    "name": "people",
                    "fields": [
                        {"name": "id", "fides_meta": {"primary_key": True}},
                        {
                            "name": "email",
                            "data_categories": ["user.contact.email"],
                            "fides_meta": {"identity": "email"},
                        },
                        {"name": "off"},
                        {"name": "frozen"},
                        {"name": "quiet"},
                    ],
                },
                {
                    "name": "visits",
                    "fields": [
                        {"name": "person", "fides_meta": {"primary_key": True, **FROM_PEOPLE}},
                        {"name": "number", "fides_meta": {"primary_key": True}},
                        *({"name": name, "data_categories": ["user"]} for name in ERASURES),
                    ],
                },
            ],
        }
    ],
    "handling": {
        "languages": ["en"],
        "identity": {"table": "people", "name": ["id"], "erased": "off", "restricted": "frozen", "suppressed": "quiet"},
        "tables": {
            "people": handling("delete", {"email": None}, ("email",)),
            "visits": handling("anonymise", ERASURES, tuple(ERASURES)),
        },
        # On PostgreSQL the sample stands in the same database.
        "not_personal": [f"{table}.*" for table in metadata.tables],
    },
}


@pytest.fixture(params=["sqlite", "postgres"])
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[SqlCrm, sa.Engine]]:
    """The small CRM on each kind of database."""
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump(SMALL_MAP), encoding="utf-8")
    url = f"sqlite:///{tmp_path}/small.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    (tmp_path / "small.db").touch()
    engine = open_engine(url)
    with engine.begin() as connection:
        for statement in SCHEMA:
            connection.exec_driver_sql(statement)
    yield SqlCrm.open(url, path), engine
    engine.dispose()


def test_each_erasure_leaves_what_its_name_says(small: tuple[SqlCrm, sa.Engine]) -> None:
    crm, engine = small
    crm.check()
    plan = crm.plan_deletion("p1", today=TODAY)

    crm.delete("p1", plan, today=TODAY, resumed=False)

    assert [(step.table, step.action, step.rows) for step in plan.steps] == [
        ("people", Action.ANONYMISE, 1),
        ("visits", Action.ANONYMISE, 4),
    ]
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM visits ORDER BY person, number").all()
        people = connection.exec_driver_sql("SELECT id, email, off, frozen FROM people ORDER BY id").all()
    mine = rows[:4]
    assert tuple(rows[4]) == ("p2", 1, "i", "j", "lee1", "York", "red")
    assert [row[2] for row in mine] == [None] * 4
    assert [row[3] for row in mine] == ["***"] * 4
    logins = {row[4] for row in mine}
    assert len(logins) == 4
    assert all(login.startswith("erased-") for login in logins)
    york, york_again, leeds, none = (row[5] for row in mine)
    assert york == york_again != leeds
    assert none is None
    assert {york, leeds}.isdisjoint({"York", "Leeds"})
    assert [row[6] for row in mine] == ["red", "blue", "red", "red"]
    assert [tuple(row)[:2] for row in people] == [("p1", None), ("p2", "lee@example.org")]
    assert [bool(flag) for flag in people[0][2:]] == [True, True]


def test_a_hash_cannot_be_made_again(small: tuple[SqlCrm, sa.Engine]) -> None:
    crm, engine = small
    for key in ("p1", "p2"):
        crm.delete(key, crm.plan_deletion(key, today=TODAY), today=TODAY, resumed=False)

    with engine.connect() as connection:
        cities = connection.exec_driver_sql("SELECT city FROM visits WHERE number = 1").scalars().all()

    # Both were York, hashed in two erasures under two keys that nobody knows.
    assert len(set(cities)) == 2
