"""The one place that wires settings, store, recogniser, CRM, doors and engine."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.cases import Cases
from bot.clock import reckon_anew, silence_card, tick
from bot.due_erasures import DueErasures
from bot.lifting import lift_due
from bot.mailbox import Incoming, Mailbox, MailboxSettings
from bot.outbox import Outbox
from bot.portal.server import Portal
from bot.settings import Settings, SettingsProblem
from bot.slack.app import SlackPoster, make_app, make_client
from bot.slack.commands import Commands
from bot.slack.staff import StaffList
from bot.slack.words import Words
from bot.smtp import SmtpSettings, SmtpTransport
from bot.typeset import JinjaTypesetter
from bot.work import Engine
from handlers.desk import Desk
from handlers.ports import Crm, Recogniser
from nlp.recognise import SpacyRecogniser
from storage import notes
from storage.changes import StoredChanges
from storage.crm.databases import open_databases
from storage.crypto import MasterKey
from storage.store import Store
from storage.work import Kind

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
SLACK_PATH = "/slack/events"


def utc_now() -> datetime:
    """Return the moment it is."""
    return datetime.now(UTC)


def open_store(settings: Settings) -> Store:
    """Open Rightsdesk's own store. Raises KeyProblem, StoreProblem."""
    return Store.open(settings.store.url, MasterKey.read(settings.store.key_file), JinjaTypesetter())


def open_crm(settings: Settings, store: Store | None = None, *, clock: Clock = utc_now) -> Crm:
    """Open the CRM database; the store logs what is written there and knows which notes were released.

    Raises SettingsProblem if none is configured, CrmError if the map is wrong.
    """
    urls = settings.crm.databases
    if not urls:
        raise SettingsProblem("[crm] url is not set: write the SQLAlchemy URL of the CRM database.")
    if store is None:
        return open_databases(urls, settings.crm.map)
    gate = notes.gate(store.database, store.keyring)
    return open_databases(urls, settings.crm.map, gate=gate, log=change_log(store, clock=clock))


def change_log(store: Store, *, clock: Clock = utc_now) -> StoredChanges:
    """Return the log of what is written into the CRM."""
    return StoredChanges(store.database, store.keyring, clock=clock)


def mailbox_settings(settings: Settings) -> MailboxSettings:
    """Return how the privacy inbox is read."""
    imap = settings.imap
    return MailboxSettings(
        host=imap.host,
        port=imap.port,
        user=imap.user,
        password=imap.secret,
        folder=imap.folder,
        tls=imap.tls,
        ca_file=str(imap.ca_file) if imap.ca_file else None,
        processed_folder=imap.processed_folder or None,
        idle_seconds=imap.idle_seconds,
        poll_seconds=imap.poll_seconds,
        max_bytes=settings.to_policy().max_bytes,
    )


def smtp_settings(settings: Settings) -> SmtpSettings:
    """Return where letters leave."""
    smtp = settings.smtp
    return SmtpSettings(
        host=smtp.host,
        port=smtp.port,
        user=smtp.user,
        password=smtp.secret,
        tls=smtp.tls,
        ca_file=str(smtp.ca_file) if smtp.ca_file else None,
    )


@dataclass
class App:
    """The running bot."""

    settings: Settings
    cases: Cases
    engine: Engine
    mailbox: Mailbox | None
    portal_port: int
    clock: Clock
    due_erasures: DueErasures

    def tick(self) -> None:
        """Do what has fallen due by the app's clock."""
        tick(self.cases, dpo_address=self.settings.dpo.address, dpo_language=self.settings.dpo.language)
        self.due_erasures.run()
        lift_due(self.cases)

    async def keep(self, incoming: Incoming) -> None:
        """Keep a fetched mail; only after this returns is it moved on the server."""
        await asyncio.to_thread(self.cases.keep, incoming.raw, arrived_at=incoming.arrived_at, size=incoming.size)


@asynccontextmanager
async def running(
    settings: Settings, *, recogniser: Recogniser | None = None, clock: Clock = utc_now
) -> AsyncIterator[App]:
    """Start everything that is configured, and stop it in order. Raises SettingsProblem, KeyProblem, CrmError."""
    async with AsyncExitStack() as stack:
        store = await asyncio.to_thread(open_store, settings)
        stack.callback(store.close)
        crm = await asyncio.to_thread(partial(open_crm, settings, store, clock=clock))
        reader = await asyncio.to_thread(SpacyRecogniser.load) if recogniser is None else recogniser
        cases = Cases(store, Desk(settings.to_policy(), reader, crm), clock=clock)
        await asyncio.to_thread(reckon_anew, cases)
        app = await _start(settings, cases, stack, clock=clock)
        yield app


async def _start(settings: Settings, cases: Cases, stack: AsyncExitStack, *, clock: Clock) -> App:
    client, bolt = _slack(settings, cases)
    transport = SmtpTransport(smtp_settings(settings))
    stack.push_async_callback(transport.close)
    poster = SlackPoster(client, channel=settings.slack.channel, words=Words(settings.slack.language))
    outbox = Outbox(cases, transport=transport, poster=poster, clock=clock)
    mailbox = Mailbox(mailbox_settings(settings)) if settings.imap.host else None

    def on_tick() -> None:
        app.tick()
        _watch(app, started=started)

    engine = Engine(
        settings.engine,
        cases,
        outbox,
        tick=on_tick,
        kinds=_kinds(settings),
        letters_a_minute=settings.smtp.a_minute,
        loop=asyncio.get_running_loop(),
    )
    started = clock()
    app = App(settings, cases, engine, mailbox, 0, clock, DueErasures(cases))
    app.portal_port = await _serve(settings, cases, bolt, stack)
    cases.on_commit = engine.wake
    await asyncio.to_thread(engine.launch)
    stack.push_async_callback(asyncio.to_thread, engine.close)
    await _open_doors(app, bolt, client, stack)
    return app


def _kinds(settings: Settings) -> frozenset[Kind]:
    """Return the kinds of work that have a door."""
    kinds = {Kind.INTAKE, Kind.CARRY_OUT}
    if settings.smtp.host:
        kinds.add(Kind.DELIVER)
    if settings.slack.mode != "off":
        kinds.add(Kind.NOTIFY)
    return frozenset(kinds)


def _slack(settings: Settings, cases: Cases) -> tuple[AsyncWebClient, AsyncApp | None]:
    client = make_client(settings.slack)
    if settings.slack.mode == "off":
        return client, None
    if settings.slack.mode == "http" and not settings.slack.signing:
        raise SettingsProblem(
            "[slack] signing_secret is not set: without it, forged requests could not be told from Slack's. "
            "Set RIGHTSDESK_SLACK__SIGNING_SECRET or signing_secret_file."
        )
    commands = Commands(cases, StaffList(settings.slack, client), Words(settings.slack.language))
    return client, make_app(settings.slack, client, commands)


async def _serve(settings: Settings, cases: Cases, bolt: AsyncApp | None, stack: AsyncExitStack) -> int:
    """Serve the portal, and Slack's requests in HTTP mode; return the port."""
    application = Portal(cases).application()
    if bolt is not None and settings.slack.mode == "http":
        application.router.add_post(SLACK_PATH, _slack_endpoint(bolt))
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, settings.portal.host, settings.portal.port)
    await site.start()
    port: int = runner.addresses[0][1]
    return port


def _slack_endpoint(bolt: AsyncApp) -> Callable[[web.Request], "asyncio.Future[web.Response]"]:
    async def endpoint(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await bolt.async_dispatch(await to_bolt_request(request)))

    return endpoint  # type: ignore[return-value]


async def _open_doors(app: App, bolt: AsyncApp | None, client: AsyncWebClient, stack: AsyncExitStack) -> None:
    if bolt is not None and app.settings.slack.mode == "socket":
        handler = AsyncSocketModeHandler(bolt, app_token=app.settings.slack.app, web_client=client)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # the library is not typed here
        stack.push_async_callback(handler.close_async)
    if app.mailbox is not None:
        stop = asyncio.Event()
        reading = asyncio.create_task(app.mailbox.run(app.keep, stop=stop))

        async def stop_reading() -> None:
            stop.set()
            await reading

        stack.push_async_callback(stop_reading)


def _watch(app: App, *, started: datetime) -> None:
    """Raise the alarm when the mailbox has been silent for too long: unread requests run out of time."""
    if app.mailbox is None:
        return
    hours = app.settings.imap.silence_hours
    card = silence_card(app.mailbox.last_success, started=started, now=app.clock(), hours=hours)
    if card is not None:
        with app.cases.unit() as unit:
            unit.put_card(card, once=True)
