"""A whole mail server inside the process, on loopback: every address has a mailbox, every mail arrives at once."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self
from uuid import uuid4

import aiosmtplib
from aiosmtpd.smtp import SMTP, Envelope, Session
from mail_devel.auth import SMTPAuthenticator
from mail_devel.mailbox import TestMailboxDict
from mail_devel.service import Service
from proxyprotocol.result import ProxyResultLocal
from proxyprotocol.sock import SocketInfo
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement

HOST = "127.0.0.1"
OUTSIDER = "postman@outside.example"


class DemoMailServer:
    """IMAP and SMTP of one invented mail provider; user names are addresses in lower case, all with one password.

    IMAP and the mailboxes are those of mail-devel. Its SMTP side would run in a thread of its own, sort mails by their
    To header and write them anew; here the envelope decides, mails are kept byte for byte, and everything shares the
    caller's event loop.
    """

    host = HOST

    def __init__(
        self,
        *,
        password: str = "demo",  # noqa: S107  (nothing is kept here)
        imap_port: int = 0,
        smtp_port: int = 0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Ports left at 0 are chosen when the server starts, and kept when it starts again. `clock` stamps mails."""
        self._clock = clock
        self.password = password
        self.imap_port = imap_port
        self.smtp_port = smtp_port
        self._service: Service | None = None
        self._listeners: list[asyncio.Server] = []
        self._transports: set[asyncio.WriteTransport] = set()
        self._sessions: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen on both ports; what arrived before a stop is still there."""
        if self._service is None:
            arguments = ["--host", HOST, "--password", self.password, "--multi-user", "--no-http"]
            self._service = await Service.init(Service.parse(arguments))
            self._service.smtp.loop.close()  # of the thread that is never started
        imap = await asyncio.start_server(self._serve_imap, HOST, self.imap_port)
        smtp = await asyncio.get_running_loop().create_server(self._smtp_session, HOST, self.smtp_port)
        self._listeners = [imap, smtp]
        self.imap_port, self.smtp_port = (listener.sockets[0].getsockname()[1] for listener in self._listeners)

    async def stop(self) -> None:
        """Close the ports and cut every open connection, as a crash would."""
        for listener in self._listeners:
            listener.close()
        for transport in self._transports:
            transport.abort()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        self._transports.clear()

    async def deliver(self, raw: bytes, to: str) -> None:
        """Hand in a mail as an outside sender's server would; raises aiosmtplib.SMTPException if it is refused."""
        async with aiosmtplib.SMTP(hostname=HOST, port=self.smtp_port, start_tls=False, local_hostname=HOST) as client:
            await client.sendmail(OUTSIDER, [to], raw, mail_options=[] if to.isascii() else ["SMTPUTF8"])

    async def messages(self, address: str, *, folder: str = "INBOX") -> list[bytes]:
        """Return the mails in a folder of an address, in the order of their arrival."""
        mailbox = await (await self._mailboxes.get(address.lower())).get_mailbox(folder)
        return [bytes(await one.load_content(FetchRequirement.CONTENT)) async for one in mailbox.messages()]

    @property
    def _mailboxes(self) -> TestMailboxDict:
        if self._service is None:
            raise RuntimeError("the mail server has not been started")
        return self._service.mailboxes

    async def _serve_imap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.current_task()
        if session is None or self._service is None:
            return
        self._sessions.add(session)
        self._transports.add(writer.transport)
        session.add_done_callback(self._sessions.discard)
        peer = SocketInfo.get(writer, ProxyResultLocal(), unique_id=uuid4().bytes)
        await IMAPServer(self._service.backend.login, self._service.config)(reader, writer, peer)

    def _smtp_session(self) -> SMTP:
        return _Session(
            _Postman(self._mailboxes, clock=self._clock),
            transports=self._transports,
            authenticator=SMTPAuthenticator("", self.password, multi_user=True),
        )


class _Session(SMTP):
    """An SMTP session in the running loop, whose connection can be cut from outside."""

    def __init__(
        self, handler: "_Postman", *, transports: set[asyncio.WriteTransport], authenticator: SMTPAuthenticator
    ) -> None:
        super().__init__(
            handler,
            hostname=HOST,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=authenticator,
            loop=asyncio.get_running_loop(),
        )
        self._open = transports

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            self._open.add(transport)
        super().connection_made(transport)


class _Postman:
    """Puts a mail into the inbox of every recipient on its envelope."""

    def __init__(self, mailboxes: TestMailboxDict, *, clock: Callable[[], datetime]) -> None:
        self._mailboxes = mailboxes
        self._clock = clock

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802 (aiosmtpd's name)
        content = envelope.content or b""
        literal = content.encode() if isinstance(content, str) else content
        for recipient in envelope.rcpt_tos:
            inbox = await (await self._mailboxes.get(recipient.lower())).get_mailbox("INBOX")
            await inbox.append(AppendMessage(literal=literal, when=self._clock(), flag_set=frozenset()))
        return "250 OK"
