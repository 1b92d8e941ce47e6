"""`rightsdesk crm export`, `notes`, `release`, `suppressed`, `replay`, `guard`, as they are typed."""

import csv
import io
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
import yaml
from jsonschema import Draft202012Validator
from sqlalchemy import create_engine, text
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.app import open_store
from bot.demo.crm_sample import build
from bot.settings import load
from bot.terminal import err, out
from handlers.copy_json import schema
from handlers.rights import Right
from storage.crm.desk import SqlCrm
from tests.storage.crm.desk import MAP, TODAY

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the sample CRM and its map, whose notes are looked at; no settings."""
    monkeypatch.chdir(tmp_path)
    for console in (out, err):
        monkeypatch.setattr(console, "width", 200)
    build("sqlite:///crm.db", people=20, today=TODAY)
    content = yaml.safe_load(MAP.read_text(encoding="utf-8"))
    content["handling"]["tables"]["notes"]["notes"] = ["body"]
    Path("crm.yaml").write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return tmp_path


@pytest.fixture
def house(folder: Path) -> Path:
    """The same folder after `rightsdesk init`."""
    assert CliRunner().invoke(app, ["init"]).exit_code == 0
    return folder


CRM = ("--database", "sqlite:///crm.db", "--map", "crm.yaml")


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["crm", *arguments], input=typed)


def ran(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def misused(*arguments: str) -> str:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    return result.stderr.replace("\n", " ")


def change(statement: str) -> None:
    engine = create_engine("sqlite:///crm.db")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def events() -> list[str]:
    result = CliRunner().invoke(app, ["journal", "list", "--json"])
    return [entry["event"] for entry in json.loads(result.stdout)]


def erased_and_restored(address: str) -> None:
    """Erase somebody as a ticket does, and put the CRM of before back."""
    shutil.copy("crm.db", "backup.db")
    crm, store = SqlCrm.open("sqlite:///crm.db", Path("crm.yaml")), open_store(load())
    [person] = crm.find_by_email(address)
    plan = crm.plan_deletion(person.key, today=TODAY)
    crm.delete(person.key, plan, today=TODAY, resumed=False)
    with store.unit(now=AT) as unit:
        unit.remember_erased(plan.identifiers, reference="R-7KQ4M")
    crm.close()
    store.close()
    for ending in ("-wal", "-shm"):
        Path(f"crm.db{ending}").unlink(missing_ok=True)
    shutil.copy("backup.db", "crm.db")


def stopped(address: str, *consents: str) -> None:
    """Stop mailings as a ticket does."""
    crm, store = SqlCrm.open("sqlite:///crm.db", Path("crm.yaml")), open_store(load())
    done = crm.suppress(address, consents)
    with store.unit(now=AT) as unit:
        unit.suppress(address, consents, known_by=done.identifiers)
        unit.keep_consents(address, Right.WITHDRAWAL, consents, done, reference="R-7KQ4M")
    crm.close()
    store.close()


def test_export_writes_json_that_keeps_to_its_schema_without_settings(folder: Path) -> None:
    document = json.loads(ran("export", "--email", "ANN@example.org", *CRM))
    Draft202012Validator(schema()).validate(document)
    assert {table["table"] for table in document["tables"]} >= {"customers", "invoices", "notes"}
    assert document["tables"][0]["rows"][0]["email"] == "ann@example.org"


@pytest.mark.parametrize(
    ("kind", "begins"), [("json", b"{"), ("xlsx", b"PK"), ("csv", b"PK"), ("html", b"<!doctype html>")]
)
def test_export_writes_a_file_for_nobody_else(folder: Path, kind: str, begins: bytes) -> None:
    Path("copy").touch(mode=0o644)
    said = ran("export", "--email", "ann@example.org", "--format", kind, "--out", "copy", *CRM)
    assert said.startswith("Wrote copy: 9 tables, ")
    assert Path("copy").read_bytes().startswith(begins)
    assert Path("copy").stat().st_mode & 0o777 == 0o600


def test_export_speaks_the_language_asked_for(folder: Path) -> None:
    ran("export", "--email", "ann@example.org", "-f", "xlsx", "-o", "copy.xlsx", "--language", "pl", *CRM)
    assert openpyxl.load_workbook("copy.xlsx").sheetnames[:2] == ["Zawartość", "Dane klienta"]


def test_export_for_portability_holds_only_what_was_provided(folder: Path) -> None:
    document = json.loads(ran("export", "--email", "ann@example.org", "--right", "portability", *CRM))
    names = {table["table"] for table in document["tables"]}
    assert (document["right"], "invoices" in names, "notes" in names, "orders" in names) == (
        "portability",
        False,
        False,
        True,
    )


def test_export_counts_for_programs_and_is_journalled(house: Path) -> None:
    told = json.loads(ran("export", "--key", "13", "-o", "copy.json", "--json", *CRM))
    assert (told["file"], told["tables"]["customers"], told["held"]) == ("copy.json", 1, 0)
    assert events() == ["copy.exported"]


@pytest.mark.parametrize(
    ("who", "problem"),
    [
        ((), "say who: either --email or --key"),
        (("--email", "ann@example.org", "--key", "13"), "say who: either --email or --key"),
        (("--email", "nn@example.org"), "nobody is on file there"),
        (("--email", "' OR 1=1 --"), "nobody is on file there"),
        (("--email", "x" * 10_000 + "@example.org"), "nobody is on file there"),
        (("--key", "9999"), "nobody is on file there"),
    ],
)
def test_export_needs_one_person(folder: Path, who: tuple[str, ...], problem: str) -> None:
    assert problem in misused("export", *who, *CRM)


def test_export_of_a_shared_address_asks_which_of_them(folder: Path) -> None:
    change("UPDATE customers SET email = 'ann@example.org' WHERE id = 14")
    assert "their keys: 13, 14" in misused("export", "--email", "ann@example.org", *CRM)


def test_a_held_note_is_listed_released_and_then_given(house: Path) -> None:
    change("UPDATE notes SET body = 'Rude on the telephone.' WHERE customer_id = 13")
    who = ("--email", "ann@example.org", *CRM)
    first, *others = json.loads(ran("notes", "--json", *who))
    assert (first["place"], first["text"]) == ("notes.body", "Rude on the telephone.")
    result = run("export", "-o", "copy.json", *who)
    assert f"{1 + len(others)} notes are held" in result.stderr
    assert "Rude" not in Path("copy.json").read_text()

    assert "not held of this person: 0123456789abcdef" in misused("release", first["note"], "0123456789abcdef", *who)
    assert ran("release", first["note"], *who) == "Released 1.\n"

    assert [one["note"] for one in json.loads(ran("notes", "--json", *who))] == [one["note"] for one in others]
    assert ran("export", *who).count("Rude on the telephone.") == 1
    assert events()[1] == "note.released"


def test_release_is_of_the_person_named(house: Path) -> None:
    change("UPDATE notes SET body = 'Rude on the telephone.' WHERE customer_id = 13")
    [first, *_] = json.loads(ran("notes", "--json", "--key", "13", *CRM))
    assert "nothing was released" in misused("release", first["note"], "--key", "14", *CRM)


def test_suppressed_shows_since_when_and_what_had_been_given(house: Path) -> None:
    stopped("ann@example.org", "newsletter")
    told = json.loads(ran("suppressed", "--email", "Ann@example.org", "--json"))
    assert told["suppressed"] == {"newsletter": str(AT)}
    [ended] = told["history"]
    assert (ended["right"], ended["ticket"]) == ("withdrawal", "R-7KQ4M")
    assert ended["formerly"][0]["values"]["granted"] == "True"
    assert "purpose: newsletter, granted: True" in ran("suppressed", "--email", "ann@example.org")
    assert json.loads(ran("suppressed", "--email", "joann@example.org", "--json")) == {"suppressed": {}, "history": []}


def test_replay_shows_first_and_does_it_with_yes(house: Path) -> None:
    erased_and_restored("ann@example.org")
    stopped("joann@example.org", "phone")
    change("UPDATE consents SET granted = 1 WHERE customer_id = 14 AND purpose = 'phone'")
    before = Path("crm.db").read_bytes()

    shown = json.loads(ran("replay", "--json", *CRM))

    assert [(one["what"], one["person"], one["outcome"]) for one in shown] == [
        ("erase", "13", "planned"),
        ("suppress", "joann@example.org", "planned"),
    ]
    assert all(isinstance(one["rows"], int) and one["rows"] > 0 for one in shown)
    assert "Nothing was changed; --yes does it." in ran("replay", *CRM)
    assert Path("crm.db").read_bytes() == before
    assert events() == []

    done = json.loads(ran("replay", "--yes", "--json", *CRM))

    assert [one["outcome"] for one in done] == ["done", "done"]
    assert [one["rows"] for one in done] == [one["rows"] for one in shown]
    assert "nobody is on file there" in misused("export", "--email", "ann@example.org", *CRM)
    assert [(one["what"], one["outcome"]) for one in json.loads(ran("replay", "--json", *CRM))] == [
        ("suppress", "nothing to change")
    ]
    assert events() == ["crm.replayed"]


def test_replay_goes_on_after_a_failure_and_says_so(house: Path) -> None:
    erased_and_restored("ann@example.org")
    stopped("joann@example.org", "phone")
    change("UPDATE consents SET granted = 1 WHERE customer_id = 14 AND purpose = 'phone'")
    change("INSERT INTO notes (customer_id, written_on, body) VALUES (14, '2026-01-01', 'Is it ann@example.org?')")
    change("CREATE TRIGGER no BEFORE DELETE ON notes BEGIN SELECT RAISE(ABORT, 'no'); END")

    result = run("replay", "--yes", "--json", *CRM)

    assert result.exit_code == 1
    [erased, suppressed] = json.loads(result.stdout)
    assert (erased["what"], erased["outcome"].split(":")[0], erased["rows"]) == ("erase", "failed", 0)
    assert (suppressed["what"], suppressed["outcome"]) == ("suppress", "done")


def test_replay_names_those_who_are_left_to_a_person(house: Path) -> None:
    erased_and_restored("ann@example.org")
    change("UPDATE customers SET restricted = 1 WHERE id = 13")
    [held] = json.loads(ran("replay", "--yes", "--json", *CRM))
    assert held["outcome"].startswith("left: the person is restricted")


def test_replay_with_an_empty_memory_finds_nothing(house: Path) -> None:
    assert json.loads(ran("replay", "--yes", "--json", *CRM)) == []


def test_guard_marks_a_file_and_says_how_many(house: Path) -> None:
    erased_and_restored("ann@example.org")
    stopped("joann@example.org", "phone")
    Path("in.csv").write_bytes("name;email\nÄ;ann@example.org\nB;joann@example.org\nC;c@example.org\n".encode("cp1252"))

    result = run("guard", "in.csv", "--out", "out.csv", "--encoding", "cp1252", "--map", "crm.yaml", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"rows": 3, "erased": 1, "suppressed": 1}
    rows = list(csv.DictReader(io.StringIO(Path("out.csv").read_text(encoding="utf-8")), delimiter=";"))
    assert [(row["name"], row["rightsdesk"], row["rightsdesk_consents"]) for row in rows] == [
        ("Ä", "erased", ""),
        ("B", "suppressed", "phone"),
        ("C", "", ""),
    ]


def test_guard_reads_and_writes_the_standard_streams(house: Path) -> None:
    result = run("guard", "-", "--map", "crm.yaml", typed="who,email\nC,c@example.org\n")
    assert (result.exit_code, result.stdout) == (
        0,
        "who,email,rightsdesk,rightsdesk_consents,rightsdesk_since\nC,c@example.org,,,\n",
    )
    assert "1 rows: 0 erased, 0 suppressed" in result.stderr


def test_guard_takes_the_column_named(house: Path) -> None:
    erased_and_restored("ann@example.org")
    result = run("guard", "-", "--map", "crm.yaml", "--column", "who=email", typed="who,x\nann@example.org,1\n")
    assert (result.exit_code, ",erased," in result.stdout) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("in.csv", "--encoding", "klingon"), "no encoding is called 'klingon'"),
        (("none.csv",), "none.csv: No such file or directory"),
        (("in.csv", "--column", "mail"), "the file has no column 'mail'"),
    ],
)
def test_guard_says_what_is_wrong(house: Path, arguments: tuple[str, ...], problem: str) -> None:
    Path("in.csv").write_text("email\n")
    result = run("guard", *arguments, "--map", "crm.yaml")
    assert result.exit_code == 2
    assert problem in result.stderr.replace("\n", " ")


def test_commands_of_the_memory_need_settings(folder: Path) -> None:
    for command in (("replay", *CRM), ("guard", "in.csv"), ("suppressed", "--email", "a@example.org")):
        assert "rightsdesk.toml does not exist" in misused(*command)


def test_guard_leaves_the_import_itself_alone(house: Path) -> None:
    Path("i.csv").write_text("email\na@example.org\n", encoding="utf-8")
    Path("same.csv").symlink_to("i.csv")

    for to in ("i.csv", "same.csv"):
        assert "--out is the import itself" in misused("guard", "i.csv", "--out", to, "--map", "crm.yaml")

    assert Path("i.csv").read_text(encoding="utf-8") == "email\na@example.org\n"


def test_guard_refuses_a_quote_that_swallows_rows_and_leaves_the_last_result(house: Path) -> None:
    Path("i.csv").write_text('email,n\nx@example.org,"12\nann@example.org,1\n', encoding="utf-8")
    Path("o.csv").write_text("before", encoding="utf-8")
    there = sorted(Path().iterdir())

    assert "is no CSV" in misused("guard", "i.csv", "--out", "o.csv", "--map", "crm.yaml")

    assert Path("o.csv").read_text(encoding="utf-8") == "before"
    assert sorted(Path().iterdir()) == there
