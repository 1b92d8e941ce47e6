"""`rightsdesk crm map`, `check`, `show` and `records`, without a settings file."""

import json
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
import yaml
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.demo.crm_sample import build
from bot.records_export import Format, export
from bot.terminal import err, out
from storage.crm.activities import Activity, activities
from storage.crm.datamap import Basis
from storage.crm.mapload import load

MAP = Path(__file__).parents[2] / "bot" / "demo" / "crm.yaml"
LANGUAGES = ("en", "de", "pl", "sk")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in: no settings are found there."""
    monkeypatch.chdir(tmp_path)
    for console in (out, err):
        monkeypatch.setattr(console, "width", 300)
    return tmp_path


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('crm') / 'shop.db'}"
    build(url, people=20, today=date(2026, 11, 22))
    return url


def crm(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["crm", *arguments])


def test_map_writes_a_draft_and_says_what_is_next(database: str) -> None:
    done = crm("map", "--database", database, "--language", "en", "--language", "de", "--country", "DE")

    assert done.exit_code == 0, done.output
    draft = yaml.safe_load(Path("crm.yaml").read_text(encoding="utf-8"))
    assert draft["dataset"][0]["fides_key"] == "shop"
    assert draft["handling"]["languages"] == ["en", "de"]
    assert "persons in 'customers'" in done.output
    assert "rightsdesk crm check" in done.output


def test_map_replaces_nothing(database: str) -> None:
    Path("crm.yaml").write_text("mine", encoding="utf-8")

    refused = crm("map", "--database", database)

    assert refused.exit_code == 2
    assert "crm.yaml is there already; give another file with --out" in refused.output
    assert Path("crm.yaml").read_text(encoding="utf-8") == "mine"


def test_check_names_what_a_draft_leaves_open_with_its_lines(database: str) -> None:
    crm("map", "--database", database)

    done = crm("check", "--database", database, "--map", "crm.yaml", "--json")

    assert done.exit_code == 1
    findings = json.loads(done.stdout)
    assert {finding["text"] for finding in findings} == {"decide this"}
    assert [finding["line"] for finding in findings] == sorted(finding["line"] for finding in findings)


def test_check_accepts_the_demonstration(database: str) -> None:
    done = crm("check", "--database", database, "--map", str(MAP))

    assert (done.exit_code, done.output.split(":")[0]) == (0, "The data map fits the database")
    assert json.loads(crm("check", "--database", database, "--map", str(MAP), "--json").stdout) == []


def test_a_mistyped_path_makes_no_database(folder: Path) -> None:
    done = crm("check", "--database", f"sqlite:///{folder}/shpo.db", "--map", str(MAP))

    assert done.exit_code == 2
    assert "there is no SQLite database at" in done.output
    assert list(folder.iterdir()) == []


def test_without_settings_and_options_the_remedy_is_named() -> None:
    done = crm("check")

    assert done.exit_code == 2
    assert "rightsdesk init" in done.output


def test_show_draws_a_tree_and_pictures() -> None:
    lines = crm("show", "--map", str(MAP)).output.splitlines()
    assert lines[1].startswith("├── customers  delete  customer_number, email")
    assert any(line.startswith("│   │   ├── order_items.order_id  delete") for line in lines)

    assert crm("show", "--map", str(MAP), "--format", "mermaid").output.startswith("flowchart LR\n")
    assert crm("show", "--map", str(MAP), "--format", "svg").output.startswith("<svg ")
    assert json.loads(crm("show", "--map", str(MAP), "--json").stdout)["table"] == "customers"


def test_show_draws_a_draft_too(database: str) -> None:
    crm("map", "--database", database)

    assert "customers  delete" in crm("show", "--map", "crm.yaml").output


def test_records_group_what_serves_one_purpose() -> None:
    found = {activity.purpose: activity for activity in activities(load(MAP), "en")}

    contract = found["To perform the contract"]
    assert contract == Activity(
        purpose="To perform the contract",
        bases=(Basis.CONTRACT,),
        subjects="Customers",
        data=(
            "Orders: Order number, Ordered on, Status, Total",
            "Ordered products: Product, Quantity, Price",
        ),
        recipients=("Our customer service staff",),
        third_countries="none",
        retention=("For as long as you are our customer",),
        security="Access by role, encrypted connections and backups, changes logged",
        tables=("orders", "order_items"),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_records_are_written_in_each_language(language: str) -> None:
    done = crm("records", "--map", str(MAP), "--language", language)

    assert done.exit_code == 0
    assert done.output.startswith("# ")
    assert done.output.count("\n## ") == len(activities(load(MAP), language))


def test_records_as_a_spreadsheet_hold_no_formula(folder: Path) -> None:
    activity = Activity("=1+1", (Basis.CONSENT,), "s", ("d",), ("r",), "", ("t",), "", ("x",))
    content = export([activity], shape=Format.XLSX, language="en", controller="=cmd()", day=date(2026, 11, 22))

    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[0]

    assert sheet["A6"].value == "=1+1"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} <= {"s", "d"}
    assert sheet["B6"].value == "Consent, Article 6(1)(a) GDPR"


def test_records_go_to_a_file() -> None:
    assert crm("records", "--map", str(MAP), "--format", "xlsx").exit_code == 2
    assert crm("records", "--map", str(MAP), "--format", "json", "--out", "r.json").exit_code == 0
    document = json.loads(Path("r.json").read_text(encoding="utf-8"))
    assert document["activities"][0]["tables"] == ["customers"]
