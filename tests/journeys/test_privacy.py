"""Mails are played through, and then their contents are looked for everywhere they must not be."""

import asyncio
import json
import logging
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bot import logs
from bot.demo import crm_sample
from bot.demo.play import LINK
from bot.demo.story import reply, write
from bot.demo.world import AGENT, APPROVER, CHANNEL, World, demonstration, parse
from bot.slack.cards import APPROVE, NOTHING_FOUND
from handlers.challenge import codes_in
from tests.journeys.leaks import leaks, words_of
from tests.journeys.quiet import quiet

pytestmark = pytest.mark.slow

# Shorter runs of words stand in our own texts too.
WORDS_IN_A_ROW = 4
WRONG_CODE = "314159"
WAITING_DAYS = 4
URL_TOKEN = re.compile(r"/[cxd]/([\w-]{16,})")

EMMA, PETER, JONAS = "emma.clarke@example.org", "peter.novak@example.org", "jonas.weber@example.org"
OLIVER = "oliver.hughes@example.org"
STRANGER, LISTED = "sigrid.unbekannt@elsewhere.example", "waldemar.listig@elsewhere.example"

COPY_OF_DATA = "Hello,\n\nplease send me a copy of all the personal data you hold about me.\n{more}"
DELETE_ALL = "Hello,\n\nplease delete all the personal data that you hold about me.\n\n{name}"
MAILS = {
    EMMA: (
        "Quillfeather papers",
        COPY_OF_DATA.format(more="I ask because of the quarrel at the Quillfeather branch.\n\nEmma Clarke"),
    ),
    PETER: (
        "Vymazanie údajov, Malinovského chata",
        "Dobrý deň,\n\nprosím o vymazanie všetkých mojich osobných údajov.\n\nPeter Novák",
    ),
    JONAS: (
        "Umzug nach Lindenthal",
        "Guten Tag,\n\nmeine neue Adresse ist Tulpenstieg 77, 10115 Berlin. Bitte ändern Sie das.\n\nJonas Weber",
    ),
    OLIVER: (
        "Zebra hotline",
        COPY_OF_DATA.format(more="Your zebra hotline never called back.\n\nOliver Hughes"),
    ),
    STRANGER: ("Erase my data, greenhouse parcel", DELETE_ALL.format(name="Sigrid Unbekannt")),
    LISTED: ("Through the allotment list", DELETE_ALL.format(name="Waldemar Listig")),
}
HEADERS = {LISTED: {"List-Id": "<gardeners.elsewhere.example>"}}
NAMES = ("Emma Clarke", "Peter Novák", "Jonas Weber", "Oliver Hughes", "Sigrid Unbekannt", "Waldemar Listig")


@dataclass
class Played:
    """What was seen while the mails were played through."""

    folder: Path
    slack: list[str] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)  # the answers to /privacy show
    secrets: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    log: str = ""


@contextmanager
def captured_log() -> Iterator[list[str]]:
    """Collect what `rightsdesk run -v` would log, of our own loggers even the debug events."""
    lines: list[str] = []
    handler = _Lines(lines)
    listened_to = [logging.getLogger(), logging.getLogger("dbos")]  # the engine's passes nothing on to the root
    levels = {name: logging.getLogger(name).level for name in ("", *logs.OWN)}
    logs.set_up(verbose=True)
    for name in logs.OWN:
        logging.getLogger(name).setLevel(logging.DEBUG)
    for logger in listened_to:
        logger.addHandler(handler)
    try:
        yield lines
    finally:
        for logger in listened_to:
            logger.removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter(logs.FORMAT))
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Play the mails through once; look at what was left by it in many tests."""
    played = Played(tmp_path_factory.mktemp("played"))
    with captured_log() as lines:
        asyncio.run(_play(played))
    played.log = "\n".join(lines)
    return played


async def _play(played: Played) -> None:
    async with demonstration(played.folder) as world:
        played.secrets |= _from_mails() | await asyncio.to_thread(_from_crm, played.folder)
        await _send_all(world)
        await quiet(world, kept=len(MAILS))
        await _answer_challenges(world)
        await _show_and_decide(world, played)
        await _finish(world)
        letters = [_text(parse(raw)) for address in MAILS for raw in await world.parts.mail.messages(address)]
        played.tokens |= {token for letter in letters for token in URL_TOKEN.findall(letter)}
        played.secrets |= played.tokens | _codes_in(letters)
        played.slack = [payload for payload in world.parts.slack.payloads if not _is_shown(payload, played.shown)]
        _copy_files_of_running_bot(played.folder)


async def _send_all(world: World) -> None:
    for sender, (subject, body) in MAILS.items():
        headers = HEADERS.get(sender, {})
        await world.send(write(sender, subject, body, now=world.parts.clock(), headers=headers))


async def _answer_challenges(world: World) -> None:
    """Emma sends the code, Peter and Jonas use the link, Oliver guesses wrongly until it is too late."""
    challenge = await _challenge(world, EMMA)
    await world.send(reply(challenge, codes_in(_text(challenge))[0], now=world.parts.clock()))
    for address in (PETER, JONAS):
        async with aiohttp.ClientSession() as session:
            (await session.post(LINK.findall(_text(await _challenge(world, address)))[0])).raise_for_status()
    for count in range(1, 4):
        await world.send(reply(await _challenge(world, OLIVER), WRONG_CODE, now=world.parts.clock()))
        await quiet(world, kept=len(MAILS) + 1 + count)


async def _show_and_decide(world: World, played: Played) -> None:
    slack = world.parts.slack
    references = {ticket.requester.address: ticket.reference for ticket in world.newest()}
    for address in (EMMA, OLIVER):
        shown = await slack.command(AGENT, CHANNEL, "/privacy", f"show {references[address]}")
        assert address in shown.text  # so the exemption below is of the right answers
        played.shown.add(shown.text)
    await slack.command(AGENT, CHANNEL, "/privacy", "list")
    for message in slack.state.messages[CHANNEL]:
        buttons = {element.get("action_id") for block in message.blocks for element in block.get("elements", [])}
        for action in buttons & {APPROVE, NOTHING_FOUND}:
            await slack.click(APPROVER, CHANNEL, message.ts, action, answers=1)


async def _finish(world: World) -> None:
    kept = len(MAILS) + 4
    await quiet(world, kept=kept)
    await world.advance(WAITING_DAYS)
    await quiet(world, kept=kept)


async def _challenge(world: World, address: str) -> EmailMessage:
    letters = [parse(raw) for raw in await world.parts.mail.messages(address)]
    return next(letter for letter in letters if LINK.search(_text(letter)))


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return str(body.get_content()) if body else ""


def _is_shown(payload: str, shown: Iterable[str]) -> bool:
    """Is this an answer to /privacy show, which only the one who asked can see?"""
    sent = json.loads(payload)
    is_ephemeral = sent["body"].get("response_type", "ephemeral") == "ephemeral"
    return sent["method"] == "response_url" and is_ephemeral and sent["body"].get("text") in set(shown)


def _from_mails() -> set[str]:
    found = {WRONG_CODE, *NAMES, *(name.split()[1] for name in NAMES)}
    for address, (subject, body) in MAILS.items():
        found |= {address, address.partition("@")[0], subject} | words_of(body, run=WORDS_IN_A_ROW)
    return found


def _from_crm(folder: Path) -> set[str]:
    """Return what the CRM holds about those who wrote, before anything is changed there."""
    engine = sa.create_engine(f"sqlite:///{folder / 'crm.db'}")
    customers, addresses, notes = crm_sample.customers, crm_sample.addresses, crm_sample.notes
    with engine.connect() as connection:
        mine = customers.c.email.in_(MAILS)
        columns = (customers.c.customer_number, customers.c.phone, customers.c.iban, customers.c.last_name)
        rows = [*connection.execute(sa.select(*columns).where(mine))]
        for table, column in ((addresses, addresses.c.street), (notes, notes.c.body)):
            rows += connection.execute(sa.select(column).select_from(table.join(customers)).where(mine))
    engine.dispose()
    return {str(value) for row in rows for value in row if value}


def _codes_in(letters: Iterable[str]) -> set[str]:
    """Return the codes of the challenges, as they are typed and as they are printed."""
    codes = {code for letter in letters if LINK.search(letter) for code in codes_in(letter)}
    return codes | {f"{code[:3]} {code[3:]}" for code in codes}


def _copy_files_of_running_bot(folder: Path) -> None:
    """Keep the files as they lie while the bot runs: on closing, -wal and -shm are tidied away."""
    for path in [*folder.glob("rightsdesk.db*"), *folder.glob("engine.db*")]:
        (folder / f"copy-{path.name}").write_bytes(path.read_bytes())


def test_stories_were_played_to_the_end(played: Played) -> None:
    with closing(sqlite3.connect(played.folder / "rightsdesk.db")) as connection:
        mails = connection.execute("SELECT state, reason, count(*) FROM mails GROUP BY 1, 2 ORDER BY 1, 2").fetchall()
        requests = connection.execute('SELECT "right", status, count(*) FROM requests GROUP BY 1, 2 ORDER BY 1, 2')
        assert mails == [("joined", "", 4), ("quarantined", "mailing_list", 1), ("ticket", "", 5)]
        assert requests.fetchall() == [
            ("access", "answered", 1),
            ("access", "triage", 1),
            ("correction", "answered", 1),
            ("deletion", "answered", 2),
        ]


def test_values_looked_for_are_those_of_the_stories(played: Played) -> None:
    kinds = {"Quillfeather papers", "emma.clarke", "Tulpenstieg 77, 10115 Berlin.", "K-10001", WRONG_CODE}
    assert kinds <= played.secrets
    assert len(played.tokens) == 6  # four challenges, a cancellation, a copy
    assert played.tokens < played.secrets
    assert all(len(secret) > 4 for secret in played.secrets)  # shorter ones would be found by chance


def test_log_names_nobody(played: Played) -> None:
    assert "mailbox_connected" in played.log
    assert leaks(played.log.encode(), played.secrets) == []


def test_slack_is_told_nothing(played: Played) -> None:
    assert any('"chat.postMessage"' in payload for payload in played.slack)
    assert any('"chat.update"' in payload for payload in played.slack)
    assert leaks("\n".join(played.slack).encode(), played.secrets) == []


@pytest.mark.parametrize("file", ["rightsdesk.db", "engine.db"])
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_files_hold_nothing_in_clear(played: Played, file: str, suffix: str) -> None:
    data = (played.folder / f"copy-{file}{suffix}").read_bytes()
    assert data
    assert leaks(data, played.secrets) == []


@pytest.mark.parametrize("file", ["rightsdesk.db", "engine.db"])
def test_tables_hold_nothing_in_clear(played: Played, file: str) -> None:
    dumped = dict(_columns(played.folder / file))
    assert dumped
    assert {place: found for place, data in dumped.items() if (found := leaks(data, played.secrets))} == {}


def test_journal_holds_events_and_no_identities(played: Played) -> None:
    with closing(sqlite3.connect(played.folder / "rightsdesk.db")) as connection:
        rows = connection.execute("SELECT event, reference, actor, data FROM journal").fetchall()
    assert {"opened", "identity.wrong", "carried_out", "letter.sent", "mail.quarantined", "shown"} <= {
        r[0] for r in rows
    }
    assert leaks("\n".join(map(str, rows)).encode(), played.secrets) == []


def _columns(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the contents of every column of every table, by its name."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            for column in columns:
                values = connection.execute(f'SELECT CAST("{column}" AS BLOB) FROM "{table}"')  # noqa: S608
                yield f"{table}.{column}", b"\n".join(value or b"" for (value,) in values)
