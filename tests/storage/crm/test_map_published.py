"""A file of the published format works as it is: data are found and copied at once, and nothing is written."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.crm.datamap import Erasure, Link, MapError
from storage.crm.desk import SqlCrm
from storage.crm.mapload import examine, load

FILE = Path(__file__).with_name("published.yaml")
TABLES = """
    CREATE TABLE place (id INTEGER PRIMARY KEY, street VARCHAR(80));
    CREATE TABLE member (member_id INTEGER PRIMARY KEY, nickname VARCHAR(80), email VARCHAR(80), profile JSON,
        home_id INTEGER REFERENCES place (id), crm_id INTEGER);
    CREATE TABLE basket (id INTEGER PRIMARY KEY, member_id INTEGER REFERENCES member (member_id), product VARCHAR(80));
    CREATE TABLE visits (id INTEGER PRIMARY KEY, email VARCHAR(80), page VARCHAR(200));
    INSERT INTO place VALUES (1, 'Mill Lane 3'), (2, 'Lindenweg 12');
    INSERT INTO member VALUES (7, 'Ann', 'Ann@shop.example', '{"born": "1980-01-01", "theme": "dark"}', 1, 99),
        (8, 'Joann', 'joann@shop.example', NULL, 2, NULL);
    INSERT INTO basket VALUES (1, 7, 'Lamp'), (2, 8, 'Chair');
    INSERT INTO visits VALUES (1, 'ann@shop.example', '/lamps'), (2, 'joann@shop.example', '/chairs');
"""


@pytest.fixture
def crm(tmp_path: Path) -> Iterator[SqlCrm]:
    path = tmp_path / "shop.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for statement in TABLES.split(";\n"):
            connection.exec_driver_sql(statement)
    engine.dispose()
    crm = SqlCrm.open(f"sqlite:///{path}", FILE)
    yield crm
    crm.close()


def test_tables_hang_together_as_the_format_says() -> None:
    map_ = load(FILE)

    assert map_.identity.table == "member"
    assert map_.identity.name == ("nickname",)
    assert set(map_.links) == {
        Link("member", "home_id", "place", "id"),  # said: to
        Link("member", "member_id", "basket", "member_id"),  # no direction said: away from the person
        Link("member", "email", "visits", "email"),  # by identity alone
    }
    assert "audit" not in map_.tables


def test_tables_and_columns_stand_in_the_order_of_the_file() -> None:
    map_ = load(FILE)

    assert list(map_.tables) == ["visits", "member", "place", "basket"]
    assert [field.name for field in map_.tables["member"].fields][:3] == ["member_id", "nickname", "email"]


def test_categories_come_from_the_field_what_is_nested_in_it_and_the_table() -> None:
    map_ = load(FILE)
    profile = next(field for field in map_.tables["member"].fields if field.name == "profile")
    page = next(field for field in map_.tables["visits"].fields if field.name == "page")

    assert profile.categories == ("user.demographic.date_of_birth", "system.operations")
    assert profile.personal
    assert page.categories == ("user.behavior.browsing_history",)


def test_uses_masking_and_read_only_are_understood() -> None:
    map_ = load(FILE)
    email = next(field for field in map_.tables["member"].fields if field.name == "email")

    assert map_.handling("visits").purpose == {"en": "Essential for Service"}
    assert map_.handling("place").purpose == {"en": "Essential for Operations"}
    assert map_.handling("member").erasures == {"nickname": Erasure.RANDOM}
    assert email.read_only


def test_a_person_is_found_and_copied(crm: SqlCrm) -> None:
    (ann,) = crm.find_by_email("ann@shop.example")
    copy = crm.collect(ann.key)

    assert ann.name == "Ann"
    assert {table.name: len(table.rows) for table in copy.tables} == {"visits": 1, "member": 1, "place": 1, "basket": 1}
    profile = next(table for table in copy.tables if table.name == "member").rows[0]["profile"]
    assert (json.loads(profile) if isinstance(profile, str) else profile)["born"] == "1980-01-01"


def test_nothing_is_erased_corrected_or_stopped(crm: SqlCrm) -> None:
    refusal = "the data map only lets data be read; add a handling section that says what erasing does"
    for use in (
        lambda: crm.plan_deletion("7", today=date(2026, 11, 22)),
        lambda: crm.correct("7", []),
        lambda: crm.suppress("ann@shop.example", []),
        lambda: crm.restrict("7"),
    ):
        with pytest.raises(MapError) as caught:
            use()
        assert str(caught.value) == refusal


def test_a_file_without_persons_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(
        "dataset:\n- fides_key: x\n  collections:\n  - name: a\n    fields:\n    - name: b\n", encoding="utf-8"
    )

    (finding,) = examine(path).findings

    assert str(finding).startswith("map.yaml:2: dataset.x: no table stands for persons: mark one's primary_key")


def test_a_key_that_stands_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(FILE.read_text(encoding="utf-8") + "dataset: []\n", encoding="utf-8")

    findings = [str(finding) for finding in examine(path).findings]

    assert any(finding.endswith(": dataset: the key stands here twice; remove one") for finding in findings)
