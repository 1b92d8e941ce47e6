"""The unit of work: what handlers.ports.Unit promises, on the tables."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from handlers.cards import Card, failure_card, ticket_card
from handlers.challenge import Challenge
from handlers.crm import Done, Identifier
from handlers.journal import SYSTEM, Entry, Fact
from handlers.law.duties import Duty
from handlers.letters import Letter, Queued
from handlers.links import Link
from handlers.ports import ADDRESS, LINK, PERSON_KEY, StaleTicket, Typesetter
from handlers.repeats import Answered
from handlers.restrictions import Restriction
from handlers.rights import Right
from handlers.tickets import Ticket, clock_change, new_id, status_changes
from storage import challenges, journal, ledger, notes, outgoing, persons, restrictions, suppressions, tables
from storage.cards import put_cards
from storage.crypto import Keyring
from storage.database import Database
from storage.keys import Keys
from storage.persons import PersonHashes
from storage.records import LetterSecret, seal_letter
from storage.tickets import TicketQuery, Tickets


class SqlUnit:
    """A unit of work on an open transaction; `flush` writes what was gathered, before the commit."""

    def __init__(
        self, database: Database, connection: Connection, *, keyring: Keyring, typesetter: Typesetter, now: datetime
    ) -> None:
        self.now = now
        self.connection = connection
        self._database = database
        self._keyring = keyring
        self._typesetter = typesetter
        self.keys = Keys(connection, keyring)
        self._tickets = Tickets(connection, self.keys)
        self._cards: dict[str, tuple[Card, bool]] = {}
        self._entries: list[Entry] = []

    def flush(self) -> None:
        """Write cards and journal: last, and each at once, so that the journal is locked for a moment only."""
        put_cards(self.connection, self._cards, now=self.now)
        if self._entries:
            self._database.lock_journal(self.connection)
            journal.append(self.connection, self._keyring.journal, self._entries)
        self._cards, self._entries = {}, []

    def hash(self, kind: str, value: str) -> str:
        """Return the keyed hash under which a value can be found again."""
        return self._keyring.lookup(kind, value)

    def tickets(self, query: TicketQuery) -> list[Ticket]:
        """Return the tickets of a query on the tickets table."""
        return self._tickets.find(query)

    def ticket(self, ticket_id: str) -> Ticket | None:
        """Return a ticket by its id."""
        return next(iter(self.tickets(select(tables.tickets).where(tables.tickets.c.id == ticket_id))), None)

    def ticket_named(self, reference: str) -> Ticket | None:
        """Return a ticket by its reference."""
        return next(iter(self.tickets(select(tables.tickets).where(tables.tickets.c.reference == reference))), None)

    def ticket_of_letter(self, letter_ids: Sequence[str]) -> Ticket | None:
        """Return the ticket that one of these letters belongs to."""
        found = select(tables.letters.c.ticket_id).where(tables.letters.c.id.in_(letter_ids)).limit(1)
        query = select(tables.tickets).where(tables.tickets.c.id == found.scalar_subquery())
        return next(iter(self.tickets(query)), None)

    def count_tickets(self, address: str, *, since: datetime) -> int:
        """Count the tickets that an address opened."""
        columns = tables.tickets.c
        mine = columns.requester_hash == self.hash(ADDRESS, address)
        query = select(func.count()).select_from(tables.tickets).where(mine, columns.opened_at > since)
        return self.connection.execute(query).scalar_one()

    def hold_sender(self, address: str) -> None:
        """Let no other unit decide on a mail of this sender before this one ends, so that each sees the other's."""
        self._database.lock_sender(self.connection, self.hash(ADDRESS, address))

    def open_tickets_of(self, address: str, person_key: str) -> list[Ticket]:
        """Return the open tickets of a person, by the key on file, or by the address where no person is known."""
        return self.tickets(persons.open_tickets(self._person_hashes(address, person_key)))

    def answered(self, address: str, person_key: str, *, since: datetime) -> list[Answered]:
        """Return what the same person had answered since then."""
        return persons.answered(self.connection, self._person_hashes(address, person_key), since=since)

    def _person_hashes(self, address: str, person_key: str) -> PersonHashes:
        return PersonHashes(self.hash(ADDRESS, address), self.hash(PERSON_KEY, person_key) if person_key else "")

    def save(self, ticket: Ticket, *, actor: str) -> Ticket:
        """Insert or update a ticket, note its changes of state in the journal and renew its card."""
        before = self._tickets.before(ticket)
        saved = self._tickets.save(ticket, hashes=self._hashes(ticket), now=self.now)
        if before is None:
            self.note("opened", reference=ticket.reference, actor=actor or SYSTEM, **_clock_facts(ticket))
        elif (before.clock, before.basis) != (ticket.clock, ticket.basis):
            facts = {**clock_change(before, ticket), **_law_facts(ticket)}
            self.note("clock", reference=ticket.reference, actor=actor or SYSTEM, **facts)
        for change in status_changes(before, ticket):
            self.note("status", reference=ticket.reference, actor=actor or SYSTEM, **change)
        self.put_card(ticket_card(saved))
        return saved

    def look_again(self, ticket: Ticket, *, at: datetime | None) -> None:
        """Note when to look at a ticket next."""
        self._tickets.look_again(ticket, at=at)

    def _hashes(self, ticket: Ticket) -> dict[str, str]:
        return {
            "requester_hash": self.hash(ADDRESS, ticket.requester.address),
            "person_hash": self.hash(PERSON_KEY, ticket.person.key) if ticket.person else "",
        }

    def add_letter(self, ticket: Ticket, letter: Letter) -> Queued:
        """Set a letter and queue it; hold it back, with a card, if it lacks what the law demands of it."""
        letter_id, lacks = self._queue_letter(letter, ticket_id=ticket.id, key_id=self._tickets.key_id(ticket.id))
        if not lacks:
            self.note("letter.queued", reference=ticket.reference, letter=letter.kind, language=letter.language)
            return Queued(letter_id)
        names = [duty.name for duty in lacks]
        self.note("letter.held", reference=ticket.reference, letter=letter.kind, language=letter.language, lacks=names)
        detail = ", ".join(f"{duty.name} ({duty.law})" for duty in lacks)
        self.put_card(failure_card(ticket, topic=f"letter:{letter_id}", reason="letter_incomplete", detail=detail))
        return Queued(letter_id, is_held=True)

    def has_unsent(self, ticket_id: str) -> bool:
        """Is a letter of a ticket still to leave, held back, or given up?"""
        return outgoing.has_unsent(self.connection, ticket_id)

    def add_internal_letter(self, letter: Letter) -> None:
        """Queue a letter that belongs to no ticket, under a key of its own."""
        key_id, _ = self.keys.make()
        self._queue_letter(letter, ticket_id=None, key_id=key_id)
        self.note("letter.queued", letter=letter.kind, language=letter.language)

    def _queue_letter(self, letter: Letter, *, ticket_id: str | None, key_id: str) -> tuple[str, tuple[Duty, ...]]:
        """Return the row's id, and what the letter lacks; a letter that lacks something is never due."""
        words = self._typesetter.typeset(letter)
        letter_id = new_id()
        secret = LetterSecret(
            letter.to,
            letter.language,
            words.subject,
            words.text,
            words.html,
            letter.in_reply_to,
            letter.references,
        )
        row = {
            "id": letter_id,
            "ticket_id": ticket_id,
            "key_id": key_id,
            "kind": letter.kind,
            "state": "held" if words.lacks else "ready",
            "attempt": 1,
            "next_attempt_at": self.now,
            "created_at": self.now,
            "sealed": seal_letter(secret, letter_id=letter_id, key=self.keys[key_id]),
        }
        self.connection.execute(insert(tables.letters), row)
        return letter_id, words.lacks

    def put_card(self, card: Card, *, once: bool = False) -> None:
        """Queue a card, or the new state of one with this topic; with `once`, leave one that is there alone."""
        self._cards[card.topic] = (card, once)

    def note(self, event: str, *, reference: str = "", actor: str = SYSTEM, **data: Fact) -> None:
        """Add an entry to the journal."""
        self._entries.append(Entry(self.now, event, reference, actor, data))

    def add_challenge(self, challenge: Challenge) -> None:
        """Keep a challenge; it takes the place of an open one that names the same requests."""
        challenges.add(self.connection, challenge)

    def open_challenge(self, *, link_hash: str) -> Challenge | None:
        """Return the open challenge of a link."""
        return next(iter(challenges.find_open(self.connection, tables.challenges.c.link_hash == link_hash)), None)

    def open_challenges(self, ticket_id: str) -> list[Challenge]:
        """Return the open challenges of a ticket, the first to expire first."""
        return challenges.find_open(self.connection, tables.challenges.c.ticket_id == ticket_id)

    def save_challenge(self, challenge: Challenge) -> None:
        """Keep a challenge's new state."""
        challenges.save_challenge(self.connection, challenge)

    def add_link(self, link: Link) -> None:
        """Keep a time-limited link with what it gives."""
        row = challenges.link_row(link, link_hash=self.hash(LINK, link.token), key=self._tickets.key(link.ticket_id))
        self.connection.execute(insert(tables.links), row)

    def link(self, token: str, *, kind: str) -> Link | None:
        """Return a link that has not expired."""
        columns = tables.links.c
        query = select(tables.links, tables.tickets.c.key_id).join(tables.tickets)
        query = query.where(columns.link_hash == self.hash(LINK, token), columns.kind == kind)
        row = self.connection.execute(query.where(columns.expires_at > self.now)).first()
        return challenges.read_link(row, token=token, key=self.keys[row.key_id]) if row else None

    def drop_links(self, request_id: str, *, kind: str) -> None:
        """Forget the links of a request."""
        columns = tables.links.c
        self.connection.execute(delete(tables.links).where(columns.request_id == request_id, columns.kind == kind))

    def extend_link(self, token: str, *, until: datetime) -> None:
        """Give a link another end."""
        mine = tables.links.c.link_hash == self.hash(LINK, token)
        self.connection.execute(update(tables.links).where(mine).values(expires_at=until))

    def suppress(self, address: str, consents: Sequence[str], *, known_by: Sequence[Identifier] = ()) -> None:
        """Remember, by keyed hash, that an address wants no more of these; all advertising if none is named."""
        others = [ledger.suppression_hash(self._keyring, one) for one in known_by if ledger.says_who(one)]
        suppressions.add(self.connection, [self.hash(ADDRESS, address), *others], consents, now=self.now)

    def keep_consents(self, address: str, right: Right, consents: Sequence[str], done: Done, *, reference: str) -> None:
        """Keep as proof what an address had consented to before it was stopped."""
        ended = suppressions.Ended(self.now, right, tuple(consents), reference, done.formerly)
        suppressions.add_history(self.connection, self.keys, self.hash(ADDRESS, address), ended)

    def remember_erased(self, identifiers: Sequence[Identifier], *, reference: str) -> None:
        """Enter a person who was erased into the ledger, by keyed hashes."""
        ledger.remember(self.connection, self._keyring, identifiers, reference=reference, now=self.now)

    def release_notes(self, ids: Sequence[str], *, by: str) -> None:
        """Let copies hold these notes from now on."""
        notes.release(self.connection, self._keyring, ids, by=by, now=self.now)

    def save_restriction(self, restriction: Restriction) -> None:
        """Keep a restriction, or its new state."""
        restrictions.save(self.connection, restriction)

    def restriction(self, ticket_id: str) -> Restriction | None:
        """Return the restriction that a ticket brought about."""
        return restrictions.read(self.connection, ticket_id)

    def settle_mail(self, mail_id: str, *, state: str, reason: str, ticket_id: str | None = None) -> None:
        """Note what became of a mail. Raises StaleTicket if that was noted before."""
        columns = tables.mails.c
        values = {"state": state, "reason": reason, "ticket_id": ticket_id, "next_attempt_at": None}
        mine = (columns.id == mail_id) & columns.state.in_(["new", "quarantined"])
        if self.connection.execute(update(tables.mails).where(mine).values(values)).rowcount != 1:
            raise StaleTicket("the mail is settled")

    def when_written(self, ticket_ids: Sequence[str], kind: str) -> list[datetime]:
        """Return when letters of this kind were queued for any of these tickets, the first one first."""
        columns = tables.letters.c
        query = select(columns.created_at).where(columns.ticket_id.in_(ticket_ids), columns.kind == kind)
        return list(self.connection.execute(query.order_by(columns.created_at)).scalars())

    def was_written(self, ticket_id: str, kind: str) -> bool:
        """Was a letter of this kind ever queued for a ticket?"""
        columns = tables.letters.c
        query = select(columns.id).where(columns.ticket_id == ticket_id, columns.kind == kind).limit(1)
        return self.connection.execute(query).first() is not None


def _clock_facts(ticket: Ticket) -> dict[str, Fact]:
    """Return what the journal keeps about a new clock: its dates, and what they follow from."""
    clock, doubt = ticket.clock, ticket.requester.date_doubt
    facts: dict[str, Fact] = {
        "safe_date": clock.safe_date.isoformat(),
        "last_date": clock.last_date.isoformat(),
        "rule": clock.rule,
        **_law_facts(ticket),
    }
    return {**facts, "date_doubt": str(doubt)} if doubt else facts


def _law_facts(ticket: Ticket) -> dict[str, Fact]:
    basis = ticket.basis
    return {"law": basis.law, "law_reason": str(basis.reason), "holiday_tables": basis.tables}
