"""What the demo page shows and may do, as values and one Protocol; the demonstration keeps its promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.demo.slack import Changes


class UnknownMailError(LookupError):
    """No mailbox holds a mail with this id."""


@dataclass(frozen=True)
class MailView:
    """A mail in a mailbox; `id` is unique across all mailboxes, `html` is empty for a plain mail."""

    id: str
    sender: str
    recipient: str
    subject: str
    at: datetime
    text: str
    html: str = ""


@dataclass(frozen=True)
class MailboxView:
    """A mailbox with its mails, newest first."""

    address: str
    name: str
    mails: tuple[MailView, ...]


@dataclass(frozen=True)
class RequestView:
    """One right within a ticket and how far it is; both are words as the ticket's card shows them."""

    right: str
    status: str


@dataclass(frozen=True)
class TicketView:
    """A ticket; `rule` says what set the last date, `is_open` whether a date is still running."""

    reference: str
    state: str
    requests: tuple[RequestView, ...]
    received: date
    safe_date: date
    last_date: date
    rule: str
    is_open: bool


@dataclass(frozen=True)
class CrmChangeView:
    """One change of the CRM database; an empty `after` means that the value is gone."""

    at: datetime
    table: str
    action: str  # "correct", "delete", "anonymise", "suppress" or "restrict"
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class PersonView:
    """A sample person who can write mail; `note` says in some words what is special about them."""

    address: str
    name: str
    note: str


@dataclass(frozen=True)
class ExampleMail:
    """A mail to fill in with one click; `language` is an ISO 639-1 code."""

    language: str
    label: str
    sender: str
    subject: str
    body: str


@dataclass(frozen=True)
class CommandHint:
    """A slash command worth trying, with what it does."""

    command: str
    text: str
    description: str


class DemoWorld(Protocol):
    """The demonstration behind the page. Nothing here is trusted to be harmless when shown."""

    @property
    def changes(self) -> Changes:
        """Told whenever anything that the methods return has changed."""
        ...

    @property
    def portal_url(self) -> str:
        """How the addresses of the bot's portal begin; only such links in mails can be clicked."""
        ...

    async def now(self) -> datetime:
        """Return the demonstration's time, aware."""
        ...

    async def mailboxes(self) -> Sequence[MailboxView]:
        """Return the mailboxes in the order to show them."""
        ...

    async def write_mail(self, sender: str, subject: str, body: str) -> None:
        """Send a mail to the company's privacy inbox."""
        ...

    async def reply(self, mail_id: str, body: str) -> None:
        """Answer a mail as its recipient. Raises UnknownMailError."""
        ...

    async def advance(self, days: int) -> None:
        """Let time pass, and everything happen that falls due."""
        ...

    async def tickets(self) -> Sequence[TicketView]:
        """Return the tickets, newest first."""
        ...

    async def crm_changes(self) -> Sequence[CrmChangeView]:
        """Return what changed in the CRM, newest first."""
        ...

    def people(self) -> Sequence[PersonView]:
        """Return the sample people."""
        ...

    def examples(self) -> Sequence[ExampleMail]:
        """Return the example mails."""
        ...

    def commands(self) -> Sequence[CommandHint]:
        """Return the slash commands to suggest."""
        ...
