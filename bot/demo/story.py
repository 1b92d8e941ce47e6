"""The demonstration's mails, from templates/demo/story.yaml, and what is to become of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from functools import cache
from typing import Literal

import yaml
from pydantic import TypeAdapter

from bot.typeset import TEMPLATES

INBOX = "privacy@shop.example"


@dataclass(frozen=True)
class Scene:
    """One mail of the story and its expected end."""

    name: str
    language: str
    sender: str
    subject: str
    body: str
    rights: tuple[str, ...] = ()
    becomes: Literal["answered", "ignored"] = "answered"
    by: Literal["code", "link", "none"] = "none"
    headers: Mapping[str, str] = field(default_factory=dict)


@cache
def scenes() -> tuple[Scene, ...]:
    """Return the story."""
    text = (TEMPLATES / "demo" / "story.yaml").read_text(encoding="utf-8")
    return TypeAdapter(tuple[Scene, ...]).validate_python(yaml.safe_load(text))


def write(
    sender: str, subject: str, body: str, *, now: datetime, headers: Mapping[str, str] | None = None
) -> EmailMessage:
    """Return a mail to the privacy inbox, as a person's program would write it."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = INBOX
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or "example.org")
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(body)
    return message


def reply(original: EmailMessage, body: str, *, now: datetime) -> EmailMessage:
    """Return an answer to one of our letters, quoting it as mail programs do."""
    subject = str(original["Subject"])
    message = write(
        str(original["To"]), subject if subject.lower().startswith("re:") else f"Re: {subject}", "", now=now
    )
    message["In-Reply-To"] = original["Message-ID"]
    message["References"] = f"{original.get('References', '')} {original['Message-ID']}".strip()
    text = original.get_body(("plain",))
    quoted = "\n".join(f"> {line}" for line in (text.get_content() if text else "").splitlines())
    message.set_content(f"{body}\n\n{original['From']} wrote:\n{quoted}\n")
    return message
