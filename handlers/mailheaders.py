"""Header lines as values: whatever a stranger wrote there comes out as one clean line, or as nothing."""

import binascii
import email.errors
import email.header
import email.parser
import email.policy
import email.utils
import enum
import re
import string
from dataclasses import dataclass
from datetime import UTC, datetime

import idna

# A header this long is no longer one that a mail program wrote; the rest of it is not read.
HEADER_CHARS = 16_000
HEAD_BYTES = 262_144  # of all headers together; mail servers cut them at half of that
MESSAGE_ID_CHARS = 998  # RFC 5322 section 2.1.1, the longest line

_HEAD_END = re.compile(rb"(?:\A|\r?\n)\r?\n")  # the last line's CR too: left alone it would count as a lone one
# A lone CR splits a header for Python's parser but not for a mail server: another header could be smuggled in.
_NOT_ONE_LINE = re.compile(rb"\r(?!\n)|\x00")
# Control characters, line and paragraph separators, and marks that turn the reading direction.
_NOT_PRINTED = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\s]+")
_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")
# An open quotation runs to the end: a pattern that wants its end would be tried anew at every mark.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*\\?(?:"|\Z)')
_QUOTED_PAIR = re.compile(r"\\(.)")
_COMMENT = re.compile(r"\([^()]*\)")
_IN_ANGLES = re.compile(r"[^<>]*<([^<>]*)>[^<>@]*")
# No encoded word (RFC 2047) either: the email package decodes one in an address that it writes.
_ADDRESS = re.compile(r"(?!.*=\?)[^\s@<>(),;:\"\\\[\]]{1,64}@[^\s@<>(),;:\"\\\[\]]{1,255}")
_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@enum.unique
class Defect(enum.StrEnum):
    """What is wrong with a mail as it arrived."""

    NO_SENDER = "no_sender"
    SENDER_UNREADABLE = "sender_unreadable"
    SEVERAL_SENDERS = "several_senders"
    NO_DATE = "no_date"
    DATE_UNREADABLE = "date_unreadable"
    NO_MESSAGE_ID = "no_message_id"
    NO_TEXT = "no_text"
    TEXT_CUT = "text_cut"
    UNKNOWN_CHARSET = "unknown_charset"
    UNDECODABLE = "undecodable"
    BROKEN_MIME = "broken_mime"
    CONTROL_CHARACTERS = "control_characters"
    TOO_DEEP = "too_deep"


@dataclass(frozen=True)
class Headers:
    """The header lines of a mail in their order, names in lower case, values as they stand on the wire."""

    lines: tuple[tuple[str, str], ...]

    @classmethod
    def from_bytes(cls, head: bytes) -> "Headers":
        """Read a header block; what is not a header line is left out."""
        message = email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(head)
        # raw_items keeps undecoded bytes as surrogates; the ordinary accessors already replace them.
        return cls(tuple((name.lower(), str(value)[:HEADER_CHARS]) for name, value in message.raw_items()))

    def all(self, name: str) -> tuple[str, ...]:
        """Return the values of every header of that name, topmost first, one line each."""
        return tuple(one_line(readable(value)) for key, value in self.lines if key == name)

    def first(self, name: str) -> str:
        """Return the topmost value of that name as one line, "" if there is none."""
        return next(iter(self.all(name)), "")


def split(raw: bytes) -> tuple[bytes, bytes]:
    """Return the header block, cut if beyond all measure, and the body of a mail."""
    end = _HEAD_END.search(raw)
    head, body = (raw, b"") if end is None else (raw[: end.start()], raw[end.end() :])
    return head[:HEAD_BYTES], body


def without_control_characters(head: bytes) -> bytes:
    """Return the header block with NUL and lone CR made spaces."""
    return _NOT_ONE_LINE.sub(b" ", head)


def readable(value: str) -> str:
    """Return the text of bytes which the parser kept as surrogates: UTF-8, else Windows-1252."""
    if value.isascii():
        return value
    data = value.encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def one_line(text: str) -> str:
    """Return the text on one line, without control characters and without lone surrogates."""
    return printable(_NOT_PRINTED.sub(" ", text)).strip()


def printable(text: str) -> str:
    """Return the text with lone surrogates replaced, so that every database and encoder takes it."""
    return text.encode("utf-8", "replace").decode()


def words(value: str) -> str:
    """Decode the encoded words (RFC 2047) of a header to one line; what cannot be decoded stays as it is."""
    if "=?" not in value:
        return one_line(value)
    try:
        chunks = email.header.decode_header(value)
    except (email.errors.HeaderParseError, binascii.Error, ValueError):
        return one_line(value)
    return one_line("".join(_chunk(data, charset) for data, charset in chunks))


def _chunk(data: bytes | str, charset: str | None) -> str:
    if isinstance(data, str):
        return data
    # decode_header hands the plain text between encoded words over in this codec.
    return decoded(data, charset or "raw-unicode-escape")[0]


# Codecs that Python knows and no mail uses: their decoding is slow on purpose-made input or not text at all.
_NOT_FOR_MAIL = frozenset({"idna", "punycode", "unicode_escape", "undefined", "utf_7"})


def decoded(data: bytes, charset: str) -> tuple[str, Defect | None]:
    """Decode with the charset named, else as UTF-8 or Windows-1252; never raises, tells what was wrong."""
    known = charset.lower().replace("-", "_") not in _NOT_FOR_MAIL
    try:
        if known:
            return data.decode(charset), None
    except UnicodeDecodeError:
        return _guessed(data), Defect.UNDECODABLE
    except (LookupError, ValueError):
        pass
    return _guessed(data), Defect.UNKNOWN_CHARSET


def _guessed(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def normalise_address(address: str) -> str:
    """Return the one form in which addresses are compared, "" for what is not an address.

    Only ASCII letters of the local part are lowered, and nothing is normalised to another character: the Kelvin sign
    lowers to "k", so `mike@` spelt with it would otherwise become somebody else's address.
    """
    address = address.strip()
    if not _ADDRESS.fullmatch(address):
        return ""
    local, _, domain = address.partition("@")
    return f"{local.translate(_ASCII_LOWER)}@{_domain(domain)}"


def _domain(domain: str) -> str:
    domain = domain.rstrip(".").lower()
    try:
        return idna.decode(domain, uts46=True)
    except (idna.IDNAError, UnicodeError):
        return domain


def addresses(value: str) -> tuple[tuple[str, ...], bool]:
    """Return the normalised addresses of an address header, and whether all of it could be read.

    Stricter than email.utils.getaddresses, which reads an address out of a quoted name or a comment
    (CVE-2023-27043); a local part in quotation marks counts as unreadable.
    """
    found: list[str] = []
    bare = _without_comments(_QUOTED.sub("", value))
    clean = "(" not in bare  # an open comment hides what follows from some readers
    for item in re.split(r"[,;]", bare):
        address = normalise_address(_spec(item))
        if address:
            found.append(address)
        elif "@" in item or "<" in item:
            clean = False
    return tuple(dict.fromkeys(found)), clean


def _without_comments(value: str) -> str:
    for _ in range(10):  # comments nest; nobody nests them deeper
        value, removed = _COMMENT.subn(" ", value)
        if not removed:
            break
    return value


def _spec(item: str) -> str:
    in_angles = _IN_ANGLES.fullmatch(item)
    if in_angles:
        return in_angles.group(1)
    return item.rpartition(":")[2]  # a group's name stands before a colon


def display_name(value: str) -> str:
    """Return the name beside an address, decoded, "" if there is none.

    email.utils.parseaddr would follow nested comments by recursion, without end.
    """
    name, angle, _ = value.rpartition("<")
    if not angle:
        comment = _COMMENT.search(value)
        name = comment.group()[1:-1] if comment else ""
    name = name.strip()
    if name[:1] == name[-1:] == '"':
        name = _QUOTED_PAIR.sub(r"\1", name[1:-1])
    return words(name)


def message_ids(value: str) -> tuple[str, ...]:
    """Return the message ids of a header without their angle brackets, in order, each once."""
    found = _MESSAGE_ID.findall(value) or value.split()[:1]
    return tuple(dict.fromkeys(one[:MESSAGE_ID_CHARS] for one in found))


def moment(value: str) -> datetime | None:
    """Return a Date header as an aware UTC moment, None if it cannot be read."""
    try:
        parsed = email.utils.parsedate_to_datetime(value)
        # "-0000" says that the zone is unknown (RFC 5322 section 3.3); the time itself is UTC.
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
