"""The demonstration: mail server, CRM, Slack look-alike and the bot in one process, on a clock that can be moved."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy as email_policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr

from bot.app import App, running
from bot.demo import crm_sample
from bot.demo.crm_watch import CrmWatch
from bot.demo.mailserver import DemoMailServer
from bot.demo.page_world import (
    CommandHint,
    CrmChangeView,
    ExampleMail,
    MailboxView,
    MailView,
    PersonView,
    RequestView,
    TicketView,
    UnknownMailError,
)
from bot.demo.slack import Changes, SlackChannel, SlackLookalike, SlackUser
from bot.demo.story import INBOX, reply, scenes, write
from bot.settings import (
    ControllerSection,
    CrmSection,
    DpoSection,
    EngineSection,
    ImapSection,
    PortalSection,
    Settings,
    SlackSection,
    SmtpSection,
    StoreSection,
)
from bot.slack.words import Words
from handlers.tickets import Ticket
from nlp.recognise import SpacyRecogniser
from storage import queries
from storage.crypto import MasterKey

CHANNEL = "C0PRIVACY"
APPROVER, SECOND_APPROVER, AGENT, OUTSIDER = "U0DANA", "U0MAREK", "U0EVA", "U0TOM"
DPO = "dpo@shop.example"
BOT_TOKEN, APP_TOKEN, SIGNING_SECRET = "xoxb-demo", "xapp-demo", "demo-signing-secret"
MAIL_PASSWORD = "demo"  # noqa: S105  (of the embedded mail server)
STAFF = (
    SlackUser(APPROVER, "dana", "Dana Meyer (approver)", "dana@shop.example"),
    SlackUser(SECOND_APPROVER, "marek", "Marek Kos (approver)", "marek@shop.example"),
    SlackUser(AGENT, "eva", "Eva Lind (agent)", "eva@shop.example"),
    SlackUser(OUTSIDER, "tom", "Tom Reed (no role)", "tom@shop.example"),
)
LOOK_SECONDS = 0.5
TICKETS_SHOWN = 50


class DemoClock:
    """The time it is, and a bit later."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """Return the demonstration's moment."""
        return datetime.now(UTC) + self._ahead

    def advance(self, days: int) -> None:
        """Move forward."""
        self._ahead += timedelta(days=days)


def demo_settings(folder: Path, *, mail: DemoMailServer, slack: SlackLookalike, portal_port: int) -> Settings:
    """Return the settings of the demonstration: everything on loopback, everything in one folder."""
    host = DemoMailServer.host
    return Settings(
        controller=ControllerSection(name="Example Shop", address=INBOX, country="DE", timezone="Europe/Berlin"),
        imap=ImapSection(
            host=host,
            port=mail.imap_port,
            user=INBOX,
            password=SecretStr(MAIL_PASSWORD),
            tls="none",
            idle_seconds=10,  # the embedded server does not announce a mail that comes just before IDLE
            poll_seconds=1,
        ),
        smtp=SmtpSection(host=host, port=mail.smtp_port, tls="none", a_minute=1000),
        slack=SlackSection(
            mode="socket",
            channel=CHANNEL,
            approvers=(APPROVER, SECOND_APPROVER),
            agents=(AGENT,),
            bot_token=SecretStr(BOT_TOKEN),
            app_token=SecretStr(APP_TOKEN),
            api_url=slack.base_url,
        ),
        store=StoreSection(url=f"sqlite:///{folder / 'rightsdesk.db'}", key_file=folder / "rightsdesk.key"),
        engine=EngineSection(url=f"sqlite:///{folder / 'engine.db'}"),
        crm=CrmSection(url=f"sqlite:///{folder / 'crm.db'}", map=Path(__file__).with_name("crm.yaml")),
        portal=PortalSection(url=f"http://{host}:{portal_port}", host=host, port=portal_port),
        dpo=DpoSection(address=DPO),
    )


def free_port() -> int:
    """Return a free loopback port."""
    with socket.socket() as probe:
        probe.bind((DemoMailServer.host, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Parts:
    """The running parts."""

    app: App
    mail: DemoMailServer
    slack: SlackLookalike
    clock: DemoClock
    watch: CrmWatch


@asynccontextmanager
async def demonstration(folder: Path, *, recogniser: SpacyRecogniser | None = None) -> AsyncIterator["World"]:
    """Start everything in a folder, and stop it again."""
    clock = DemoClock()
    MasterKey.generate().write(folder / "rightsdesk.key")
    await asyncio.to_thread(crm_sample.build, f"sqlite:///{folder / 'crm.db'}", today=clock().date())
    slack_server = SlackLookalike(
        users=STAFF,
        channels=[SlackChannel(CHANNEL, "privacy")],
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        signing_secret=SIGNING_SECRET,
        clock=lambda: clock().timestamp(),
    )
    async with DemoMailServer(password=MAIL_PASSWORD, clock=clock) as mail, slack_server as slack:
        settings = demo_settings(folder, mail=mail, slack=slack, portal_port=free_port())
        async with running(settings, recogniser=recogniser, clock=clock) as app:
            await slack.connected()
            engine = sa.create_engine(settings.crm.url)
            world = World(Parts(app, mail, slack, clock, CrmWatch(engine, crm_sample.metadata)))
            looking = asyncio.create_task(world.look_around())
            try:
                yield world
            finally:
                looking.cancel()
                engine.dispose()


class World:
    """Keeps the promises of bot.demo.page_world.DemoWorld on the running parts."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.changes = Changes()
        self._addresses = dict.fromkeys([INBOX, DPO, *(scene.sender for scene in scenes())])
        self._seen = 0
        self._words = Words("en")
        self._tell_on_commit(asyncio.get_running_loop())

    def _tell_on_commit(self, loop: asyncio.AbstractEventLoop) -> None:
        wake: Callable[[], None] = self.parts.app.cases.on_commit

        def on_commit() -> None:
            wake()
            loop.call_soon_threadsafe(self.changes.tell)

        self.parts.app.cases.on_commit = on_commit

    async def look_around(self) -> None:
        """Notice new mail and changes in the CRM, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            count = sum([len(await self.parts.mail.messages(address)) for address in self._addresses])
            changed = await asyncio.to_thread(self.parts.watch.look, self.parts.clock())
            if changed or count != self._seen:
                self._seen = count
                self.changes.tell()

    @property
    def portal_url(self) -> str:
        """How the addresses of the bot's portal begin."""
        return f"{self.parts.app.settings.portal.url}/"

    async def now(self) -> datetime:
        """Return the demonstration's time."""
        return self.parts.clock()

    async def mailboxes(self) -> Sequence[MailboxView]:
        """Return the privacy inbox, the DPO's, and everyone's who wrote."""
        names = {INBOX: "Privacy inbox", DPO: "Data protection officer"}
        return [
            MailboxView(address, names.get(address, ""), tuple(await self._mails(address)))
            for address in self._addresses
        ]

    async def _mails(self, address: str) -> list[MailView]:
        return [_view(raw, address) for raw in reversed(await self.parts.mail.messages(address))]

    async def write_mail(self, sender: str, subject: str, body: str) -> None:
        """Send a mail to the company's privacy inbox."""
        self._addresses[sender] = None
        await self.send(write(sender, subject, body, now=self.parts.clock()))

    async def send(self, message: EmailMessage) -> None:
        """Hand a mail in over SMTP, as an outside sender would."""
        await self.parts.mail.deliver(message.as_bytes(policy=email_policy.SMTPUTF8), INBOX)
        self.changes.tell()

    async def reply(self, mail_id: str, body: str) -> None:
        """Answer a mail as its recipient. Raises UnknownMailError."""
        for address in self._addresses:
            for raw in await self.parts.mail.messages(address):
                if _mail_id(raw, address) == mail_id:
                    await self.send(reply(parse(raw), body, now=self.parts.clock()))
                    return
        raise UnknownMailError

    async def advance(self, days: int) -> None:
        """Let time pass a day at a time, and everything happen that falls due."""
        for _ in range(days):
            self.parts.clock.advance(1)
            await asyncio.to_thread(self.parts.app.tick)
        self.parts.app.engine.wake()
        self.changes.tell()

    async def tickets(self) -> Sequence[TicketView]:
        """Return the tickets, newest first."""
        return [self._ticket(ticket) for ticket in await asyncio.to_thread(self.newest)]

    def newest(self) -> list[Ticket]:
        """Return the tickets that were opened last."""
        cases = self.parts.app.cases
        with cases.store.unit(now=self.parts.clock()) as unit:
            return unit.tickets(queries.newest_tickets(limit=TICKETS_SHOWN))

    def _ticket(self, ticket: Ticket) -> TicketView:
        requests = tuple(
            RequestView(self._words(f"rights.{r.right}"), self._words(f"status.{r.status}")) for r in ticket.requests
        )
        return TicketView(
            reference=ticket.reference,
            state="closed" if ticket.closed_at else "open",
            requests=requests,
            received=ticket.clock.received_on,
            safe_date=ticket.clock.safe_date,
            last_date=ticket.clock.last_date,
            rule=ticket.clock.rule,
            is_open=ticket.closed_at is None,
        )

    async def crm_changes(self) -> Sequence[CrmChangeView]:
        """Return what changed in the CRM, newest first."""
        return self.parts.watch.changes

    def people(self) -> Sequence[PersonView]:
        """Return the people of the story."""
        return [PersonView(scene.sender, _name(scene.sender), scene.name) for scene in scenes()]

    def examples(self) -> Sequence[ExampleMail]:
        """Return the story's mails, to be sent again or changed."""
        return [ExampleMail(s.language, s.name, s.sender, s.subject, s.body) for s in scenes() if s.rights]

    def commands(self) -> Sequence[CommandHint]:
        """Return the slash commands to suggest."""
        lines = self._words("reply.help", grounds="…").strip().splitlines()
        parts = [line.strip("*").partition("*: ") for line in lines]
        return [CommandHint("/privacy", head.removeprefix("/privacy "), text) for head, _, text in parts]


def parse(raw: bytes) -> EmailMessage:
    """Return a mail of one of the demonstration's mailboxes."""
    return BytesParser(policy=email_policy.default).parsebytes(raw)


def _mail_id(raw: bytes, mailbox: str) -> str:
    return sha256(mailbox.encode() + raw).hexdigest()[:24]


def _view(raw: bytes, mailbox: str) -> MailView:
    message = parse(raw)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return MailView(
        id=_mail_id(raw, mailbox),
        sender=parseaddr(str(message["From"]))[1],
        recipient=parseaddr(str(message["To"]))[1],
        subject=str(message["Subject"] or ""),
        at=message["Date"].datetime if message["Date"] else datetime.now(UTC),
        text=text.get_content() if text else "",
        html=html.get_content() if html else "",
    )


def _name(address: str) -> str:
    return address.partition("@")[0].replace(".", " ").title()
