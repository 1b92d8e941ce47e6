"""What the decisions need from outside, as promises; bot and storage keep them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Protocol, Self

from handlers.cards import Card
from handlers.challenge import Challenge
from handlers.crm import Author, Change, Clue, Copy, Done, Identifier, Person, Plan
from handlers.journal import SYSTEM, Fact
from handlers.letters import Letter, Queued, Rendered
from handlers.links import Link
from handlers.recognition import Correction, Recognition
from handlers.repeats import Answered
from handlers.restrictions import Restriction
from handlers.rights import Right
from handlers.tickets import Ticket

# Kinds of keyed hashes; who writes one and who looks it up must name the same.
ADDRESS = "address"
LINK = "link"
PERSON_KEY = "person"


class Recogniser(Protocol):
    """Reads a mail's text. Never raises on any input; what it cannot read goes to triage."""

    def recognise(self, *, subject: str, body: str) -> Recognition:
        """Return the verdict on a mail whose quotes and signature may still be there."""
        ...

    def own_words(self, body: str) -> str:
        """Return what the writer added: the body without quoted mails and signature."""
        ...


class Crm(Protocol):
    """The CRM database. Synchronous; matches exactly on normalised values, never by substring.

    Every writing method is one transaction and may be called again after a crash.
    All methods raise CrmUnavailable when the database cannot be reached.
    """

    def check(self) -> None:
        """Connect and compare the data map with the database; raise CrmError with the remedy."""
        ...

    def find_by_email(self, address: str) -> tuple[Person, ...]:
        """Return everyone on file under the address, in the order of their keys."""
        ...

    def find(self, clue: Clue) -> tuple[Person, ...]:
        """Return everyone whom any of the clues fits; several are for a person to tell apart."""
        ...

    def person(self, key: str) -> Person | None:
        """Return the person with this key, None if gone or anonymised."""
        ...

    def collect(self, key: str) -> Copy:
        """Return all mapped data of a person (Art. 15)."""
        ...

    def plan_correction(self, key: str, corrections: Sequence[Correction]) -> tuple[Change, ...]:
        """Return the field changes that the map allows and that would change a value; others are left out."""
        ...

    def correct(self, key: str, changes: Sequence[Change]) -> Done:
        """Write the new values; one that is there already is done. Raises CrmConflict if it is neither old nor new."""
        ...

    def plan_deletion(self, key: str, *, today: date) -> Plan:
        """Return what erasing would do per table, kept rows with law and date. Raises CrmError if nobody is there."""
        ...

    def delete(self, key: str, plan: Plan, *, today: date, resumed: bool) -> Done:
        """Carry out the plan, then search for traces.

        Raises CrmConflict if the rows changed since the plan, CrmIncomplete if affected rows differ from planned
        rows or traces are left (then nothing is committed). `resumed`: an earlier call with this plan may have
        committed before its result was noted; if the log says that it came so far, only the search is made again.
        """
        ...

    def due_erasures(self, *, today: date) -> tuple[str, ...]:
        """Return the keys of erased persons of whom something was kept that no law keeps any longer."""
        ...

    def erase_due(self, key: str, *, today: date) -> Done:
        """Erase that part; nothing is left to do if called again. Raises CrmIncomplete, having committed nothing."""
        ...

    def suppress(self, address: str, consents: Sequence[str]) -> Done:
        """Stop mailings to an address at once: the consents named, all marketing if none. Zero rows if unknown."""
        ...

    def restrict(self, key: str) -> Done:
        """Freeze a person's data and end mailings to them (Art. 18).

        From then on `plan_correction`, `correct`, `plan_deletion` and `delete` raise CrmRestricted.
        """
        ...

    def lift_restriction(self, key: str, *, mailings: Collection[str]) -> Done:
        """Unfreeze them, with the mailings that the restriction ended: those that these tables hold the flag of.

        The person is told before (Art. 18(3)).
        """
        ...

    def signed(self, author: Author) -> Self:
        """Return the same CRM, whose writes are logged as this author's."""
        ...


class Typesetter(Protocol):
    """Gives a letter its words."""

    def typeset(self, letter: Letter) -> Rendered:
        """Return subject, text, HTML, and the duties they lack. Raises an error if a word or a value is missing."""
        ...


class Unit(Protocol):
    """One unit of work on the store: one stimulus, one commit. Nothing is visible outside before it."""

    now: datetime

    def hash(self, kind: str, value: str) -> str:
        """Return the keyed hash under which a value can be found again."""
        ...

    def ticket(self, ticket_id: str) -> Ticket | None:
        """Return a ticket by its id."""
        ...

    def ticket_named(self, reference: str) -> Ticket | None:
        """Return a ticket by its reference."""
        ...

    def ticket_of_letter(self, letter_ids: Sequence[str]) -> Ticket | None:
        """Return the ticket that one of these letters belongs to."""
        ...

    def count_tickets(self, address: str, *, since: datetime) -> int:
        """Count the tickets that an address opened."""
        ...

    def hold_sender(self, address: str) -> None:
        """Let no other unit decide on a mail of this sender before this one ends, so that each sees the other's."""
        ...

    def open_tickets_of(self, address: str, person_key: str) -> Sequence[Ticket]:
        """Return the open tickets of a person, the oldest first.

        By the key on file, and those from the address of which no person is known; by the address alone without a key.
        """
        ...

    def answered(self, address: str, person_key: str, *, since: datetime) -> Sequence[Answered]:
        """Return what the same person had answered since then."""
        ...

    def save(self, ticket: Ticket, *, actor: str) -> Ticket:
        """Insert or update a ticket, note its changes of state in the journal and renew its card.

        Raises StaleTicket if somebody else saved it meanwhile.
        """
        ...

    def look_again(self, ticket: Ticket, *, at: datetime | None) -> None:
        """Note when to look at a ticket next, None if nothing will fall due by itself; saving it is "now"."""
        ...

    def add_letter(self, ticket: Ticket, letter: Letter) -> Queued:
        """Set a letter and queue it; hold it back, with a card, if it lacks what the law demands of it."""
        ...

    def has_unsent(self, ticket_id: str) -> bool:
        """Is a letter of a ticket still to leave, held back, or given up?"""
        ...

    def put_card(self, card: Card, *, once: bool = False) -> None:
        """Queue a card, or the new state of one with this topic; with `once`, leave one that is there alone."""
        ...

    def note(self, event: str, *, reference: str = "", actor: str = SYSTEM, **data: Fact) -> None:
        """Add an entry to the journal."""
        ...

    def add_challenge(self, challenge: Challenge) -> None:
        """Keep a challenge; it takes the place of an open one that names the same requests."""
        ...

    def open_challenge(self, *, link_hash: str) -> Challenge | None:
        """Return the open challenge of a link."""
        ...

    def open_challenges(self, ticket_id: str) -> Sequence[Challenge]:
        """Return the open challenges of a ticket, the first to expire first."""
        ...

    def save_challenge(self, challenge: Challenge) -> None:
        """Keep a challenge's new state."""
        ...

    def add_link(self, link: Link) -> None:
        """Keep a time-limited link with what it gives."""
        ...

    def link(self, token: str, *, kind: str) -> Link | None:
        """Return a link that has not expired."""
        ...

    def drop_links(self, request_id: str, *, kind: str) -> None:
        """Forget the links of a request."""
        ...

    def extend_link(self, token: str, *, until: datetime) -> None:
        """Give a link another end."""
        ...

    def suppress(self, address: str, consents: Sequence[str], *, known_by: Sequence[Identifier] = ()) -> None:
        """Remember, by keyed hash, that an address wants no more of these; all advertising if none is named.

        `known_by` are other identifiers of its owners, by which an import would find them too.
        """
        ...

    def keep_consents(self, address: str, right: Right, consents: Sequence[str], done: Done, *, reference: str) -> None:
        """Keep as proof what an address had consented to before it was stopped (Art. 7(1))."""
        ...

    def remember_erased(self, identifiers: Sequence[Identifier], *, reference: str) -> None:
        """Remember an erased person by keyed hashes, so that no restore and no import brings them back unnoticed."""
        ...

    def save_restriction(self, restriction: Restriction) -> None:
        """Keep a restriction, or its new state."""
        ...

    def restriction(self, ticket_id: str) -> Restriction | None:
        """Return the restriction that a ticket brought about."""
        ...

    def settle_mail(self, mail_id: str, *, state: str, reason: str, ticket_id: str | None = None) -> None:
        """Note what became of a mail. Raises StaleTicket if that was noted before."""
        ...

    def when_written(self, ticket_ids: Sequence[str], kind: str) -> Sequence[datetime]:
        """Return when letters of this kind were queued for any of these tickets, the first one first."""
        ...

    def was_written(self, ticket_id: str, kind: str) -> bool:
        """Was a letter of this kind ever queued for a ticket?"""
        ...


class StaleTicket(Exception):
    """Somebody else changed the ticket or settled the mail meanwhile; read it again."""
