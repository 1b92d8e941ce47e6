"""`rightsdesk crm find`, `plan`, `erase`, `log` and `grants`, with and without a settings file."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.app import open_store
from bot.demo.crm_sample import build
from bot.settings import load
from bot.terminal import err, out
from storage.changes import StoredChanges
from storage.ledger import Ledger

MAP = Path(__file__).parents[2] / "bot" / "demo" / "crm.yaml"
ANN = "ann@example.org"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("crm") / "shop.db"
    build(f"sqlite:///{path}", people=20, today=date(2026, 11, 22))
    return path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample CRM, and no settings."""
    monkeypatch.chdir(tmp_path)
    for console in (out, err):
        monkeypatch.setattr(console, "width", 300)
    shutil.copy(sample, "shop.db")
    return tmp_path


def crm(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["crm", *arguments])


def on_shop(*arguments: str) -> Result:
    return crm(*arguments, "--database", "sqlite:///shop.db", "--map", str(MAP))


def run(statement: str) -> None:
    engine = sa.create_engine("sqlite:///shop.db")
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def plan_of(email: str) -> str:
    plan: str = json.loads(on_shop("plan", "--email", email, "--json").stdout)["plan"]
    return plan


def test_plan_shows_per_table_what_goes_and_what_the_law_keeps() -> None:
    made = json.loads(on_shop("plan", "--email", ANN, "--json").stdout)

    assert made["key"] == "13"
    assert len(made["plan"]) == 12
    steps = {(step["table"], step["what"]): step for step in made["steps"]}
    assert steps["addresses", "delete"] == {
        "table": "addresses",
        "what": "delete",
        "rows": 2,
        "law": "",
        "until": None,
    }
    assert steps["customers", "anonymise"]["rows"] == 1
    kept = steps["invoices", "keep"]
    assert kept["law"]
    assert date.fromisoformat(kept["until"]) > date(2026, 11, 22)


def test_plan_is_the_same_while_nothing_changes_and_another_for_another_person() -> None:
    assert plan_of(ANN) == plan_of(ANN)
    assert plan_of(ANN) != plan_of("joann@example.org")


def test_erase_carries_out_the_plan_and_says_that_nothing_remembers_it() -> None:
    done = on_shop("erase", "--email", ANN, "--plan", plan_of(ANN), "--deep")

    assert done.exit_code == 0, done.output
    assert "no identifier of the person was found afterwards" in done.output
    assert "nothing was logged or remembered" in done.output
    assert json.loads(on_shop("find", "--email", ANN, "--json").stdout) == []
    again = on_shop("erase", "--email", ANN, "--plan", "0" * 12)
    assert (again.exit_code, "nobody is on file there" in again.output) == (2, True)


def test_erase_says_when_there_was_nothing_to_search_for() -> None:
    # Her address is her husband's too, and the rest is too short to prove anything.
    run("UPDATE customers SET phone = NULL, customer_number = 'C-13' WHERE id = 13")
    run("UPDATE customers SET email = 'ann@example.org' WHERE id = 14")
    plan = json.loads(on_shop("plan", "--key", "13", "--json").stdout)["plan"]

    done = on_shop("erase", "--key", "13", "--plan", plan)

    assert done.exit_code == 0, done.stderr
    assert "Nothing could be searched for" in done.stdout
    assert "was found afterwards" not in done.stdout


def test_erase_refuses_another_plan_than_the_present_one() -> None:
    plan = plan_of(ANN)
    run("UPDATE notes SET customer_id = 13 WHERE id = 1")

    refused = on_shop("erase", "--email", ANN, "--plan", plan)

    assert refused.exit_code == 2
    assert "not those of this plan" in refused.output
    assert json.loads(on_shop("find", "--email", ANN, "--json").stdout)


def test_erase_says_where_traces_were_left() -> None:
    run(f"UPDATE notes SET body = 'ask {ANN}' WHERE id = 1")  # noqa: S608 - own words

    refused = on_shop("erase", "--email", ANN, "--plan", plan_of(ANN))

    assert refused.exit_code == 2
    assert "traces were left in notes.body; nothing was committed" in refused.output


def test_find_by_any_clue() -> None:
    for clue in (["--email", ANN], ["--number", "K-10013"]):
        (person,) = json.loads(on_shop("find", *clue, "--json").stdout)
        assert person == {"key": "13", "name": "Ann Hartley", "address": ANN, "language": "en", "country": "GB"}
    assert "Nothing to show." in on_shop("find", "--name", "Ann Hartley").output


def test_grants_are_for_servers_only() -> None:
    refused = on_shop("grants")

    assert (refused.exit_code, "SQLite has no users" in refused.output) == (2, True)


def test_an_empty_database_is_told_and_stays_empty() -> None:
    Path("empty.db").touch()

    for command in (["plan", "--email", ANN], ["erase", "--email", ANN, "--plan", "0" * 12], ["find", "--email", ANN]):
        refused = crm(*command, "--database", "sqlite:///empty.db", "--map", str(MAP))
        assert refused.exit_code == 2
        assert "table 'customers' of the data map is not in the database" in refused.output
    assert sa.inspect(sa.create_engine("sqlite:///empty.db")).get_table_names() == []


@pytest.fixture
def house(folder: Path) -> Path:
    """The folder with settings and a store beside the CRM."""
    assert CliRunner().invoke(app, ["init"]).exit_code == 0
    return folder


def test_with_settings_an_erasure_is_logged_and_remembered(house: Path) -> None:
    done = json.loads(on_shop("erase", "--email", ANN, "--plan", plan_of(ANN), "--json").stdout)

    assert done["remembered"] is True
    entries = json.loads(crm("log", "--json").stdout)
    assert len(entries) == sum(step["rows"] for step in done["steps"])
    assert {(entry["operation"], entry["state"]) for entry in entries} == {("erase", "written")}
    assert ANN not in json.dumps(entries)
    journal = CliRunner().invoke(app, ["journal", "list", "--json"]).stdout
    assert [entry["event"] for entry in json.loads(journal)] == ["carried_out"]


def remembered() -> int:
    store = open_store(load())
    try:
        return Ledger(store.database, store.keyring).count()
    finally:
        store.close()


def test_an_erasure_whose_process_is_killed_at_the_end_is_remembered(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    plan = plan_of(ANN)
    with monkeypatch.context() as patched:
        patched.setattr(StoredChanges, "written", killed)
        on_shop("erase", "--email", ANN, "--plan", plan)

    assert json.loads(on_shop("find", "--email", ANN, "--json").stdout) == []
    assert remembered() == 1


def test_an_erasure_that_is_refused_is_not_remembered(house: Path) -> None:
    run(f"UPDATE notes SET body = 'ask {ANN}' WHERE id = 1")  # noqa: S608 - own words

    assert on_shop("erase", "--email", ANN, "--plan", plan_of(ANN)).exit_code == 2

    assert remembered() == 0


def test_log_is_empty_at_first(house: Path) -> None:
    assert "Nothing to show." in crm("log").output


def test_log_needs_a_store() -> None:
    refused = crm("log")

    assert refused.exit_code == 2
    assert "rightsdesk.toml" in refused.output
