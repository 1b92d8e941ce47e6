"""The command line in an empty folder: what each command prints, leaves behind and exits with."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from typer.testing import CliRunner, Result

from bot.__main__ import app, err, out
from bot.settings import Settings
from handlers.rights import Right
from storage.crypto import MasterKey
from tests.people import ANNA, a_mail

ASKS = a_mail(
    "Dear Sir or Madam,\n\nplease send me a copy of all personal data you hold about me.\n\nKind regards\nAnna"
)
AUTO = a_mail("I am on holiday.", message_id="2@x.example", headers="Auto-Submitted: auto-replied\r\n")
SPAM = a_mail("Please delete all my personal data.", message_id="3@x.example", headers="X-Spam-Flag: YES\r\n")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in which the commands are typed."""
    monkeypatch.chdir(tmp_path)
    for console in (out, err):
        monkeypatch.setattr(console, "width", 200)
    return tmp_path


@pytest.fixture
def house(folder: Path) -> Path:
    """A folder after `rightsdesk init`."""
    ran("init")
    return folder


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def ran(*arguments: str, typed: str = "") -> str:
    result = run(*arguments, typed=typed)
    assert (result.exit_code, result.stderr.replace("\n", "")) == (0, "")
    return result.stdout


def told(*arguments: str) -> Any:
    return json.loads(ran(*arguments, "--json"))


def misused(*arguments: str) -> str:
    """Return the one clear message of a command that cannot be carried out."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    return " ".join(result.stderr.split())


def mail(folder: Path, raw: bytes, name: str = "mail.eml") -> str:
    (folder / name).write_bytes(raw)
    return name


def test_init_makes_a_house_that_works(folder: Path) -> None:
    printed = ran("init")
    key = folder / "rightsdesk.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(MasterKey.read(key).secret) == 32
    assert (folder / "rightsdesk-data" / "rightsdesk.db").exists()
    assert [line.split()[0] for line in printed.replace(f"{folder}/", "").splitlines()] == [
        "wrote",
        "wrote",
        "made",
        "next:",
    ]
    assert told("tickets") == told("mails") == []


def test_init_replaces_nothing(house: Path) -> None:
    (house / "rightsdesk.toml").write_text("[controller]\nname = 'Ours'\n", encoding="utf-8")
    key = (house / "rightsdesk.key").read_bytes()
    printed = ran("init")
    assert printed.count("is there already: kept as it is") == 2
    assert (house / "rightsdesk.toml").read_text(encoding="utf-8") == "[controller]\nname = 'Ours'\n"
    assert (house / "rightsdesk.key").read_bytes() == key


def test_init_in_a_folder_of_its_own(folder: Path) -> None:
    ran("init", "desk")
    assert (folder / "desk" / "rightsdesk.key").exists()
    assert told("tickets", "--config", "desk/rightsdesk.toml") == []


def test_classify_a_text_a_file_and_what_is_typed(folder: Path) -> None:
    sentence = "Please send me a copy of all personal data you hold about me."
    (folder / "text.txt").write_text(sentence, encoding="utf-8")
    for source in (sentence, "text.txt", mail(folder, ASKS)):
        verdict = told("classify", source)
        assert (verdict["labels"], verdict["language"], verdict["decision"]) == (["access"], "en", "act")
        assert set(verdict) == {"language", "decision", "reason", "labels", "rights", "slots"}
        assert "copy of all personal data" in verdict["rights"][0]["evidence"]
    assert "act · language en" in ran("classify", sentence)
    assert json.loads(ran("classify", "--json", typed=sentence))["labels"] == ["access"]
    lines = ran("classify", sentence, "...", "--json").splitlines()
    assert [json.loads(line)["decision"] for line in lines] == ["act", "triage"]


def test_classify_reads_json_lines_and_writes_one_for_each(folder: Path) -> None:
    mails = [
        {"id": 7, "from": "a@example.org", "subject": "", "body": "Please delete my account and all my data."},
        {"id": "b", "from": "", "subject": "\ud800", "body": "\0 😀"},
        {"id": "c"},
    ]
    lines = "\n".join([*map(json.dumps, mails), "no JSON", "[]"])
    result = run("classify", "--jsonl", typed=lines)
    verdicts = [json.loads(line) for line in result.stdout.splitlines()]
    assert [verdict["id"] for verdict in verdicts] == [7, "b", "c"]
    assert (verdicts[0]["labels"], verdicts[0]["decision"]) == (["deletion"], "act")
    assert {verdict["decision"] for verdict in verdicts[1:]} == {"triage"}
    assert set(verdicts[0]) == {"id", "language", "labels", "decision", "rights", "slots"}
    assert set(verdicts[0]["slots"]) == {
        "corrections", "consents", "identifiers", "on_behalf_of", "deadline_mentioned", "law",
    }  # fmt: skip
    assert result.exit_code == 1
    assert "line 4" in result.stderr
    assert "line 5" in result.stderr


def test_intake_says_what_became_of_each_mail(house: Path) -> None:
    files = [mail(house, raw, f"{number}.eml") for number, raw in enumerate((ASKS, AUTO, SPAM, ASKS))]
    rows = json.loads(run("intake", *files, "--json").stdout)
    reference = rows[0]["ticket"]
    assert re.fullmatch("R-[2-9B-Z]{5}", reference)
    assert [(row["file"], row["became"], row["rights"], row["reason"]) for row in rows] == [
        ("0.eml", "ticket", "access", "unknown_sender"),
        ("1.eml", "ignored", "", "auto_reply"),
        ("2.eml", "quarantined", "", "spam"),
        ("3.eml", "known", "", "taken in before"),
    ]
    [ticket] = told("tickets")
    assert (ticket["ticket"], ticket["rights"], ticket["status"]) == (reference, "access", "triage")
    assert reference in ran("tickets")
    [clock] = told("clock", reference.lower())
    assert (clock["safe date"], clock["received"]) == (ticket["safe date"], ticket["received"])
    assert [row["state"] for row in told("mails", "--state", "ignored")] == ["ignored"]
    journal = told("journal", "list", "--ticket", reference)
    assert [row["event"] for row in journal][:1] == ["opened"]
    everything = ran("journal", "list") + ran("mails") + ran("tickets")
    assert ANNA.email not in everything
    assert "Nowak" not in everything


def test_release_handles_a_mail_after_all(house: Path) -> None:
    ran("intake", mail(house, SPAM))
    [row] = told("mails", "--state", "quarantined")
    assert ran("release", row["mail"]) == f"{row['mail']}: ticket\n"
    assert [ticket["rights"] for ticket in told("tickets")] == ["deletion"]
    assert misused("release", row["mail"]) == (
        f"there is no quarantined mail {row['mail']}: see `rightsdesk mails --state quarantined`"
    )


@pytest.mark.parametrize(
    ("arguments", "dates"),
    [
        (("--received", "2026-11-25"), ("2026-11-25", "2026-12-25", "2026-12-25", "2026-12-28")),
        (("--received", "2026-11-24", "--country", "pl"), ("2026-11-24", "2026-12-24", "2026-12-24", "2026-12-28")),
        (("--received", "2026-12-06", "--country", "de-by"), ("2026-12-06", "2027-01-06", "2027-01-06", "2027-01-07")),
        (("--received", "2028-01-31", "--country", "DE"), ("2028-01-31", "2028-02-29", "2028-02-29", "2028-02-29")),
    ],
)
def test_clock_answers_what_if(house: Path, arguments: tuple[str, ...], dates: tuple[str, ...]) -> None:
    [row] = told("clock", *arguments)
    assert tuple(row[name] for name in ("received", "nominal", "safe date", "last date")) == dates
    assert row["rule"].startswith("GDPR Art. 12(3)")
    assert dates[3] in ran("clock", *arguments)


def test_clock_says_how_the_dates_come_about_in_the_language_of_the_staff(house: Path) -> None:
    (house / "rightsdesk.toml").write_text("[slack]\nlanguage = 'sk'\n", encoding="utf-8")
    arguments = ("clock", "--received", "2026-11-25")
    assert [row["what"] for row in told(*arguments)[0]["segments"]][-1] == "posledný deň na odpoveď"
    assert "deň pracovného pokoja (víkend): koniec sa posúva" in ran(*arguments)


def test_clock_remarks_that_the_date_of_a_mail_was_doubtful(house: Path) -> None:
    ran("intake", mail(house, ASKS.replace(b"23 Nov 2026", b"23 Nov 2099")))
    [ticket] = told("tickets")
    remark = "The mail's date lies in the future; the mail server's date of arrival counts."
    assert told("clock", ticket["ticket"])[0]["remarks"][0] == remark
    assert remark in ran("clock", ticket["ticket"])
    [opened] = [row for row in told("journal", "list") if row["event"] == "opened"]
    assert json.loads(opened["facts"])["date_doubt"] == "date_in_future"


@pytest.mark.parametrize(
    ("known", "due"),
    [
        ("2026-11-20T16:45", "2026-11-23 16:45+01:00"),
        ("2026-10-23T16:45", "2026-10-26 15:45+01:00"),  # summer time ends: seventy-two hours are not three days
        ("2026-11-20T15:45+0000", "2026-11-23 16:45+01:00"),
    ],
)
def test_clock_says_by_when_a_breach_has_to_be_told(house: Path, known: str, due: str) -> None:
    [row] = told("clock", "--breach", known)
    assert (row["tell the authority by"], row["rule"]) == (due, "GDPR Art. 33(1)")


VECTORS = Path(__file__).parents[1] / "handlers" / "law" / "deadlines.csv"


@pytest.mark.parametrize("source", [str(VECTORS), "-"])
def test_clock_reckons_a_table_without_settings(folder: Path, source: str) -> None:
    text = VECTORS.read_text(encoding="utf-8")
    expected = list(csv.DictReader(text.splitlines()))
    found = list(csv.DictReader(ran("clock", "--csv", source, typed=text).splitlines()))
    assert list(found[0]) == ["id", "nominal_date", "expected_due", "due_end_exclusive", "safe_due", "rule"]
    dates = ("id", "nominal_date", "expected_due", "safe_due")
    assert [[row[name] for name in dates] for row in found] == [[row[name] for name in dates] for row in expected]


def test_clock_names_the_rows_without_a_date(folder: Path) -> None:
    result = run("clock", "--csv", "-", typed="id,law_profile\n1,GDPR\n")
    assert (result.exit_code, result.stderr) == (
        1,
        "line 2: row 1: controller_country: the column is missing or empty\n",
    )
    assert misused("clock", "--csv", "none.csv") == "none.csv: No such file or directory"


def test_retention_needs_no_settings(folder: Path) -> None:
    arguments = ("retention", "--country", "DE", "--date", "2026-11-22", "--record", "invoice")
    first, *_ = told(*arguments)
    assert (first["law"], first["kept until"]) == ("§ 14b UStG", "2034-12-31")
    assert "§ 14b UStG" in ran(*arguments)
    assert misused("retention", "--country", "XX") == "no periods are known for XX"


def tamper(house: Path, statement: str) -> None:
    engine = create_engine(f"sqlite:///{house / 'rightsdesk-data' / 'rightsdesk.db'}")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_the_journal_is_whole_until_somebody_touches_it(house: Path) -> None:
    ran("intake", mail(house, AUTO))
    printed = ran("journal", "verify")
    found = re.fullmatch(r"The journal is whole: 1 entries, head ([0-9a-f]{64})\n", printed)
    assert found
    assert ran("journal", "verify", "--head", found[1][:16]) == printed
    other = run("journal", "verify", "--head", "0" * 16)
    assert (other.exit_code, "entries were cut off" in " ".join(other.stderr.split())) == (1, True)
    tamper(house, "UPDATE journal SET actor = 'somebody'")
    result = run("journal", "verify")
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.match(r"The journal does not hold: entry 1 \(.*\) was changed, or one before it was\.", result.stderr)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("tickets",),
            "rightsdesk.toml does not exist: run `rightsdesk init` in this folder, or name it with --config.",
        ),
        (("tickets", "--config", "other.toml"), "other.toml does not exist: run `rightsdesk init` in this folder, or"),
        (("run",), "rightsdesk.toml does not exist: "),
        (("check",), "rightsdesk.toml does not exist: "),
    ],
)
def test_without_settings_the_remedy_is_told(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    assert misused(*arguments).startswith(says)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("clock", "R-22222"), "there is no ticket R-22222: see `rightsdesk tickets`"),
        (("clock", "--country", "XX"), "there is no holiday calendar for country 'XX'"),
        (("clock", "--country", "DE-XX"), "the holiday calendar of DE knows no region 'XX'"),
        (("release", "M-00000000"), "there is no quarantined mail M-00000000: see"),
        (("release", "M-"), "there is no quarantined mail M-: see"),
        (("run",), "[crm] url is not set: write the SQLAlchemy URL of the CRM database."),
        (("intake", "none.eml"), "Usage: "),
        (("clock", "--received", "soon"), "Usage: "),
        (("erase",), "Usage: "),
    ],
)
def test_a_misuse_is_one_clear_message(house: Path, arguments: tuple[str, ...], says: str) -> None:
    assert misused(*arguments).startswith(says)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("[imap]\nprt = 1", "rightsdesk.toml: [imap] prt is not a setting. Did you mean port?"),
        ("[store]\nurl = 'nonsense'", "[store] url"),
        ("[store]\nurl = 'postgresql://127.0.0.1:1/none'", "[store] url"),
        ("[store]\nurl = 'sqlite:////dev/null/x/store.db'", "/dev/null/x: Not a directory"),
        ("[crm]\nurl = 'sqlite:///crm.db'\nmap = 'none.yaml'", "none.yaml"),
    ],
)
def test_what_an_administrator_can_mend_is_told(house: Path, settings: str, says: str) -> None:
    (house / "rightsdesk.toml").write_text(settings, encoding="utf-8")
    assert says in misused("tickets")


def test_a_wrong_key_is_told(house: Path) -> None:
    ran("intake", mail(house, AUTO))
    key = house / "rightsdesk.key"
    key.chmod(0o644)
    assert "can be read by others: run `chmod 600" in misused("tickets")
    key.unlink()
    assert "does not exist: run `rightsdesk init`, or restore it from your backup" in misused("tickets")
    MasterKey.generate().write(key)
    assert misused("tickets").startswith("this store was made with another master key: put the right key file in place")


def test_check_says_what_is_off(house: Path) -> None:
    parts = {row["part"]: row["outcome"] for row in told("check")}
    assert parts == {"store": "ok", "CRM": "off", "IMAP": "off", "SMTP": "off", "Slack": "off"}
    assert "tables are up to date, the key fits" in ran("check")


def test_check_ends_with_one_if_something_is_wrong(house: Path) -> None:
    (house / "rightsdesk.toml").write_text("[smtp]\nhost = '127.0.0.1'\nport = 1\ntls = 'none'\n", encoding="utf-8")
    result = run("check", "--json")
    [smtp] = [row for row in json.loads(result.stdout) if row["part"] == "SMTP"]
    assert (result.exit_code, smtp["outcome"]) == (1, "problem")


def test_help_names_every_command(folder: Path) -> None:
    printed = ran("--help")
    for command in (
        "init",
        "check",
        "run",
        "demo",
        "classify",
        "intake",
        "tickets",
        "clock",
        "retention",
        "mails",
        "release",
        "journal",
    ):
        assert command in printed
    assert Settings().policy.approve == tuple(right for right in Right if right not in {"withdrawal", "objection"})
