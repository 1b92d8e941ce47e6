"""A company for one journey: the bot in the middle of real servers on loopback, on a clock that can be moved."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from bot.app import App, running
from bot.demo.mailserver import DemoMailServer
from bot.demo.slack import SlackChannel, SlackLookalike
from bot.demo.world import (
    APP_TOKEN,
    BOT_TOKEN,
    CHANNEL,
    MAIL_PASSWORD,
    SIGNING_SECRET,
    STAFF,
    demo_settings,
    free_port,
)
from bot.settings import Settings
from handlers.ports import Recogniser
from storage.crypto import MasterKey

HandIn = Callable[[bytes, str], Awaitable[None]]
# The embedded server announces no mail that comes just before IDLE; it is found when IDLE is renewed.
IDLE_SECONDS = 10


class MovableClock:
    """The time it is, and however much later the journey has moved it."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def move_to(self, moment: datetime) -> None:
        """Make it this moment; it goes on from there."""
        self._ahead += moment - self()


@dataclass(frozen=True)
class Company:
    """The running parts."""

    app: App
    mail: DemoMailServer
    slack: SlackLookalike
    clock: MovableClock
    crm: sa.Engine
    hand_in: HandIn


@asynccontextmanager
async def open_company(
    folder: Path,
    *,
    recogniser: Recogniser,
    crm: Path,
    change: Callable[[Settings], Settings] = lambda settings: settings,
    signing_secret: str = SIGNING_SECRET,
    hand_in: HandIn | None = None,
) -> AsyncIterator[Company]:
    """Start everything in a folder, with a copy of the sample CRM; `change` turns the demonstration's settings.

    Mail is handed in over SMTP, or by `hand_in` where the inbox is on another server. `signing_secret` is the one that
    Slack signs with.
    """
    clock = MovableClock()
    MasterKey.generate().write(folder / "rightsdesk.key")
    shutil.copy(crm, folder / "crm.db")
    lookalike = SlackLookalike(
        users=STAFF,
        channels=[SlackChannel(CHANNEL, "privacy")],
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        signing_secret=signing_secret,
        clock=lambda: clock().timestamp(),
    )
    async with DemoMailServer(password=MAIL_PASSWORD, clock=clock) as mail, lookalike as slack:
        settings = change(_settings(folder, mail=mail, slack=slack))
        async with running(settings, recogniser=recogniser, clock=clock) as app:
            if settings.slack.mode == "socket":
                await slack.connected()
            engine = sa.create_engine(settings.crm.url)
            try:
                yield Company(app, mail, slack, clock, engine, hand_in or partial(_by_smtp, mail))
            finally:
                engine.dispose()


def _settings(folder: Path, *, mail: DemoMailServer, slack: SlackLookalike) -> Settings:
    settings = demo_settings(folder, mail=mail, slack=slack, portal_port=free_port())
    imap = settings.imap.model_copy(update={"idle_seconds": IDLE_SECONDS})
    return settings.model_copy(update={"imap": imap})


async def _by_smtp(mail: DemoMailServer, raw: bytes, to: str) -> None:
    await mail.deliver(raw, to)
