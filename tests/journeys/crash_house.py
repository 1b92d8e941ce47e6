"""What outlives a bot that is killed: mail server, Slack, CRM, store on disk, and the people, who try again."""

import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import pytest_asyncio

from bot.demo import crm_sample
from bot.demo.mailserver import DemoMailServer
from bot.demo.play import LINK
from bot.demo.slack import LookalikeError, SlackChannel, SlackLookalike
from bot.demo.story import INBOX, reply, write
from bot.demo.world import (
    APP_TOKEN,
    APPROVER,
    BOT_TOKEN,
    CHANNEL,
    MAIL_PASSWORD,
    SIGNING_SECRET,
    STAFF,
    free_port,
    parse,
)
from bot.slack.cards import APPROVE
from bot.typeset import JinjaTypesetter
from handlers.challenge import codes_in
from handlers.copy_files import as_json
from storage import journal
from storage.crm.desk import SqlCrm
from storage.crypto import MasterKey
from storage.store import Store
from tests.journeys.bot_process import ENDED, ORDERS, Order

EMMA = "emma.clarke@example.org"
COPY_LINK = re.compile(r"http://\S+/d/[\w-]+")
LIMIT_SECONDS = 40.0
LOOK_SECONDS = 0.05
MAP = Path(crm_sample.__file__).with_name("crm.yaml")

_SETTINGS = """
[controller]
name = "Example Shop"
address = "{inbox}"
[imap]
host = "{host}"
port = {imap_port}
user = "{inbox}"
password = "{password}"
tls = "none"
poll_seconds = 1
[smtp]
host = "{host}"
port = {smtp_port}
tls = "none"
a_minute = 1000
[slack]
mode = "socket"
channel = "{channel}"
approvers = ["{approver}"]
bot_token = "{bot_token}"
app_token = "{app_token}"
api_url = "{slack_url}"
[store]
url = "sqlite:///rightsdesk.db"
[engine]
url = "sqlite:///engine.db"
[crm]
url = "sqlite:///crm.db"
map = "{map}"
[portal]
url = "http://{host}:{portal_port}"
port = {portal_port}
[policy]
waiting_days = {waiting_days}
"""


@dataclass(frozen=True)
class Bot:
    """A bot that runs, or has ended; `ended` is its exit code, negative for a signal."""

    pid: int
    ended: "asyncio.Future[int]"

    async def kill(self) -> None:
        """End it without a word."""
        os.kill(self.pid, signal.SIGKILL)
        await self.ended


class Bots:
    """Starts bots, one at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last: Bot | None = None

    async def start(self, order: Order) -> Bot:
        """Start a bot; return when it runs, or has ended before it did."""
        assert self._process.stdin is not None
        self._process.stdin.write(ORDERS.dump_json(order) + b"\n")
        word, number = await self._line()
        ended: asyncio.Future[int]
        if word == ENDED:
            ended = asyncio.get_running_loop().create_future()
            ended.set_result(number)
        else:
            ended = asyncio.create_task(self._ending())
        self._last = Bot(0 if word == ENDED else number, ended)
        return self._last

    async def end(self) -> None:
        """Kill the bot that still runs."""
        if self._last is not None and not self._last.ended.done():
            await self._last.kill()

    async def _ending(self) -> int:
        _, number = await self._line()
        return number

    async def _line(self) -> tuple[str, int]:
        assert self._process.stdout is not None
        word, number = (await self._process.stdout.readline()).decode().split()
        return word, int(number)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bots() -> AsyncIterator[Bots]:
    """The process that bots are forked from."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        Path(__file__).with_name("bot_process.py"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    bots = Bots(process)
    yield bots
    await bots.end()
    process.kill()
    await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sample_crm(tmp_path_factory: object) -> Path:
    """A CRM database to be copied, made once."""
    path: Path = tmp_path_factory.mktemp("crm") / "crm.db"  # type: ignore[attr-defined]  # pytest.TempPathFactory
    crm_sample.build(f"sqlite:///{path}", people=30, today=datetime.now(UTC).date())
    return path


@dataclass
class House:
    """The servers and files round the bot, and the people; Emma is on file."""

    folder: Path
    mail: DemoMailServer
    slack: SlackLookalike
    bots: Bots
    clicked: set[str] = field(default_factory=set)
    confirmed: bool = False
    by_code: bool = False

    async def start(self, **order: object) -> Bot:
        """Start the bot."""
        self.clicked.clear()  # whoever sees that nothing happened clicks again
        return await self.bots.start(Order(str(self.folder / "rightsdesk.toml"), **order))  # type: ignore[arg-type]

    async def write(self, subject: str, body: str) -> None:
        """Let Emma write a mail."""
        await self._send(write(EMMA, subject, body, now=datetime.now(UTC)))

    async def _send(self, message: EmailMessage) -> None:
        await self.mail.deliver(message.as_bytes(), INBOX)

    async def letters(self) -> list[EmailMessage]:
        """Return what Emma got."""
        return [parse(raw) for raw in await self.mail.messages(EMMA)]

    async def play(self, bot: Bot, *, until: Callable[[], bool]) -> None:
        """Let the people do what they would do, until it is so; raises TimeoutError."""
        async with asyncio.timeout(LIMIT_SECONDS):
            while not until():
                await self._confirm()
                await self._approve()
                await asyncio.sleep(LOOK_SECONDS)

    async def _confirm(self) -> None:
        """Answer the challenge, once it is there, until the bot has taken it."""
        challenge = next((one for one in await self.letters() if LINK.search(text_of(one))), None)
        if challenge is None or self.confirmed:
            return
        if self.by_code:
            code = codes_in(text_of(challenge))[0]
            await self._send(reply(challenge, code, now=datetime.now(UTC)))
            self.confirmed = True
            return
        try:
            async with aiohttp.ClientSession() as session, session.post(LINK.findall(text_of(challenge))[0]) as done:
                # 410: it was taken just before the bot died.
                self.confirmed = done.status in {200, 410}
        except aiohttp.ClientError:
            return

    async def _approve(self) -> None:
        """Use the button once it is there."""
        for message in self.slack.state.messages.get(CHANNEL, ()):
            elements = [element for block in message.blocks for element in block.get("elements", [])]
            button = next((element for element in elements if element.get("action_id") == APPROVE), None)
            if button is None or button["value"] in self.clicked:
                continue
            try:
                await self.slack.click(APPROVER, CHANNEL, message.ts, APPROVE)
            except LookalikeError:
                continue
            self.clicked.add(button["value"])

    def is_waiting(self) -> bool:
        """Is an erasure waiting for its day, and nothing else under way?"""
        return bool(self._count("requests WHERE status = 'waiting'")) and self._is_quiet()

    def is_over(self) -> bool:
        """Is every ticket answered, and nothing under way?"""
        return (
            bool(self._count("tickets")) and not self._count("tickets WHERE answered_at IS NULL") and self._is_quiet()
        )

    def _is_quiet(self) -> bool:
        unsent = self._count("letters WHERE state <> 'sent'") + self._count("cards WHERE state <> 'sent'")
        live = self._count("workflow_status WHERE status IN ('PENDING', 'ENQUEUED')", database="engine.db")
        return not (unsent or live or self._count("mails WHERE state = 'new'"))

    def _count(self, what: str, *, database: str = "rightsdesk.db") -> int:
        return int(self.rows(f"SELECT count(*) FROM {what}", database=database)[0][0])  # noqa: S608  (our own words)

    def rows(self, query: str, *, database: str = "rightsdesk.db") -> list[tuple[Any, ...]]:
        """Return the rows of a query, none if the database is not made yet."""
        with closing(sqlite3.connect(self.folder / database, timeout=10)) as connection:
            try:
                return connection.execute(query).fetchall()
            except sqlite3.OperationalError as problem:
                if "no such table" not in str(problem):
                    raise
                return [(0,)]

    async def arrived_unnoted(self) -> set[str]:
        """Return the Message-IDs of letters that Emma has but of which the bot does not know that they left."""
        unnoted = {str(row[0]) for row in self.rows("SELECT id FROM letters WHERE state = 'sending'")}
        return {one["Message-ID"] for one in await self.letters() if letter_id(one) in unnoted}

    async def ending(self) -> "Ending":
        """Return how it ended."""
        kinds = {str(row[0]): str(row[1]) for row in self.rows("SELECT id, kind FROM letters")}
        arrived = Counter(letter_id(one) for one in await self.letters())
        topics = Counter(str(one.metadata["event_payload"]["topic"]) for one in self.slack.state.messages[CHANNEL])
        executed = self.rows("SELECT reference, data ->> 'right' FROM journal WHERE event = 'carried_out'")
        return Ending(
            tickets=self._count("tickets"),
            executed=Counter(str(right) for _, right in executed),
            letters=Counter(kinds[one] for one in arrived),
            cards_twice=[topic for topic, count in topics.items() if count > 1],
            ticket_cards=sum(topic.startswith("ticket:") for topic in topics),
            journal_problem=self._journal_problem(),
        )

    def _journal_problem(self) -> str:
        master = MasterKey.read(self.folder / "rightsdesk.key")
        store = Store.open(f"sqlite:///{self.folder / 'rightsdesk.db'}", master, JinjaTypesetter())
        with closing(store), store.database.read() as connection:
            return journal.verify(connection, store.keyring.journal).problem

    async def fetched_copy(self) -> object:
        """Return the tables of the copy that the answer links to."""
        url = next(found.group() for one in await self.letters() if (found := COPY_LINK.search(text_of(one))))
        async with aiohttp.ClientSession() as session, session.get(f"{url}/json") as response:
            return (await response.json())["tables"]

    async def repeated(self) -> set[str]:
        """Return the Message-IDs that Emma got more than once."""
        counted = Counter(one["Message-ID"] for one in await self.letters())
        return {message_id for message_id, count in counted.items() if count > 1}


@dataclass(frozen=True)
class Ending:
    """What is to be so at the end of a story, however often the bot was killed on the way."""

    tickets: int
    executed: Counter[str]  # entries in the journal, by right
    letters: Counter[str]  # different Message-IDs in Emma's mailbox, by kind
    cards_twice: list[str]
    ticket_cards: int
    journal_problem: str


def text_of(letter: EmailMessage) -> str:
    """Return a letter's plain text."""
    body = letter.get_body(("plain",))
    return str(body.get_content()) if body else ""


def letter_id(letter: EmailMessage) -> str:
    """Return the id under which the store knows a letter."""
    return str(letter["Message-ID"]).strip("<>").partition("@")[0]


def copy_of_emma(sample: Path) -> object:
    """Return the tables of the copy that Emma has a right to."""
    crm = SqlCrm.open(f"sqlite:///{sample}", MAP)
    (emma,) = crm.find_by_email(EMMA)
    copy = json.loads(as_json(crm.collect(emma.key), language="en"))["tables"]
    crm.close()
    return copy


CrmRows = dict[str, list[tuple[object, ...]]]


def crm_rows(path: Path) -> CrmRows:
    """Return every row of the CRM; the number of an erased customer, which is drawn at random, is left out."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE customers SET customer_number = '' WHERE erased")
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in tables}  # noqa: S608


def crm_without_emma(sample: Path, folder: Path) -> CrmRows:
    """Return the rows of a CRM from which Emma was erased once, without any bot."""
    path = folder / "reference.db"
    shutil.copy(sample, path)
    crm, today = SqlCrm.open(f"sqlite:///{path}", MAP), datetime.now(UTC).date()
    (emma,) = crm.find_by_email(EMMA)
    crm.delete(emma.key, crm.plan_deletion(emma.key, today=today), today=today, resumed=False)
    crm.close()
    return crm_rows(path)


@asynccontextmanager
async def furnished(folder: Path, *, bots: Bots, sample_crm: Path, waiting_days: int = 0) -> AsyncIterator[House]:
    """Yield a house without a bot; a bot that still runs at the end is killed."""
    shutil.copy(sample_crm, folder / "crm.db")
    MasterKey.generate().write(folder / "rightsdesk.key")
    slack_server = SlackLookalike(
        users=STAFF,
        channels=[SlackChannel(CHANNEL, "privacy")],
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        signing_secret=SIGNING_SECRET,
    )
    async with DemoMailServer(password=MAIL_PASSWORD) as mail, slack_server as slack:
        write_settings(folder, mail=mail, slack=slack, waiting_days=waiting_days)
        try:
            yield House(folder, mail, slack, bots)
        finally:
            await bots.end()


def write_settings(folder: Path, *, mail: DemoMailServer, slack: SlackLookalike, waiting_days: int) -> None:
    """Write the settings file of a bot between these servers."""
    text = _SETTINGS.format(
        host=DemoMailServer.host,
        inbox=INBOX,
        imap_port=mail.imap_port,
        smtp_port=mail.smtp_port,
        password=MAIL_PASSWORD,
        channel=CHANNEL,
        approver=APPROVER,
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        slack_url=slack.base_url,
        map=MAP,
        portal_port=free_port(),
        waiting_days=waiting_days,
    )
    (folder / "rightsdesk.toml").write_text(text, encoding="utf-8")
