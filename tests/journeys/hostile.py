"""Mails as no decent program writes them, byte for byte, and the ways in that do not mend them."""

import asyncio
import base64
import imaplib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.demo.story import INBOX
from bot.demo.world import MAIL_PASSWORD, World

REQUEST = "Hello,\n\nplease send me a copy of all the personal data you hold about me.\n"
VICTIM = "victim@example.org"


@dataclass(frozen=True)
class Case:
    """A mail and what is to become of it, a word each for outcome and reason."""

    name: str
    raw: bytes
    becomes: str


ACKNOWLEDGED, TRIAGE = "acknowledged unknown_sender", "triage low_score"
NO_SENDER, NO_TEXT = "quarantined no_sender", "quarantined no_text"


def sender_of(name: str) -> str:
    """Return the address a case is sent from; each has its own, as one address may open a few tickets a day only."""
    return f"{name.replace(' ', '-').lower()}@elsewhere.example"


def mail(name: str, headers: Mapping[str, bytes | None] | None = None, *, body: bytes = REQUEST.encode()) -> bytes:
    """Return a mail with a request, its headers replaced, added or (None) left out."""
    sender = sender_of(name).encode()
    all_headers: dict[str, bytes | None] = {
        "From": sender,
        "To": INBOX.encode(),
        "Subject": b"My data",
        "Date": b"Mon, 06 Jul 2026 10:00:00 +0200",
        "Message-ID": b"<%b>" % sender.replace(b"@", b"1@"),
        "X-Case": name.encode(),
        **(headers or {}),
    }
    lines = [b"%b: %b" % (key.encode(), value) for key, value in all_headers.items() if value is not None]
    return b"\r\n".join([*lines, b"", body.replace(b"\n", b"\r\n")])


def encoded_word(text: str) -> bytes:
    """Return a text as an encoded word (RFC 2047)."""
    return b"=?utf-8?B?%b?=" % base64.b64encode(text.encode())


def multipart(name: str, parts: bytes, *, kind: str = "mixed") -> bytes:
    """Return a mail whose parts are told apart by the line --edge."""
    return mail(
        name, {"MIME-Version": b"1.0", "Content-Type": f'multipart/{kind}; boundary="edge"'.encode()}, body=parts
    )


def typed(name: str, content_type: str, body: bytes, *, encoding: str = "8bit") -> bytes:
    """Return a mail with a body of this type."""
    headers = {"MIME-Version": b"1.0", "Content-Type": content_type.encode()}
    return mail(name, {**headers, "Content-Transfer-Encoding": encoding.encode()}, body=body)


def deep(name: str, depth: int, innermost: bytes) -> bytes:
    """Return a mail with multiparts within multiparts."""
    opened = b"".join(b'--e%d\nContent-Type: multipart/mixed; boundary="e%d"\n\n' % (n, n + 1) for n in range(depth))
    closed = b"".join(b"\n--e%d--" % n for n in range(depth, -1, -1))
    return typed(name, 'multipart/mixed; boundary="e0"', opened + b"--e%d\n" % depth + innermost + closed)


def case_of(raw: bytes) -> str:
    """Return the name of the case a kept mail belongs to, "" if it has no headers."""
    _, found, rest = raw.partition(b"X-Case: ")
    return rest.split(b"\r\n")[0].decode() if found else ""


async def post(world: World, raw: bytes) -> None:
    """Hand a mail in over SMTP without changing a byte; mail programs' libraries mend line ends."""
    reader, writer = await asyncio.open_connection(world.parts.mail.host, world.parts.mail.smtp_port)
    dotted = raw.replace(b"\r\n.", b"\r\n..")
    conversation = (
        (b"", b"220"),
        (b"HELO outside.example\r\n", b"250"),
        (b"MAIL FROM:<postman@outside.example>\r\n", b"250"),
        (b"RCPT TO:<%b>\r\n" % INBOX.encode(), b"250"),
        (b"DATA\r\n", b"354"),
        (dotted + (b".\r\n" if dotted.endswith(b"\r\n") or not dotted else b"\r\n.\r\n"), b"250"),
        (b"QUIT\r\n", b"221"),
    )
    for said, expected in conversation:
        writer.write(said)
        await writer.drain()
        answer = await reader.readline()
        assert answer.startswith(expected), answer
    writer.close()


async def put(world: World, raw: bytes) -> None:
    """Lay a mail into the inbox over IMAP: SMTP takes no lines of more than 998 characters, delivery agents do."""

    def append() -> None:
        with imaplib.IMAP4(world.parts.mail.host, world.parts.mail.imap_port) as client:
            client.login(INBOX, MAIL_PASSWORD)
            status, _ = client.append("INBOX", "", "", raw)
            assert status == "OK"

    await asyncio.to_thread(append)
