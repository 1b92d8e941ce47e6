"""A mail's body as the text a person wrote, and its attachments by name, type and size only."""

import email
import email.errors
import email.policy
from dataclasses import dataclass, field
from email.message import Message

from handlers.htmltext import html_to_text
from handlers.mailheaders import Defect, decoded, one_line, printable, readable, words

MAX_DEPTH = 20  # parts within parts; the deepest mail that people send has about six
TEXT_CHARS = 200_000  # about a hundred pages; nobody explains a request at greater length
NAME_CHARS = 200
PART_HEADER_CHARS = 2_000  # the package reads parameters in quadratic time
PARTS_MOST = 10_000  # every part costs it a kilobyte and more


@dataclass(frozen=True)
class Attachment:
    """What is said of an attachment; its content is not looked at."""

    name: str
    content_type: str
    size: int  # bytes, decoded


@dataclass
class Body:
    """What was read from a body; filled while its parts are walked."""

    texts: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The texts of all parts, a blank line between them."""
        return "\n\n".join(self.texts)[:TEXT_CHARS]


class _ShortHeaders(email.policy.Compat32):
    """Cuts header lines, those of parts included."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:PART_HEADER_CHARS]


def parse(raw: bytes) -> Message | None:
    """Return the tree of a mail's parts, None if it has more, or deeper ones, than the parser can follow."""
    if raw.count(b"\n--") > PARTS_MOST:
        return None
    try:
        return email.message_from_bytes(raw, policy=_ShortHeaders())
    except RecursionError:
        return None


def children(part: Message) -> list[Message]:
    """Return the parts directly within a part, none if it is a leaf."""
    if not part.is_multipart():
        return []  # asked for a leaf's payload, the email package would decode it, and stumble over "charset*="
    return [child for child in part.get_payload() if isinstance(child, Message)]


def read_body(message: Message) -> Body:
    """Return the best text of a mail, forwarded mails within it included, and its attachments."""
    body = Body()
    body.texts = _read(message, body=body, depth=0)
    if len("\n\n".join(body.texts)) > TEXT_CHARS:
        body.defects.append(Defect.TEXT_CUT)
    return body


def _read(part: Message, *, body: Body, depth: int) -> list[str]:
    if depth > MAX_DEPTH:
        body.defects.append(Defect.TOO_DEEP)
        return []
    if part.defects:
        body.defects.append(Defect.BROKEN_MIME)
    if children(part):
        return _read_children(part, body=body, depth=depth)
    text = _text(part, body=body)
    return [text] if text else []


def _read_children(part: Message, *, body: Body, depth: int) -> list[str]:
    kind = part.get_content_type()
    # Of a report only its first part is written for people.
    within = children(part)[:1] if kind == "multipart/report" else children(part)
    # Every alternative is walked even if one is enough: an attachment may sit in any of them.
    read = [_read(child, body=body, depth=depth + 1) for child in within]
    if kind == "multipart/alternative":
        return next((texts for texts in read if texts), [])
    return [text for texts in read for text in texts]


def _text(part: Message, *, body: Body) -> str:
    """Return a leaf's text; what is not text for reading is noted as an attachment."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    kind = part.get_content_type()
    if _is_attachment(part, kind):
        body.attachments.append(Attachment(name=_name(part), content_type=one_line(kind), size=len(data)))
        return ""
    text, defect = decoded(data, _charset(part))
    if defect is not None and not _is_unlabelled(part):
        body.defects.append(defect)
    if kind == "text/html":
        text = html_to_text(text)
    return _clean(text)


def _is_attachment(part: Message, kind: str) -> bool:
    if kind not in {"text/plain", "text/html"} and part.get_content_maintype() != "multipart":
        return True
    return part.get_content_disposition() == "attachment" or _filename(part) is not None


def _filename(part: Message) -> str | None:
    # RFC 2231 lets a name say its charset; the package stumbles over one that decodes nothing, such as "undefined".
    try:
        return part.get_filename()
    except ValueError:
        return ""


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset("us-ascii")
    except ValueError:  # likewise
        return ""


def _is_unlabelled(part: Message) -> bool:
    # Without a charset the guess (UTF-8, else Windows-1252) is all there is, and nearly always right.
    return part.get_param("charset") is None


def _name(part: Message) -> str:
    name = words(readable(_filename(part) or ""))
    return name.replace("\\", "/").rpartition("/")[2][:NAME_CHARS]


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return printable(text).strip("﻿ \t\n")
