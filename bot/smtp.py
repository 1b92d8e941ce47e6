"""Mail out: one connection for a run of letters, and every failure told as temporary or permanent."""

import asyncio
import copy
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Literal

import aiosmtplib
import idna

IDLE_SECONDS = 30.0  # servers drop a silent client after a few minutes
_FIRST_PERMANENT = 500  # reply codes, RFC 5321 section 4.2.1
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+")
_ADDRESS_HEADERS = ("From", "Sender", "Reply-To", "To", "Cc")


@dataclass(frozen=True)
class SmtpSettings:
    """The server that takes our letters."""

    host: str
    port: int
    user: str = ""  # empty: the server wants no login
    password: str = field(default="", repr=False)
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    ca_file: str | None = None  # instead of the system's certificate authorities
    timeout: float = 30.0  # seconds, for every step


class DeliveryFailed(Exception):
    """A letter was not taken; `code` is the server's reply, 0 if there was none.

    The text holds no address and nothing of what the server said, which may quote one.
    """

    def __init__(self, code: int, permanent: bool) -> None:
        super().__init__(f"code {code}, {'permanent' if permanent else 'temporary'}")
        self.code = code
        self.permanent = permanent


class SmtpTransport:
    """Sends letters one after the other; the connection stays open between them for a while."""

    def __init__(self, settings: SmtpSettings, *, idle_seconds: float = IDLE_SECONDS) -> None:
        """Connect to nothing yet."""
        self._settings = settings
        self._idle_seconds = idle_seconds
        self._client: aiosmtplib.SMTP | None = None
        self._lock = asyncio.Lock()
        self._closing: asyncio.Task[None] | None = None

    async def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Hand a letter to the server; raises DeliveryFailed.

        What fails before the letter is begun is temporary, a refused login included: it says nothing of the letter. A
        connection lost after DATA leaves open whether the letter was taken; it is temporary too, and the letter goes
        again under its own Message-ID.
        """
        async with self._lock:
            self._stop_closing()
            client = await self._connected()
            try:
                await _transact(client, message, sender=sender, recipient=recipient)
            except asyncio.CancelledError:
                client.close()  # the server may be left in the middle of a letter
                raise
            finally:
                self._closing = asyncio.create_task(self._close_later())

    async def check(self) -> None:
        """Connect and log in once; raises DeliveryFailed."""
        async with self._lock:
            await self._connected()
            await self._quit()

    async def close(self) -> None:
        """Take leave of the server, if connected; sending again connects again."""
        async with self._lock:
            self._stop_closing()
            await self._quit()

    async def _connected(self) -> aiosmtplib.SMTP:
        """Return a connection that answers; raises DeliveryFailed."""
        if self._client is not None and await _answers(self._client):
            return self._client
        self._client = self._new_client()
        try:
            await self._client.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise DeliveryFailed(getattr(error, "code", 0), permanent=False) from None
        return self._client

    def _new_client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.user or None,
            password=settings.password if settings.user else None,
            use_tls=settings.tls == "implicit",
            start_tls=settings.tls == "starttls",  # left unsaid, it would fall back to clear text
            tls_context=None if settings.tls == "none" else _tls_context(settings.ca_file),
            timeout=settings.timeout,
        )

    async def _close_later(self) -> None:
        await asyncio.sleep(self._idle_seconds)
        async with self._lock:
            await self._quit()

    def _stop_closing(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None

    async def _quit(self) -> None:
        if self._client is None:
            return
        with suppress(aiosmtplib.SMTPException, OSError):
            await self._client.quit()
        self._client.close()
        self._client = None


def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError:
        raise DeliveryFailed(0, permanent=False) from None


async def _answers(client: aiosmtplib.SMTP) -> bool:
    """Tell whether a connection kept open is still good; a server drops it without a word."""
    try:
        await client.noop()
    except (aiosmtplib.SMTPException, OSError):
        client.close()
        return False
    return True


async def _transact(client: aiosmtplib.SMTP, message: EmailMessage, *, sender: str, recipient: str) -> None:
    try:
        await client.send_message(_for_wire(message), sender=to_wire(sender), recipients=[to_wire(recipient)])
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _failed(error.recipients[0].code) from None
    except aiosmtplib.SMTPSenderRefused as error:
        # It is we who are refused, for want of a login perhaps: it says nothing of the letter.
        raise DeliveryFailed(error.code, permanent=False) from None
    except aiosmtplib.SMTPResponseException as error:
        raise _failed(error.code) from None
    except (aiosmtplib.SMTPNotSupported, ValueError):
        # The server takes no such address (SMTPUTF8), or nobody does; neither will change by waiting.
        raise DeliveryFailed(0, permanent=True) from None
    except (aiosmtplib.SMTPException, OSError):
        client.close()
        raise DeliveryFailed(0, permanent=False) from None


def _failed(code: int) -> DeliveryFailed:
    return DeliveryFailed(code, permanent=code >= _FIRST_PERMANENT)


def to_wire(address: str) -> str:
    """Return an address with its domain in ASCII (IDNA 2008), which every server takes; raises ValueError.

    The library takes the first address that it finds in a text; here what is not one address goes nowhere.
    """
    if not _ADDRESS.fullmatch(address):
        raise ValueError("not an address")
    local, _, domain = address.partition("@")
    return f"{local}@{_ascii_domain(domain)}"


def _ascii_domain(domain: str) -> str:
    """Raises ValueError (idna.IDNAError) for what is no domain name."""
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()


def _for_wire(message: EmailMessage) -> EmailMessage:
    """Return the message with ASCII domains in its headers, where the email package would write encoded words."""
    wire = copy.copy(message)
    for name in _ADDRESS_HEADERS:
        header = wire[name]
        if header is not None and not all(address.domain.isascii() for address in header.addresses):
            del wire[name]  # gives the copy a header list of its own; replace_header would change the caller's
            wire[name] = [_wire_address(address) for address in header.addresses]
    return wire


def _wire_address(address: Address) -> Address:
    return Address(address.display_name, address.username, _ascii_domain(address.domain))
