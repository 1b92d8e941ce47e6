"""The ports of handlers/ports.py in memory, keeping the same promises; a test looks at what they gathered."""

import dataclasses
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from handlers.cards import Card, ticket_card
from handlers.challenge import Challenge, ChallengeState
from handlers.crm import Author, Change, Clue, Copy, CrmError, Done, Identifier, Person, Plan
from handlers.desk import Desk, Job
from handlers.journal import SYSTEM, Entry, Fact
from handlers.letters import Letter, Queued, Rendered
from handlers.links import Link
from handlers.policy import Policy
from handlers.ports import StaleTicket
from handlers.recognition import Correction, Decision, Recognition
from handlers.repeats import Answered
from handlers.restrictions import Restriction
from handlers.rights import Right
from handlers.tickets import Request, Status, Ticket, status_changes
from tests.people import ANNA, BERND, CHANGE, COPY, DONE, NOW, PLAN, POLICY


@dataclass
class FakeUnit:
    """A unit of work that commits nowhere."""

    now: datetime = NOW
    tickets: dict[str, Ticket] = field(default_factory=dict)
    letters: list[Letter] = field(default_factory=list)
    letter_tickets: dict[str, str] = field(default_factory=dict)  # letter id -> ticket id
    written: list[tuple[str, str, datetime]] = field(default_factory=list)  # ticket id, kind, when
    held: list[str] = field(default_factory=list)  # senders
    cards: dict[str, Card] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    challenges: list[Challenge] = field(default_factory=list)
    links: dict[str, Link] = field(default_factory=dict)
    suppressed: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    consents_kept: list[tuple[object, ...]] = field(default_factory=list)
    erased: list[tuple[tuple[Identifier, ...], str]] = field(default_factory=list)
    mails: dict[str, tuple[str, str, str | None]] = field(default_factory=dict)
    held_kinds: frozenset[str] = frozenset()  # kinds of letters that lack something
    unsent: frozenset[str] = frozenset()  # tickets with a letter that has not left
    looks: dict[str, datetime | None] = field(default_factory=dict)  # ticket id -> when to look next
    restrictions: dict[str, Restriction] = field(default_factory=dict)

    @property
    def events(self) -> list[str]:
        """The journal's events, in order."""
        return [entry.event for entry in self.entries]

    @property
    def kinds(self) -> list[str]:
        """The kinds of the letters that were queued, in order."""
        return [letter.kind for letter in self.letters]

    def hash(self, kind: str, value: str) -> str:
        return hashlib.sha256(f"{kind}\0{value}".encode()).hexdigest()

    def ticket(self, ticket_id: str) -> Ticket | None:
        return self.tickets.get(ticket_id)

    def ticket_named(self, reference: str) -> Ticket | None:
        return next((ticket for ticket in self.tickets.values() if ticket.reference == reference), None)

    def ticket_of_letter(self, letter_ids: Sequence[str]) -> Ticket | None:
        found = (self.letter_tickets.get(letter_id) for letter_id in letter_ids)
        return next((self.tickets[ticket_id] for ticket_id in found if ticket_id), None)

    def count_tickets(self, address: str, *, since: datetime) -> int:
        return sum(t.requester.address == address and t.opened_at > since for t in self.tickets.values())

    def hold_sender(self, address: str) -> None:
        self.held.append(address)

    def open_tickets_of(self, address: str, person_key: str) -> list[Ticket]:
        theirs = [ticket for ticket in self._tickets_of(address, person_key) if ticket.closed_at is None]
        return sorted(theirs, key=lambda ticket: (ticket.received_at, ticket.opened_at, ticket.reference))

    def answered(self, address: str, person_key: str, *, since: datetime) -> list[Answered]:
        return [
            Answered(request.right, ticket.reference, ticket.answered_at)
            for ticket in self._tickets_of(address, person_key)
            if ticket.answered_at is not None and ticket.answered_at >= since
            for request in ticket.having(Status.ANSWERED, Status.REFUSED)
        ]

    def _tickets_of(self, address: str, person_key: str) -> list[Ticket]:
        def is_theirs(ticket: Ticket) -> bool:
            if ticket.person is not None and person_key:
                return ticket.person.key == person_key
            return ticket.requester.address == address

        return [ticket for ticket in self.tickets.values() if is_theirs(ticket)]

    def save(self, ticket: Ticket, *, actor: str) -> Ticket:
        before = self.tickets.get(ticket.id)
        if before is not None and before.version != ticket.version:
            raise StaleTicket(ticket.reference)
        saved = dataclasses.replace(ticket, version=ticket.version + 1)
        self.tickets[ticket.id] = saved
        if before is None:
            self.note("opened", reference=ticket.reference, actor=actor or SYSTEM)
        for change in status_changes(before, ticket):
            self.note("status", reference=ticket.reference, actor=actor or SYSTEM, **change)
        self.put_card(ticket_card(saved))
        return saved

    def look_again(self, ticket: Ticket, *, at: datetime | None) -> None:
        self.looks[ticket.id] = at

    def add_letter(self, ticket: Ticket, letter: Letter) -> Queued:
        self.letters.append(letter)
        letter_id = f"letter-{len(self.letters)}"
        self.letter_tickets[letter_id] = ticket.id
        self.written.append((ticket.id, letter.kind, self.now))
        return Queued(letter_id, is_held=letter.kind in self.held_kinds)

    def has_unsent(self, ticket_id: str) -> bool:
        return ticket_id in self.unsent

    def when_written(self, ticket_ids: Sequence[str], kind: str) -> list[datetime]:
        return [at for of_ticket, of_kind, at in self.written if of_ticket in ticket_ids and of_kind == kind]

    def was_written(self, ticket_id: str, kind: str) -> bool:
        return bool(self.when_written([ticket_id], kind))

    def put_card(self, card: Card, *, once: bool = False) -> None:
        if not (once and card.topic in self.cards):
            self.cards[card.topic] = card

    def note(self, event: str, *, reference: str = "", actor: str = SYSTEM, **data: Fact) -> None:
        self.entries.append(Entry(self.now, event, reference, actor, data))

    def add_challenge(self, challenge: Challenge) -> None:
        same = {one.id for one in self.open_challenges(challenge.ticket_id) if one.requests == challenge.requests}
        self.challenges = [one for one in self.challenges if one.id not in same]
        self.challenges.append(challenge)

    def open_challenge(self, *, link_hash: str) -> Challenge | None:
        found = (one for one in self.challenges if one.link_hash == link_hash)
        return next((one for one in found if one.state is ChallengeState.OPEN), None)

    def open_challenges(self, ticket_id: str) -> list[Challenge]:
        mine = [one for one in self.challenges if one.ticket_id == ticket_id and one.state is ChallengeState.OPEN]
        return sorted(mine, key=lambda one: (one.expires_at, one.id))

    def save_challenge(self, challenge: Challenge) -> None:
        self.challenges = [challenge if one.id == challenge.id else one for one in self.challenges]

    def add_link(self, link: Link) -> None:
        self.links[link.token] = link

    def link(self, token: str, *, kind: str) -> Link | None:
        found = self.links.get(token)
        return found if found and found.kind == kind and found.expires_at > self.now else None

    def drop_links(self, request_id: str, *, kind: str) -> None:
        self.links = {
            token: link for token, link in self.links.items() if (link.request_id, link.kind) != (request_id, kind)
        }

    def extend_link(self, token: str, *, until: datetime) -> None:
        self.links[token] = dataclasses.replace(self.links[token], expires_at=until)

    def suppress(self, address: str, consents: Sequence[str], *, known_by: Sequence[Identifier] = ()) -> None:
        self.suppressed.append((address, tuple(consents)))

    def keep_consents(self, address: str, right: Right, consents: Sequence[str], done: Done, *, reference: str) -> None:
        self.consents_kept.append((address, right, tuple(consents), done.formerly, reference))

    def remember_erased(self, identifiers: Sequence[Identifier], *, reference: str) -> None:
        self.erased.append((tuple(identifiers), reference))

    def save_restriction(self, restriction: Restriction) -> None:
        self.restrictions[restriction.ticket_id] = restriction

    def restriction(self, ticket_id: str) -> Restriction | None:
        return self.restrictions.get(ticket_id)

    def settle_mail(self, mail_id: str, *, state: str, reason: str, ticket_id: str | None = None) -> None:
        self.mails[mail_id] = (state, reason, ticket_id)


@dataclass
class FakeCrm:
    """A CRM with two people, which does what it is told and notes it; `problem` is raised by every method."""

    persons: tuple[Person, ...] = (ANNA, BERND)
    copy: Copy = COPY
    plan: Plan = PLAN
    changes: tuple[Change, ...] = (CHANGE,)
    done: Done = DONE
    problem: CrmError | None = None
    calls: list[tuple[object, ...]] = field(default_factory=list)
    authors: list[Author] = field(default_factory=list)

    def _note(self, *call: object) -> None:
        if self.problem is not None:
            raise self.problem
        self.calls.append(call)

    def check(self) -> None:
        self._note("check")

    def find_by_email(self, address: str) -> tuple[Person, ...]:
        self._note("find_by_email", address)
        return tuple(person for person in self.persons if person.email == address)

    def person(self, key: str) -> Person | None:
        self._note("person", key)
        return next((person for person in self.persons if person.key == key), None)

    def collect(self, key: str) -> Copy:
        self._note("collect", key)
        return self.copy

    def plan_correction(self, key: str, corrections: Sequence[Correction]) -> tuple[Change, ...]:
        self._note("plan_correction", key, tuple(corrections))
        return self.changes

    def correct(self, key: str, changes: Sequence[Change]) -> Done:
        self._note("correct", key, tuple(changes))
        return self.done

    def plan_deletion(self, key: str, *, today: date) -> Plan:
        self._note("plan_deletion", key, today)
        return self.plan

    def delete(self, key: str, plan: Plan, *, today: date, resumed: bool) -> Done:
        self._note("delete", key, plan, today, resumed)
        return self.done

    def suppress(self, address: str, consents: Sequence[str]) -> Done:
        self._note("suppress", address, tuple(consents))
        return self.done

    def restrict(self, key: str) -> Done:
        self._note("restrict", key)
        return self.done

    def lift_restriction(self, key: str, *, mailings: Collection[str]) -> Done:
        self._note("lift_restriction", key, tuple(mailings))
        return self.done

    def find(self, clue: Clue) -> tuple[Person, ...]:
        self._note("find", clue)
        return self.find_by_email(clue.email)

    def due_erasures(self, *, today: date) -> tuple[str, ...]:
        self._note("due_erasures", today)
        return ()

    def erase_due(self, key: str, *, today: date) -> Done:
        self._note("erase_due", key, today)
        return self.done

    def signed(self, author: Author) -> "FakeCrm":
        self.authors.append(author)
        return self


@dataclass
class FakeRecogniser:
    """Says of every mail what it was told to say; quoted lines are not the writer's own words."""

    verdict: Recognition = field(default_factory=lambda: Recognition("en", Decision.NONE))

    def recognise(self, *, subject: str, body: str) -> Recognition:
        return self.verdict

    def own_words(self, body: str) -> str:
        return "\n".join(line for line in body.splitlines() if not line.startswith(">"))


class PlainTypesetter:
    """Sets a letter as its kind and recipient."""

    def typeset(self, letter: Letter) -> Rendered:
        return Rendered(letter.kind, f"{letter.kind} for {letter.to}", f"<p>{letter.kind}</p>")


def a_desk(*, crm: FakeCrm | None = None, verdict: Recognition | None = None, policy: Policy = POLICY) -> Desk:
    """Return a desk of fakes."""
    recogniser = FakeRecogniser() if verdict is None else FakeRecogniser(verdict)
    return Desk(policy, recogniser, FakeCrm() if crm is None else crm)


def a_job(ticket: Ticket, request: Request, *, crm: FakeCrm, resumed: bool = False) -> Job:
    """Return a job that is carried out now."""
    return Job(ticket, request, crm, POLICY, NOW, resumed)


@dataclass
class FakeClock:
    """A clock that stands where a test puts it."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now
