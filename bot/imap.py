"""A thin wrap of aioimaplib: every call ends in time, and a lost connection is noticed at once.

What the library leaves open is closed here: it reports a closed connection to nobody, a command may wait for ever, one
that was given up blocks all that follow (so a session which failed once is not used again), its debug log holds whole
mails, and its errors quote commands, the password in LOGIN included.
"""

import asyncio
import base64
import functools
import logging
import re
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, Self, TypeVar

import aioimaplib
from aioimaplib.aioimaplib import IMAP4ClientProtocol, quoted

BYTES_PER_SECOND = 50_000  # a slow line; a big mail may take as long as it does there
HEADER_BYTES = 65_536
KEYWORD = "$Rightsdesk"

_UIDVALIDITY = re.compile(rb"\[UIDVALIDITY (\d+)\]")
_PERMANENT_FLAGS = re.compile(rb"\[PERMANENTFLAGS \(([^)]*)\)\]")
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
_INTERNAL_DATE = re.compile(rb'\bINTERNALDATE "([^"]+)"')

_T = TypeVar("_T")

logging.getLogger("aioimaplib").setLevel(logging.WARNING)  # below that it logs what people write


class MailboxError(Exception):
    """The mailbox cannot be read.

    MailboxError
     ├ MailboxUnavailable   trying again later may help
     ├ LoginRefused         the settings need a look
     └ CommandRefused       the account lacks a right, or the folder is gone
    """


class MailboxUnavailable(MailboxError):
    """The mail server cannot be reached, or does not answer in time."""


class LoginRefused(MailboxError):
    """The mail server does not accept the user name and password."""


class CommandRefused(MailboxError):
    """The mail server refuses a command; the message names it."""


@dataclass(frozen=True)
class Found:
    """A message in the folder, before it is fetched."""

    uid: int
    size: int  # bytes
    arrived_at: datetime  # INTERNALDATE: when our own server took it


class ImapSession:
    """One logged-in connection with one folder selected; UIDs are good for this session only."""

    def __init__(self, client: "_Client", lost: asyncio.Future[None], *, timeout: float) -> None:
        """Use `open` instead."""
        self._client = client
        self._timeout = timeout
        self._lost = lost
        self._usable = True  # a call that was given up would block the next
        self.uidvalidity = 0
        self.keywords = False  # whether the server keeps our own flag

    @classmethod
    async def open(
        cls,
        *,
        host: str,
        port: int,
        user: str,
        password: str,
        folder: str,
        tls: Literal["implicit", "none"],
        ca_file: str | None,
        timeout: float,  # noqa: ASYNC109  # of every later call, not of this one
    ) -> Self:
        """Connect, log in and select the folder; raises MailboxError."""
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        context = _tls_context(ca_file) if tls == "implicit" else None
        client = _Client(host, port, timeout=timeout, conn_lost_cb=lambda _: _settle(lost), ssl_context=context)
        session = cls(client, lost, timeout=timeout)
        try:
            await session._call(session._client.wait_hello_from_server)
            await session._log_in(user, password)
            await session._select(folder)
        except BaseException:
            session.abort()
            raise
        return session

    async def search(self, criteria: str) -> list[int]:
        """Return the UIDs that match; a NOOP before makes the server look for new mail."""
        _checked("NOOP", await self._call(self._client.noop))
        response = await self._call(functools.partial(self._client.uid_search, criteria, charset=None))
        found = b" ".join(_checked("SEARCH", response)[:-1])
        return sorted(int(word) for word in found.split() if word.isdigit())

    async def look_at(self, uids: Sequence[int]) -> list[Found]:
        """Return what can be known of messages without fetching them; those gone in the meantime are left out."""
        lines = await self._uid("FETCH", _uid_set(uids), "(UID RFC822.SIZE INTERNALDATE)")
        found = (_found(bytes(line)) for line in lines)
        return sorted((one for one in found if one is not None and one.uid in uids), key=lambda one: one.uid)

    async def fetch(self, message: Found, *, headers_only: bool) -> bytes | None:
        """Return a message's bytes without marking it seen, None if it is gone."""
        part = f"BODY.PEEK[HEADER]<0.{HEADER_BYTES}>" if headers_only else "BODY.PEEK[]"
        size = HEADER_BYTES if headers_only else message.size
        lines = await self._uid(
            "FETCH", str(message.uid), f"(UID {part})", seconds=self._timeout + size / BYTES_PER_SECOND
        )
        return next((bytes(line) for line in lines if isinstance(line, bytearray)), None)

    async def mark(self, uids: Sequence[int]) -> None:
        """Flag messages as dealt with, by our own keyword where the server keeps it."""
        flags = f"(\\Seen {KEYWORD})" if self.keywords else "(\\Seen)"
        await self._uid("STORE", _uid_set(uids), "+FLAGS.SILENT", flags)

    async def move(self, uids: Sequence[int], folder: str) -> None:
        """Move messages, creating the folder if it is missing.

        Without MOVE they are copied and marked deleted. Without UIDPLUS they stay so marked: a plain EXPUNGE would
        also remove what others have marked.
        """
        if "MOVE" in self._capabilities:
            await self._into_folder("MOVE", uids, folder)
            return
        await self._into_folder("COPY", uids, folder)
        await self._uid("STORE", _uid_set(uids), "+FLAGS.SILENT", "(\\Deleted)")
        if "UIDPLUS" in self._capabilities:
            await self._uid("EXPUNGE", _uid_set(uids))

    async def wait(self, *, idle_seconds: float, poll_seconds: float, stop: asyncio.Event) -> None:
        """Return when the server announces something, when the time is over, or when `stop` is set."""
        if "IDLE" not in self._capabilities:
            await self._first(stop.wait(), seconds=poll_seconds)
            return
        start = functools.partial(self._client.idle_start, timeout=idle_seconds + self._timeout)
        idling: asyncio.Future[Any] = await self._call(start)
        await self._first(self._client.protocol.idle_queue.get(), stop.wait(), seconds=idle_seconds)
        self._client.idle_done()
        await self._call(lambda: idling)

    async def close(self) -> None:
        """Log out if the server still answers, and close the connection."""
        if self._usable:
            with suppress(MailboxError):
                await self._call(self._client.logout)
        self.abort()

    def abort(self) -> None:
        """Drop the connection and whatever still waits on it."""
        for task in (*self._client.tasks, *self._client.protocol.tasks):
            task.cancel()
        if self._client.protocol.transport is not None:
            self._client.protocol.transport.abort()

    @property
    def _capabilities(self) -> set[str]:
        return {name.upper() for name in self._client.protocol.capabilities}

    async def _log_in(self, user: str, password: str) -> None:
        response = await self._call(functools.partial(self._client.login, quoted(user), password))
        if response.result != "OK":
            raise LoginRefused
        # The library misreads the list that comes with the answer: its last word keeps a bracket.
        await self._call(self._client.protocol.capability)

    async def _select(self, folder: str) -> None:
        lines = _checked("SELECT", await self._call(functools.partial(self._client.select, _folder_argument(folder))))
        answer = b"\n".join(bytes(line) for line in lines)
        validity, flags = _UIDVALIDITY.search(answer), _PERMANENT_FLAGS.search(answer)
        self.uidvalidity = int(validity.group(1)) if validity else 0
        kept = flags.group(1).split() if flags else []
        self.keywords = b"\\*" in kept or KEYWORD.encode() in kept

    async def _into_folder(self, command: str, uids: Sequence[int], folder: str) -> None:
        argument = _folder_argument(folder)
        with suppress(CommandRefused):
            await self._uid(command, _uid_set(uids), argument)
            return
        # An answer of NO mostly says that the folder is missing; if it says something else it will say so again.
        await self._call(functools.partial(self._client.create, argument))
        await self._uid(command, _uid_set(uids), argument)

    async def _uid(self, command: str, *arguments: str, seconds: float | None = None) -> list[bytes | bytearray]:
        call = functools.partial(self._client.uid, command, *arguments)
        return _checked(command, await self._call(call, seconds=seconds))

    async def _call(self, call: Callable[[], Awaitable[_T]], *, seconds: float | None = None) -> _T:
        """Await the library; raises MailboxUnavailable if it fails, takes too long or the connection is lost."""
        task = asyncio.ensure_future(call())
        try:
            await self._first(task, seconds=seconds or self._timeout)
            if task.done():
                return task.result()
        except MailboxError:
            raise
        # Whatever an unforeseen answer makes the library stumble over; its words may hold a mail or the password.
        except Exception as error:  # noqa: BLE001
            self._usable = False
            raise MailboxUnavailable(type(error).__name__) from None
        self._usable = False
        raise MailboxUnavailable("no answer in time")

    async def _first(self, *events: Awaitable[object], seconds: float) -> None:
        """Return when one of the events is done or the time is over; raises MailboxUnavailable on a lost connection."""
        tasks = {asyncio.ensure_future(event) for event in events}
        awaited: set[asyncio.Future[Any]] = {*tasks, self._lost}
        usable, self._usable = self._usable, False  # should the caller be cancelled meanwhile
        try:
            done, _ = await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
        if self._lost in done and not tasks & done:
            raise MailboxUnavailable("connection lost")
        self._usable = usable


class _Protocol(IMAP4ClientProtocol):  # type: ignore[misc]  # the library is not typed
    """Cuts the connection where the library would raise into the event loop, which logs what it catches."""

    def data_received(self, d: bytes) -> None:
        try:
            super().data_received(d)
        except Exception:  # noqa: BLE001  # an error's text may quote the LOGIN command; many lines at once recurse
            self.transport.abort()

    async def welcome(self, command: bytes) -> None:
        try:
            await super().welcome(command)
        except Exception:  # noqa: BLE001  # nobody awaits this task; the lost connection tells
            self.transport.abort()


class _Client(aioimaplib.IMAP4):  # type: ignore[misc]  # the library is not typed
    """The library's client with our protocol, over TLS or not; IMAP4_SSL could not tell of a lost connection."""

    def create_client(
        self,
        host: str,
        port: int,
        loop: asyncio.AbstractEventLoop | None,
        conn_lost_cb: Callable[[Exception | None], None] | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        loop = loop or asyncio.get_running_loop()
        self.protocol = _Protocol(loop, conn_lost_cb)
        connect = loop.create_connection(lambda: self.protocol, host, port, ssl=ssl_context)
        self._client_task = loop.create_task(connect)


def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError:
        raise MailboxUnavailable("ca_file cannot be read") from None


def _settle(lost: asyncio.Future[None]) -> None:
    if not lost.done():
        lost.set_result(None)


def _found(line: bytes) -> Found | None:
    uid, size, date = _UID.search(line), _SIZE.search(line), _INTERNAL_DATE.search(line)
    if not (uid and size and date):
        return None  # an announcement of changed flags, or the end of the answer
    try:
        arrived_at = parsedate_to_datetime(date.group(1).decode())
    except ValueError:
        raise CommandRefused("FETCH INTERNALDATE") from None
    return Found(uid=int(uid.group(1)), size=int(size.group(1)), arrived_at=arrived_at.astimezone(UTC))


def _checked(command: str, response: Any) -> list[bytes | bytearray]:
    if response.result != "OK":
        raise CommandRefused(command)
    return list(response.lines)


def _uid_set(uids: Iterable[int]) -> str:
    return ",".join(map(str, uids))


def _folder_argument(name: str) -> str:
    return str(quoted(folder_name(name)))


def folder_name(name: str) -> str:
    """Return a folder's name as IMAP wants it (modified UTF-7, RFC 3501 section 5.1.3)."""
    return re.sub(r"[^\x20-\x7e]+", _modified_base64, name.replace("&", "&-"))


def _modified_base64(run: re.Match[str]) -> str:
    encoded = base64.b64encode(run.group().encode("utf-16-be")).decode()
    return f"&{encoded.rstrip('=').replace('/', ',')}-"
