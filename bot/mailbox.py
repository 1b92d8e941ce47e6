"""Mail in: each message is kept first and only then moved or flagged, so a crash at any point loses none."""

import asyncio
import functools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import SystemRandom
from typing import Literal

from bot.imap import KEYWORD, Found, ImapSession, MailboxError

BACKOFF_SECONDS = 2.0
BACKOFF_MAX_SECONDS = 300.0
IDLE_MAX_SECONDS = 300.0  # firewalls forget a quiet connection soon after
# Mail that comes between a search and IDLE is announced by some servers to nobody, and mail seldom comes alone; so
# after some activity the folder is looked through once more before the long wait.
SETTLE_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MailboxSettings:
    """Where the privacy inbox is, and how it is read."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    tls: Literal["implicit", "none"] = "implicit"
    ca_file: str | None = None  # instead of the system's certificate authorities
    processed_folder: str | None = None  # None: messages stay where they are and are flagged
    idle_seconds: float = 240.0
    poll_seconds: float = 60.0  # where the server has no IDLE
    timeout: float = 30.0  # seconds, for every call; fetching a big message may take longer
    batch: int = 10  # messages looked at and moved together
    max_bytes: int = 26_214_400  # of a bigger message only the headers are fetched


@dataclass(frozen=True)
class Incoming:
    """A message as it lies in the mailbox; `raw` holds its headers only if it is `truncated`."""

    uid: int
    uidvalidity: int
    folder: str
    arrived_at: datetime
    size: int  # bytes, of the whole message
    truncated: bool
    raw: bytes = field(repr=False)


Keep = Callable[[Incoming], Awaitable[None]]


@dataclass(frozen=True)
class _Pass:
    """One look through the folder."""

    kept: int = 0
    refused: frozenset[tuple[int, int]] = frozenset()  # UIDVALIDITY and UID


def backoff(attempt: int, *, random: Callable[[], float]) -> float:
    """Return the seconds to wait after that many failures: doubling, at most five minutes, up to half taken off."""
    # The exponent is capped too: a weekend's outage counts high enough to overflow a float.
    longest = min(BACKOFF_MAX_SECONDS, BACKOFF_SECONDS * 2.0 ** min(attempt - 1, 16))
    return longest * (1 - random() / 2)


class Mailbox:
    """The privacy inbox. What is waiting is decided by the server's own state, so a restart misses nothing.

    With a processed folder, whatever is in the inbox waits. Without one, whatever lacks our keyword waits; where the
    server keeps no keywords, whatever is unread, so there a mail that somebody opens first would be missed.
    """

    def __init__(self, settings: MailboxSettings, *, delay: Callable[[int], float] | None = None) -> None:
        """`delay` gives the seconds to wait after so many failures in a row."""
        self.last_success: datetime | None = None  # when the folder was last looked through, for the health check
        self._settings = settings
        self._delay = delay or functools.partial(backoff, random=SystemRandom().random)
        self._refused: frozenset[tuple[int, int]] = frozenset()

    async def run(self, keep: Keep, *, stop: asyncio.Event) -> None:
        """Keep every message as it arrives, until `stop` is set; failures are logged and tried again, never raised."""
        failures = 0
        while not stop.is_set():
            before = self.last_success
            try:
                await self._serve(keep, stop=stop)
            except MailboxError as error:
                failures = failures + 1 if self.last_success == before else 1
                seconds = self._delay(failures)
                log.warning("mailbox_failed cause=%s text=%s retry_seconds=%.0f", type(error).__name__, error, seconds)
                await _pause(seconds, stop=stop)

    async def fetch_once(self, keep: Keep) -> int:
        """Keep all that is waiting and return how many were kept; raises MailboxError."""
        async with self._session() as session:
            return (await self._drain(session, keep, stop=asyncio.Event())).kept

    async def check(self) -> None:
        """Connect, log in and select the folder once; raises MailboxError."""
        async with self._session():
            return

    async def _serve(self, keep: Keep, *, stop: asyncio.Event) -> None:
        failures, longest = 0, SETTLE_SECONDS
        async with self._session() as session:
            while not stop.is_set():
                look = await self._drain(session, keep, stop=stop)
                failures = failures + 1 if look.refused else 0
                if look.refused:
                    # New mail ends the wait, so one message that cannot be kept does not hold up the others.
                    longest = self._delay(failures)
                elif look.kept:
                    longest = SETTLE_SECONDS
                await session.wait(
                    idle_seconds=min(longest, self._settings.idle_seconds),
                    poll_seconds=min(longest, self._settings.poll_seconds),
                    stop=stop,
                )
                longest = IDLE_MAX_SECONDS

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[ImapSession]:
        settings = self._settings
        session = await ImapSession.open(
            host=settings.host,
            port=settings.port,
            user=settings.user,
            password=settings.password,
            folder=settings.folder,
            tls=settings.tls,
            ca_file=settings.ca_file,
            timeout=settings.timeout,
        )
        log.info("mailbox_connected uidvalidity=%d", session.uidvalidity)
        if settings.processed_folder is None and not session.keywords:
            log.warning("mailbox_keeps_no_keywords remedy=processed_folder")
        try:
            yield session
        finally:
            await session.close()

    async def _drain(self, session: ImapSession, keep: Keep, *, stop: asyncio.Event) -> _Pass:
        """Go through what is waiting, batch by batch, each message once."""
        tried: set[int] = set()
        look = _Pass()
        while not stop.is_set():
            waiting = [uid for uid in await session.search(self._criteria(session)) if uid not in tried]
            # What was refused before comes last, so that it cannot starve the rest.
            waiting.sort(key=lambda uid: ((session.uidvalidity, uid) in self._refused, uid))
            batch = waiting[: self._settings.batch]
            if not batch:
                break
            tried.update(batch)
            step = await self._keep_batch(session, batch, keep)
            look = _Pass(kept=look.kept + step.kept, refused=look.refused | step.refused)
            if step.refused and not step.kept:
                break  # the store is down, not one mail bad: fetching the others would be in vain
        self._refused = look.refused
        self.last_success = datetime.now(UTC)
        return look

    def _criteria(self, session: ImapSession) -> str:
        if self._settings.processed_folder is not None:
            return "UNDELETED"
        return f"UNKEYWORD {KEYWORD} UNDELETED" if session.keywords else "UNSEEN UNDELETED"

    async def _keep_batch(self, session: ImapSession, uids: list[int], keep: Keep) -> _Pass:
        """Keep the messages one by one, then tell the server of those that were kept."""
        kept: list[int] = []
        refused: set[tuple[int, int]] = set()
        for found in await session.look_at(uids):
            incoming = await self._fetch(session, found)
            if incoming is None:
                continue
            if await _is_kept(incoming, keep):
                kept.append(found.uid)
            else:
                refused.add((session.uidvalidity, found.uid))
        if kept:
            await self._mark_processed(session, kept)
        return _Pass(kept=len(kept), refused=frozenset(refused))

    async def _fetch(self, session: ImapSession, found: Found) -> Incoming | None:
        truncated = found.size > self._settings.max_bytes
        raw = await session.fetch(found, headers_only=truncated)
        if raw is None:
            return None
        return Incoming(
            uid=found.uid,
            uidvalidity=session.uidvalidity,
            folder=self._settings.folder,
            arrived_at=found.arrived_at,
            size=found.size,
            truncated=truncated,
            raw=raw,
        )

    async def _mark_processed(self, session: ImapSession, uids: list[int]) -> None:
        if self._settings.processed_folder is None:
            await session.mark(uids)
        else:
            await session.move(uids, self._settings.processed_folder)


async def _is_kept(incoming: Incoming, keep: Keep) -> bool:
    try:
        await keep(incoming)
    except Exception as error:  # noqa: BLE001  # the edge of the loop: one mail must not keep the others out
        # The error's text may quote the mail.
        log.error(
            "mail_not_kept uidvalidity=%d uid=%d cause=%s", incoming.uidvalidity, incoming.uid, type(error).__name__
        )
        return False
    return True


async def _pause(seconds: float, *, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
