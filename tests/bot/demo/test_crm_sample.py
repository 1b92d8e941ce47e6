import sqlite3
from datetime import date
from pathlib import Path

import pytest

from bot.demo.crm_sample import build
from handlers.crm import Action
from storage.crm.desk import SqlCrm

TODAY = date(2026, 11, 22)
MAP = Path(__file__).parents[3] / "bot" / "demo" / "crm.yaml"
# Key, address, country, language.
NAMED = [
    ("1", "emma.clarke@example.org", "GB", "en"),
    ("2", "jonas.weber@example.org", "DE", "de"),
    ("3", "anna.nowak@example.org", "PL", "pl"),
    ("4", "zuzana.kovacova@example.org", "SK", "sk"),
    ("5", "lukas.brandt@example.org", "DE", "de"),
    ("6", "piotr.zielinski@example.org", "PL", "pl"),
    ("7", "martin.horvath@example.org", "SK", "sk"),
    ("8", "sophie.turner@example.org", "GB", "en"),
    ("9", "peter.novak@example.org", "SK", "sk"),
    ("10", "oliver.hughes@example.org", "GB", "en"),
    ("11", "katharina.vogel@example.org", "AT", "de"),
    ("12", "magda.wisniewska@example.org", "PL", "pl"),
    ("13", "ann@example.org", "GB", "en"),
    ("14", "joann@example.org", "GB", "en"),
    ("15", "ann.hartley@post.example", "GB", "en"),
]


def sample(path: Path, **options: int) -> list[str]:
    build(f"sqlite:///{path}", today=TODAY, **options)
    connection = sqlite3.connect(path)
    dump = list(connection.iterdump())
    connection.close()
    return dump


def test_build_gives_the_same_rows_for_the_same_seed(tmp_path: Path) -> None:
    first = sample(tmp_path / "a.db")

    assert sample(tmp_path / "b.db") == first
    assert sample(tmp_path / "c.db", seed=8) != first


def test_build_invents_people_at_example_domains_only(tmp_path: Path) -> None:
    sample(tmp_path / "crm.db")
    connection = sqlite3.connect(tmp_path / "crm.db")
    addresses = [address for (address,) in connection.execute("SELECT email FROM customers")]
    connection.close()

    assert len(set(addresses)) == len(addresses) == 300
    assert {address.split("@")[1] for address in addresses} == {
        "example.org",
        "example.com",
        "mail.example",
        "post.example",
    }


def test_build_gives_named_people_fixed_keys_and_rich_data(tmp_path: Path) -> None:
    sample(tmp_path / "crm.db", people=len(NAMED))
    crm = SqlCrm.open(f"sqlite:///{tmp_path / 'crm.db'}", MAP)
    crm.check()

    for key, email, country, language in NAMED:
        (person,) = crm.find_by_email(email)
        assert (person.key, person.country, person.language) == (key, country, language)
        assert all(table.rows for table in crm.collect(key).tables)
        invoices = {
            step.action: step.rows for step in crm.plan_deletion(key, today=TODAY).steps if step.table == "invoices"
        }
        assert invoices.keys() == {Action.KEEP, Action.DELETE}
        assert invoices[Action.DELETE] == 1


def test_build_refuses_a_database_that_is_not_empty(tmp_path: Path) -> None:
    sample(tmp_path / "crm.db", people=1)

    with pytest.raises(ValueError, match="holds tables already"):
        sample(tmp_path / "crm.db")
