"""`rightsdesk crm` over a map of two databases, named on the command line or in the settings."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.app import open_store
from bot.crm_commands import places
from bot.settings import load
from bot.terminal import err, out
from tests.storage.crm import two
from tests.storage.crm.conftest import sqlite_sample  # noqa: F401 - a fixture
from tests.storage.crm.two import ANN_THERE, SHOP, SUPPORT

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
MAP = ("--map", "both.yaml")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_sample: Path) -> Path:  # noqa: F811
    """A folder with both databases and their map, without settings."""
    monkeypatch.chdir(tmp_path)
    for console in (out, err):
        monkeypatch.setattr(console, "width", 300)
    shutil.copy(sqlite_sample, tmp_path / "shop.db")
    (tmp_path / "support.db").touch()
    crm, engine = two.make("sqlite:///shop.db", "sqlite:///support.db", tmp_path / "both.yaml")
    crm.close()
    engine.dispose()
    return tmp_path


def crm(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["crm", *arguments])


def named(command: str, *arguments: str) -> Result:
    databases = (f"--database={SHOP}=sqlite:///shop.db", f"--database={SUPPORT}=sqlite:///support.db")
    return crm(command, *databases, *MAP, *arguments)


def test_a_person_is_erased_from_both_by_the_plan_shown() -> None:
    planned = json.loads(named("plan", "--email", "ann@example.org", "--json").stdout)
    assert "support.notes" in {step["table"] for step in planned["steps"]}

    done = named("erase", "--email", "ann@example.org", "--plan", planned["plan"])

    assert done.exit_code == 0, done.output
    assert "nobody is on file" in named("plan", "--email", "ann@example.org").output


def test_the_check_looks_at_both(folder: Path) -> None:
    content = two.map_file()
    content["dataset"][1]["collections"][0]["fields"].append({"name": "fax", "data_categories": ["user.contact"]})
    two.write(content, folder / "both.yaml")

    found = named("check")

    assert found.exit_code == 1
    assert "dataset.support.contacts.fax: column 'contacts.fax' is not in the database" in found.output


def test_a_database_that_is_not_named_is_asked_for() -> None:
    refused = crm("find", "--database", "sqlite:///shop.db", *MAP, "--email", "ann@example.org")

    assert refused.exit_code
    assert "no database is named for dataset 'support'" in refused.output


def test_two_databases_without_names_are_refused() -> None:
    refused = crm(
        "find", "--database=sqlite:///shop.db", "--database=sqlite:///support.db", *MAP, "--email", "a@b.example"
    )

    assert refused.exit_code
    assert "names one dataset twice" in refused.output


def test_each_database_is_replayed_on_its_own() -> None:
    """The support desk alone was restored: who was erased is erased there again, and mailings are stopped there."""
    assert CliRunner().invoke(app, ["init"]).exit_code == 0
    shutil.copy("support.db", "backup.db")
    both, store = two.opened("sqlite:///shop.db", "sqlite:///support.db", Path("both.yaml")), open_store(load())
    stopped = both.suppress("joann@example.org", ["survey", "newsletter"])
    with store.unit(now=AT) as unit:
        unit.suppress("joann@example.org", ["survey", "newsletter"], known_by=stopped.identifiers)
    both.close()
    store.close()
    planned = json.loads(named("plan", "--email", "ann@example.org", "--json").stdout)
    assert named("erase", "--email", "ann@example.org", "--plan", planned["plan"]).exit_code == 0
    for ending in ("-wal", "-shm"):
        Path(f"support.db{ending}").unlink(missing_ok=True)
    shutil.copy("backup.db", "support.db")

    replayed = named("replay", "--yes", "--json")

    assert replayed.exit_code == 0, replayed.output
    rows = [(row["what"], row["person"], row["rows"], row["outcome"]) for row in json.loads(replayed.stdout)]
    assert ("suppress", "joann@example.org", 1, "done") in rows
    assert [(what, outcome) for what, person, _, outcome in rows if person == ANN_THERE] == [("erase", "done")]


def test_one_of_the_datasets_is_drawn() -> None:
    assert "contacts" in crm("show", *MAP, "--dataset", SUPPORT).output
    assert "customers" in crm("show", *MAP).output
    assert "there is no dataset 'calls'" in crm("show", *MAP, "--dataset", "calls").output


def test_the_settings_name_the_databases(folder: Path) -> None:
    Path("rightsdesk.toml").write_text(
        '[crm]\nurl = "sqlite:///shop.db"\nurls = {support = "sqlite:///support.db"}\nmap = "both.yaml"\n',
        encoding="utf-8",
    )

    expected = {"": f"sqlite:///{folder}/shop.db", SUPPORT: f"sqlite:///{folder}/support.db"}
    assert load().crm.databases == expected
    assert places(None, None) == (expected, folder / "both.yaml")
    assert "13" in crm("find", "--email", "ann@example.org").stdout


@pytest.mark.parametrize("url", ["postgresql+psycopg://me@host/crm?options=-csearch_path=a", "sqlite:///a=b.db"])
def test_an_address_with_an_equals_sign_is_no_name(url: str) -> None:
    assert places([url, f"support={url}"], Path("x"))[0] == {"": url, "support": url}
