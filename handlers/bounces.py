"""Delivery status notifications (RFC 3464): which of our letters did not arrive, and whether it ever will."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from handlers.mailbody import children
from handlers.mailheaders import addresses, message_ids, one_line, readable

# RFC 3463; whatever else stands there is a stranger's text, and this goes to Slack and into the journal.
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_NOT_DELIVERED = frozenset({"failed", "delayed"})


@dataclass(frozen=True)
class Bounce:
    """What a delivery status notification (RFC 3464) says of one of our letters."""

    original_message_id: str  # "" if the report does not carry it
    status: str  # e.g. "5.1.1", "" if the report does not say
    recipient: str
    permanent: bool


def read_bounce(message: Message) -> Bounce | None:
    """Return what a report says of the first recipient it failed for, None if it is no report of a failure."""
    if message.get_content_type() != "multipart/report":
        return None
    parts = children(message)
    for fields in _recipient_fields(parts):
        action = _field(fields, "Action").lower()
        if action in _NOT_DELIVERED:
            return _bounce(fields, action=action, original=_original_message_id(parts))
    return None


def _bounce(fields: Message, *, action: str, original: str) -> Bounce:
    found = _STATUS.match(_field(fields, "Status"))
    status = found.group() if found else ""
    recipient = _field(fields, "Final-Recipient") or _field(fields, "Original-Recipient")
    return Bounce(
        original_message_id=original,
        status=status,
        recipient=next(iter(addresses(recipient.partition(";")[2])[0]), ""),
        # A delay is a report of trying again, whatever its status says.
        permanent=action == "failed" and not status.startswith("4"),
    )


def _recipient_fields(parts: list[Message]) -> Iterator[Message]:
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            yield from children(part)


def _original_message_id(parts: list[Message]) -> str:
    for part in parts:
        ids = message_ids(_field(_original(part), "Message-ID"))
        if ids:
            return ids[0]
    return ""


def _original(part: Message) -> Message:
    """Return the returned mail, of which some servers send the headers only."""
    if part.get_content_type() == "message/rfc822" and children(part):
        return children(part)[0]
    if part.get_content_type() == "text/rfc822-headers":
        data = part.get_payload(decode=True)
        return email.message_from_bytes(data if isinstance(data, bytes) else b"", policy=email.policy.compat32)
    return Message()


def _field(fields: Message, name: str) -> str:
    value = next((value for key, value in fields.raw_items() if key.lower() == name.lower()), "")
    return one_line(readable(str(value)))
