"""Settings: whatever is wrong, the message names the place, the key and the remedy; nothing wrong is taken."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.settings import LANGUAGES, Settings, SettingsProblem, load
from handlers.law.authorities import authority_of
from handlers.policy import Authority
from handlers.rights import STOP_RIGHTS, Right


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file that is empty: everything has a default."""
    path = tmp_path / "rightsdesk.toml"
    path.write_text("", encoding="utf-8")
    return path


def problem(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsProblem) as raised:
        load(path)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[imap]\npasword = 'x'", r"\[imap\] pasword is not a setting\. Did you mean password\?"),
        ("[imap]\nqqq = 1", r"\[imap\] qqq is not a setting\. Known here: host, port, user, .*silence_hours\."),
        ("[impa]\nhost = 'x'", r"\[impa\] is not a setting\. Did you mean imap\?"),
        ("qqqqqq = 1", r"\[qqqqqq\] is not a setting\. Known here: controller, imap, .*dpo\."),
        ("imap = 1", r"\[imap\]: Input should be "),
        ("[imap]\nport = 'many'", r"\[imap\] port: Input should be a valid integer, .*\."),
        ("[imap]\nport = 70000", r"\[imap\] port: Input should be less than or equal to 65535\."),
        ("[imap]\nidle_seconds = 3600", r"\[imap\] idle_seconds: Input should be less than or equal to 300\."),
        ("[imap]\ntls = 'starttls'", r"\[imap\] tls: Input should be 'implicit' or 'none'\."),
        ("[smtp]\ntls = 'ssl'", r"\[smtp\] tls: Input should be 'implicit', 'starttls' or 'none'\."),
        ("[smtp]\na_minute = 0", r"\[smtp\] a_minute: Input should be greater than or equal to 1\."),
        ("[slack]\nmode = 'on'", r"\[slack\] mode: Input should be 'off', 'socket' or 'http'\."),
        ("[slack]\napprovers = 'U1'", r"\[slack\] approvers: Input should be a valid tuple\."),
        ("[slack]\nlanguage = 'fr'", r"\[slack\] language: there are no texts in 'fr'; write one of en, de, pl, sk\."),
        ("[dpo]\nlanguage = 'xx'", r"\[dpo\] language: there are no texts in 'xx'; write one of en, de, pl, sk\."),
        ("[controller]\nlanguage = ''", r"\[controller\] language: there are no texts in ''; write one of "),
        (
            "[controller]\ntimezone = 'Berlin'",
            r"\[controller\] timezone: there is no time zone 'Berlin'; write one such as Europe/Berlin\.",
        ),
        ("[controller]\ntimezone = '../etc'", r"\[controller\] timezone: there is no time zone '\.\./etc'; "),
        (
            "[controller]\ncountry = 'Germany'",
            r"\[controller\] country: there is no country 'Germany'; write two capital letters such as DE\.",
        ),
        ("[controller]\ncountry = 'de'", r"\[controller\] country: there is no country 'de'; "),
        (
            "[controller]\ncountry = 'JP'",
            r"\[controller\]: no authority is known for JP; set authority_name and authority_web\.",
        ),
        (
            "[controller]\naddress = 'privacy'",
            r"\[controller\] address: write the e-mail address of the privacy inbox\.",
        ),
        ("[policy]\napprove = ['erasure']", r"\[policy\] approve: Input should be 'access', 'portability', "),
        ("[policy]\nwaiting_days = 30", r"\[policy\] waiting_days: Input should be less than or equal to 14\."),
        ("[policy]\nchallenge_tries = 0", r"\[policy\] challenge_tries: Input should be greater than or equal to 1\."),
        ("[policy]\ncopy_days = 0", r"\[policy\] copy_days: "),
        ("[portal]\nport = -1", r"\[portal\] port: Input should be greater than or equal to 0\."),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(file: Path, text: str, says: str) -> None:
    assert re.match(re.escape(f"{file}: ") + says, problem(file, text))


def test_all_problems_are_told_at_once_a_line_each(file: Path) -> None:
    lines = problem(file, "[imap]\nport = 0\nhots = 'x'\n[controller]\ncountry = 'XX'").splitlines()
    assert sorted(line.removeprefix(f"{file}: ").partition(" is")[0].partition(":")[0] for line in lines) == [
        "[controller] country",
        "[imap] hots",
        "[imap] port",
    ]


def test_what_is_no_toml_is_said_with_its_line(file: Path) -> None:
    assert re.match(rf"{re.escape(str(file))} is not valid TOML: .*line 2", problem(file, "[imap]\nhost =\n"))


def test_a_missing_file_is_said_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem, match=r"none\.toml does not exist: run `rightsdesk init` in this folder, or"):
        load(tmp_path / "none.toml")


def test_a_secret_is_never_in_a_message_or_in_the_settings_text(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTSDESK_IMAP__PASSWORD", "hunter2")
    monkeypatch.setenv("RIGHTSDESK_SLACK__BOT_TOKEN", "xoxb-hunter2")
    settings = load(file)
    assert (settings.imap.secret, settings.slack.bot) == ("hunter2", "xoxb-hunter2")
    assert "hunter2" not in f"{settings!r} {settings}"
    assert "hunter2" not in problem(file, "[smtp]\npassword = {hunter2 = 'hunter2'}")


def test_the_environment_goes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("[imap]\nhost = 'file.example'\nport = 1993\n", encoding="utf-8")
    monkeypatch.setenv("RIGHTSDESK_IMAP__HOST", "env.example")
    monkeypatch.setenv("RIGHTSDESK_POLICY__REMINDER_DAYS", "[5, 2]")
    settings = load(file)
    assert (settings.imap.host, settings.imap.port, settings.policy.reminder_days) == ("env.example", 1993, (5, 2))


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("RIGHTSDESK_IMAP__PORT", "many", r"\[imap\] port: Input should be a valid integer, "),
        ("RIGHTSDESK_IMAP__PASWORD", "x", r"\[imap\] pasword is not a setting\. Did you mean password\?"),
    ],
)
def test_a_wrong_variable_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsProblem, match=rf"^environment variable {variable}: {says}"):
        load(file)


@pytest.mark.parametrize(
    ("section", "key", "attribute"),
    [
        ("imap", "password_file", "secret"),
        ("smtp", "password_file", "secret"),
        ("slack", "bot_token_file", "bot"),
        ("slack", "app_token_file", "app"),
        ("slack", "signing_secret_file", "signing"),
    ],
)
def test_a_secret_may_lie_in_a_file_of_its_own(file: Path, section: str, key: str, attribute: str) -> None:
    file.write_text(f"[{section}]\n{key} = 'own.secret'\n", encoding="utf-8")
    settings = load(file)
    with pytest.raises(
        SettingsProblem, match=r"own\.secret cannot be read: No such file or directory\. It should hold"
    ):
        getattr(getattr(settings, section), attribute)
    (file.parent / "own.secret").write_text("hunter2\n", encoding="utf-8")
    assert getattr(getattr(settings, section), attribute) == "hunter2"


def test_paths_count_from_the_files_folder(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    file.write_text("[crm]\nmap = 'maps/crm.yaml'\n[imap]\nca_file = '/etc/ca.pem'\n", encoding="utf-8")
    settings, folder = load(file), file.parent
    assert settings.store.url == f"sqlite:///{folder}/rightsdesk-data/rightsdesk.db"
    assert settings.engine.url == f"sqlite:///{folder}/rightsdesk-data/engine.db"
    assert settings.store.key_file == folder / "rightsdesk.key"
    assert settings.crm.map == folder / "maps" / "crm.yaml"
    assert settings.imap.ca_file == Path("/etc/ca.pem")
    assert settings.portal.url == "http://127.0.0.1:8025"


@pytest.mark.parametrize("url", ["postgresql://user@host/name", "sqlite:////var/lib/store.db"])
def test_other_urls_stay_as_they_are(file: Path, url: str) -> None:
    file.write_text(f"[store]\nurl = '{url}'\n", encoding="utf-8")
    assert load(file).store.url == url


def test_the_policy_is_what_the_settings_say(file: Path) -> None:
    file.write_text(
        """
        [controller]
        name = "Sklep"
        address = "RODO@Sklep.Example"
        country = "PL"
        timezone = "Europe/Warsaw"
        language = "pl"
        third_countries = ["United States"]
        safeguards = { pl = "standardowe klauzule umowne" }
        automated_decisions = true
        automated_logic = { pl = "zaległości obniżają ocenę" }
        [imap]
        authserv_id = "mx.sklep.example"
        [policy]
        approve = ["deletion"]
        waiting_days = 0
        reminder_days = []
        max_megabytes = 1
        [portal]
        url = "https://portal.sklep.example"
        """,
        encoding="utf-8",
    )
    policy = load(file).to_policy()
    seat = policy.controller
    assert (seat.name, seat.address, seat.country, seat.zone) == (
        "Sklep",
        "rodo@sklep.example",
        "PL",
        ZoneInfo("Europe/Warsaw"),
    )
    assert (seat.authority, seat.third_countries, seat.automated_decisions) == (
        authority_of("PL"),
        ("United States",),
        True,
    )
    assert (seat.safeguards, seat.automated_logic) == (
        {"pl": "standardowe klauzule umowne"},
        {"pl": "zaległości obniżają ocenę"},
    )
    assert (policy.languages, policy.default_language) == (LANGUAGES, "pl")
    assert (policy.approvals, policy.waiting_days, policy.reminder_days) == (frozenset({Right.DELETION}), 0, ())
    assert (policy.own_addresses, policy.message_id_domain) == (
        frozenset({"rodo@sklep.example"}),
        "rightsdesk.sklep.example",
    )
    assert (policy.authserv_id, policy.max_bytes) == ("mx.sklep.example", 1_048_576)
    assert policy.url("d", "t0k") == "https://portal.sklep.example/d/t0k"


def test_an_authority_may_be_named(file: Path) -> None:
    file.write_text("[controller]\ncountry = 'JP'\nauthority_name = 'PPC'\nauthority_web = 'https://ppc.example'\n")
    assert load(file).to_policy().controller.authority == Authority("PPC", "https://ppc.example")


def test_without_settings_everything_but_a_stop_needs_approval() -> None:
    assert Settings().to_policy().approvals == frozenset(Right) - STOP_RIGHTS


def test_a_list_in_the_environment_is_json(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTSDESK_SLACK__APPROVERS", "U1,U2")
    with pytest.raises(SettingsProblem, match=r"RIGHTSDESK_SLACK__APPROVERS: a list is written as JSON"):
        load(file)
