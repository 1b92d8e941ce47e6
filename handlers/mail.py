"""A mail as a value: read once from its bytes, never raising, whatever a stranger put into them."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.bounces import Bounce, read_bounce
from handlers.mailbody import Attachment, Body, parse, read_body
from handlers.mailheaders import (
    Defect,
    Headers,
    addresses,
    display_name,
    message_ids,
    moment,
    split,
    without_control_characters,
    words,
)

_FINGERPRINTED = ("message-id", "from", "date", "subject")


@dataclass(frozen=True)
class Markers:
    """What the headers say about a machine having sent the mail, in lower case as found."""

    auto_submitted: str = ""  # the keyword of RFC 3834: "no", "auto-replied", "auto-generated"
    precedence: str = ""
    auto_reply: bool = False  # X-Autoreply or X-Autorespond
    list_id: str = ""
    list_unsubscribe: bool = False
    null_return_path: bool = False  # nobody wants an answer to this mail (RFC 5321 section 4.5.5)
    loop: bool = False  # X-Rightsdesk-Loop, which our own letters carry
    spam: bool = False  # X-Spam-Flag: YES

    @classmethod
    def from_headers(cls, headers: Headers) -> "Markers":
        """Read the markers; of a header that stands there twice the topmost counts."""
        return cls(
            auto_submitted=re.split(r"[;\s]", headers.first("auto-submitted").lower())[0],
            precedence=headers.first("precedence").lower(),
            auto_reply=bool(headers.all("x-autoreply") or headers.all("x-autorespond")),
            list_id=next(iter(message_ids(headers.first("list-id").lower())), ""),
            list_unsubscribe=bool(headers.all("list-unsubscribe")),
            null_return_path=headers.first("return-path").replace(" ", "") == "<>",
            loop=bool(headers.all("x-rightsdesk-loop")),
            spam=headers.first("x-spam-flag").lower() == "yes",
        )


@dataclass(frozen=True)
class Mail:
    """One mail. Strings may be empty; nothing in them is to be trusted."""

    message_id: str  # without angle brackets
    in_reply_to: str
    references: tuple[str, ...]
    from_address: str  # normalised; empty too if there are several senders, so nobody is taken for another
    from_name: str
    reply_to: str
    recipients: tuple[str, ...]  # To, Cc and Delivered-To
    subject: str
    sent_at: datetime | None  # as the sender's clock had it
    arrived_at: datetime
    text: str
    attachments: tuple[Attachment, ...]
    markers: Markers
    bounce: Bounce | None
    authentication_results: tuple[str, ...]  # topmost first
    size: int  # bytes
    defects: tuple[str, ...]

    @classmethod
    def from_bytes(cls, raw: bytes, *, arrived_at: datetime, size: int | None = None) -> "Mail":
        """Read a mail without raising; `size` is its true size where `raw` holds its headers only."""
        head, body = split(raw)
        clean = without_control_characters(head)
        headers = Headers.from_bytes(clean + b"\r\n\r\n")
        found: list[Defect] = [] if clean == head else [Defect.CONTROL_CHARACTERS]
        tree = parse(clean + b"\r\n\r\n" + body)
        read = Body(defects=[Defect.TOO_DEEP]) if tree is None else read_body(tree)
        found += read.defects
        sender = _sender(headers, found)
        mail = cls(
            message_id=next(iter(message_ids(headers.first("message-id"))), ""),
            in_reply_to=next(iter(message_ids(headers.first("in-reply-to"))), ""),
            references=message_ids(" ".join(headers.all("references"))),
            from_address=sender,
            from_name=display_name(headers.first("from")),
            reply_to=next(iter(addresses(headers.first("reply-to"))[0]), ""),
            recipients=_recipients(headers),
            subject=words(headers.first("subject")),
            sent_at=moment(headers.first("date")),
            arrived_at=arrived_at,
            text=read.text,
            attachments=tuple(read.attachments),
            markers=Markers.from_headers(headers),
            bounce=None if tree is None else read_bounce(tree),
            authentication_results=headers.all("authentication-results"),
            size=len(raw) if size is None else size,
            defects=(),
        )
        return _with_defects(mail, headers, found)


def _sender(headers: Headers, found: list[Defect]) -> str:
    values = headers.all("from")
    if not any(values):
        found.append(Defect.NO_SENDER)
        return ""
    senders, clean = addresses(",".join(values))
    if len(senders) > 1 or len(values) > 1:
        found.append(Defect.SEVERAL_SENDERS)
        return ""
    if not senders or not clean:
        found.append(Defect.SENDER_UNREADABLE)
        return ""
    return senders[0]


def _recipients(headers: Headers) -> tuple[str, ...]:
    values = (*headers.all("to"), *headers.all("cc"), *headers.all("delivered-to"))
    return addresses(",".join(values))[0]


def _with_defects(mail: Mail, headers: Headers, found: list[Defect]) -> Mail:
    if not mail.message_id:
        found.append(Defect.NO_MESSAGE_ID)
    if mail.sent_at is None:
        found.append(Defect.DATE_UNREADABLE if headers.first("date") else Defect.NO_DATE)
    if not mail.text:
        found.append(Defect.NO_TEXT)
    return replace(mail, defects=tuple(dict.fromkeys(map(str, found))))


def fingerprint(raw: bytes) -> str:
    """Return a SHA-256 that is the same for one mail delivered twice, by whatever way.

    Received and Delivered-To differ between two deliveries, so only what the sender wrote counts; and the body counts,
    so that a new mail under an old Message-ID is a new mail.
    """
    head, body = split(raw)
    headers = Headers.from_bytes(without_control_characters(head) + b"\r\n\r\n")
    parts = [" ".join("\n".join(headers.all(name)).split()).encode() for name in _FINGERPRINTED]
    digest = hashlib.sha256()
    if not any(parts):
        body = raw  # no header of a mail: all there is may stand above the first empty line
    for part in (*parts, body.replace(b"\r\n", b"\n").rstrip(b"\n")):
        digest.update(len(part).to_bytes(8, "big") + part)  # the length keeps two parts from running together
    return digest.hexdigest()
