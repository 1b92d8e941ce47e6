"""`rightsdesk check`: each part ok, off, or a problem with its remedy; no password in any text."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.check import Finding, check
from bot.demo.crm_sample import build
from bot.demo.slack import SlackLookalike
from bot.settings import CrmSection, ImapSection, Settings, SlackSection, SmtpSection, StoreSection
from storage.crypto import MasterKey
from tests.people import NOW
from tests.slack_lookalike_fixture import APP_TOKEN, BOT_TOKEN, OFFICER, PRIVACY, SIGNING_SECRET

MAP = Path(__file__).parents[2] / "bot" / "demo" / "crm.yaml"
SECRET = "hunter2"


@pytest.fixture
def store(tmp_path: Path) -> StoreSection:
    """A store that can be opened."""
    key = tmp_path / "k.key"
    MasterKey(b"k" * 32).write(key)
    return StoreSection(url=f"sqlite:///{tmp_path / 'store.db'}", key_file=key)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken, but on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


async def found(settings: Settings, part: str) -> Finding:
    findings = await check(settings)
    assert [finding.part for finding in findings] == ["store", "CRM", "IMAP", "SMTP", "Slack"]
    assert not [finding for finding in findings if SECRET in finding.text]
    return next(finding for finding in findings if finding.part == part)


async def test_what_is_not_configured_is_off(store: StoreSection) -> None:
    findings = await check(Settings(store=store))
    assert [finding.outcome for finding in findings] == ["ok", "off", "off", "off", "off"]
    assert [finding.text.partition(" to use it")[0] for finding in findings[1:]] == [
        f"not configured: set {key}" for key in ("[crm] url", "[imap] host", "[smtp] host", "[slack] mode")
    ]


@pytest.mark.parametrize(
    ("url", "key", "says"),
    [
        ("sqlite:///{}/s.db", "none.key", "none.key does not exist: run `rightsdesk init`"),
        ("nonsense", "k.key", "[store] url = nonsense: ArgumentError. Is the server running, are user, password"),
        ("sqlite:////dev/null/x/s.db", "k.key", "Is the server running?"),
        (f"postgresql://desk:{SECRET}@127.0.0.1:1/none", "k.key", "[store] url = postgresql://…@127.0.0.1:1/none: "),
    ],
)
async def test_a_store_that_cannot_be_opened(
    tmp_path: Path, store: StoreSection, url: str, key: str, says: str
) -> None:
    settings = Settings(store=StoreSection(url=url.format(tmp_path), key_file=tmp_path / key))
    finding = await found(settings, "store")
    assert finding.outcome == "problem"
    assert says in finding.text


async def test_a_crm(tmp_path: Path, store: StoreSection) -> None:
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    build(url, people=5, today=NOW.date())
    ok = await found(Settings(store=store, crm=CrmSection(url=url, map=MAP)), "CRM")
    assert ok == Finding("CRM", "ok", "the data map fits the database")
    other = f"sqlite:///{tmp_path / 'other.db'}"
    (tmp_path / "other.db").touch()
    for settings in (CrmSection(url=other, map=MAP), CrmSection(url=url, map=tmp_path / "none.yaml")):
        finding = await found(Settings(store=store, crm=settings), "CRM")
        assert finding.outcome == "problem"
        assert finding.text.startswith(f"[crm] url = {settings.url}: ")


async def test_servers_that_do_not_answer(store: StoreSection, closed_port: int) -> None:
    settings = Settings(
        store=store,
        imap=ImapSection(host="127.0.0.1", port=closed_port, tls="none", user="u", password=SecretStr(SECRET)),
        smtp=SmtpSection(host="127.0.0.1", port=closed_port, tls="none", user="u", password=SecretStr(SECRET)),
        slack=SlackSection(mode="http", bot_token=SecretStr(SECRET), api_url=f"http://127.0.0.1:{closed_port}/"),
    )
    findings = {finding.part: finding for finding in await check(settings)}
    assert [findings[part].outcome for part in ("IMAP", "SMTP", "Slack")] == ["problem"] * 3
    assert "check host, port, tls, ca_file and folder" in findings["IMAP"].text
    assert "check host, port, tls and ca_file, then user and password" in findings["SMTP"].text
    assert "is api_url right?" in findings["Slack"].text
    assert SECRET not in repr(findings)


@pytest.fixture
async def slack() -> AsyncIterator[SlackLookalike]:
    async with SlackLookalike(
        users=[OFFICER], channels=[PRIVACY], bot_token=BOT_TOKEN, app_token=APP_TOKEN, signing_secret=SIGNING_SECRET
    ) as lookalike:
        yield lookalike


@pytest.mark.parametrize(
    ("changes", "outcome", "says"),
    [
        ({}, "ok", "tokens and channel are right"),
        ({"mode": "http"}, "ok", "tokens and channel are right"),
        ({"bot_token": "xoxb-wrong"}, "problem", "Slack says invalid_auth: check bot_token (xoxb-…) and app_token"),
        ({"app_token": "xapp-wrong"}, "problem", "Slack says invalid_auth: "),
        ({"channel": "C0NOWHERE"}, "problem", "Slack says channel_not_found: channel takes the channel's id (C…)"),
        ({"approvers": ()}, "problem", "[slack] approvers is empty: nobody could approve anything"),
        ({"mode": "http", "signing_secret": ""}, "problem", "[slack] signing_secret is not set: requests could not"),
    ],
)
async def test_slack(
    store: StoreSection, slack: SlackLookalike, changes: dict[str, object], outcome: str, says: str
) -> None:
    section = {
        "mode": "socket",
        "channel": PRIVACY.id,
        "approvers": (OFFICER.id,),
        "bot_token": BOT_TOKEN,
        "app_token": APP_TOKEN,
        "signing_secret": SIGNING_SECRET,
        "api_url": slack.base_url,
        **changes,
    }
    finding = await found(Settings(store=store, slack=SlackSection.model_validate(section)), "Slack")
    assert finding.outcome == outcome
    assert says in finding.text
