"""Joining two tickets of one person, and dividing one: what becomes of every request. `regrouping` does it.

Nothing is lost and nothing goes on twice: a request that leaves a ticket is closed there with the reason, and goes on
in the other one in the state in which it stood, under an id of its own.
"""

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.duplicates import asks_the_same
from handlers.rights import STOP_RIGHTS, Right
from handlers.same_person import is_same_person
from handlers.staff import NotAllowed
from handlers.tickets import SETTLED, Request, Status, Ticket, new_id, new_reference

MERGED, SPLIT = "merged", "split"
# From the first to the last. What comes later has links, rows and letters in its ticket's name.
MOVABLE = (Status.RECEIVED, Status.TRIAGE, Status.IDENTITY_ASKED, Status.APPROVAL_ASKED)


@dataclass(frozen=True)
class Merged:
    """Two tickets after the younger was merged into the older; `renamed` says under which id each request goes on."""

    older: Ticket
    younger: Ticket
    renamed: Mapping[str, str]


@dataclass(frozen=True)
class Divided:
    """A ticket after some of its requests left, and the new one that holds them."""

    left: Ticket
    new: Ticket


@dataclass(frozen=True)
class _Fate:
    """What becomes of a request of the younger ticket: a copy in the older, or its twin there goes on for it."""

    request: Request
    twin: Request | None
    copy: Request | None

    @property
    def goes_on_as(self) -> str:
        going_on = self.copy or self.twin or self.request
        return going_on.id


def merged(one: Ticket, other: Ticket) -> Merged:
    """Merge the younger of two tickets into the older one, whose clock stays. Raises NotAllowed with the reason word.

    Of two open requests that ask the same, the one that is further along goes on, so that nobody has to confirm again
    what they have confirmed; every other request moves over.
    """
    older, younger = sorted((one, other), key=lambda ticket: (ticket.received_at, ticket.opened_at, ticket.reference))
    _may_merge(older, younger)
    fates = [_fate(older, request) for request in _unsettled(younger)]
    known = {repeat.right for repeat in older.repeats}
    return Merged(
        older=dataclasses.replace(
            _with_requests(older, younger, fates),
            person=older.person or younger.person,
            merged=(*older.merged, younger.reference),
            other_addresses=_other_addresses(older, younger),
            repeats=(*older.repeats, *(repeat for repeat in younger.repeats if repeat.right not in known)),
        ),
        younger=dataclasses.replace(
            younger.replace(*(_closed(fate.request, MERGED) for fate in fates)),
            question="",
            merged_into=older.reference,
        ),
        renamed={fate.request.id: fate.goes_on_as for fate in fates},
    )


def _may_merge(older: Ticket, younger: Ticket) -> None:
    if older.id == younger.id:
        raise NotAllowed("same_ticket")
    if not is_same_person(older, younger):
        raise NotAllowed("not_same_person")
    moving = _unsettled(younger)
    is_over = any(ticket.closed_at or ticket.is_settled for ticket in (older, younger))
    if is_over or any(request.status not in MOVABLE for request in moving):
        raise NotAllowed("too_late_to_merge")
    # It stops mailings to the address that its ticket came from.
    if older.requester.address != younger.requester.address and any(r.right in STOP_RIGHTS for r in moving):
        raise NotAllowed("other_address")


def _unsettled(ticket: Ticket) -> list[Request]:
    return [request for request in ticket.requests if request.status not in SETTLED]


def _fate(older: Ticket, request: Request) -> _Fate:
    twin = next((one for one in _unsettled(older) if asks_the_same(one, request)), None)
    if twin is not None and not _is_further(request, twin):
        return _Fate(request, twin, None)
    # The twin may give details that this one left out.
    corrections = request.corrections or (twin.corrections if twin else ())
    return _Fate(request, twin, dataclasses.replace(request, id=new_id(), corrections=corrections))


def _is_further(request: Request, twin: Request) -> bool:
    return twin.status in MOVABLE and MOVABLE.index(request.status) > MOVABLE.index(twin.status)


def _with_requests(older: Ticket, younger: Ticket, fates: Sequence[_Fate]) -> Ticket:
    """Return the older ticket with what goes on in it, and with the question of whichever asks one."""
    overtaken = [fate.twin for fate in fates if fate.twin and fate.copy]
    gone = [*overtaken, *(fate.request for fate in fates if fate.copy is None)]
    copies = [fate.copy for fate in fates if fate.copy]
    ticket = older.replace(*(_closed(request, MERGED) for request in overtaken))
    ticket = dataclasses.replace(ticket, requests=(*ticket.requests, *copies))
    return dataclasses.replace(ticket, question=_question(ticket, (older.question, younger.question), gone=gone))


def _closed(request: Request, reason: str) -> Request:
    return request.move(Status.CLOSED, reason=reason)


def _question(ticket: Ticket, questions: Iterable[str], *, gone: Iterable[Request]) -> str:
    """Return the first question that is still one: of a request that is there, or of none, such as "reply"."""
    reasons = [request.reason for request in ticket.having(Status.TRIAGE)]
    settled = {request.reason for request in gone}.difference(reasons)
    return next((question for question in (*questions, *reasons) if question and question not in settled), "")


def _other_addresses(older: Ticket, younger: Ticket) -> tuple[str, ...]:
    """Return from where else the person wrote: replies from there join, and nobody approves who has written there."""
    addresses = dict.fromkeys((*older.other_addresses, younger.requester.address, *younger.other_addresses))
    return tuple(address for address in addresses if address != older.requester.address)


def divided(ticket: Ticket, rights: Collection[Right], *, now: datetime) -> Divided:
    """Let the requests about some rights leave into a ticket of their own, with the same receipt and clock.

    Raises NotAllowed with the reason word.
    """
    leaving = [request for request in _unsettled(ticket) if request.right in rights]
    staying = [r for r in ticket.requests if r not in leaving and r.status not in {Status.CLOSED, Status.WITHDRAWN}]
    if not leaving or {request.right for request in leaving} != set(rights) or not staying:
        raise NotAllowed("nothing_to_split")
    if any(request.status not in MOVABLE for request in leaving):
        raise NotAllowed("too_late_to_split")
    copies = tuple(dataclasses.replace(request, id=new_id()) for request in leaving)
    reference = new_reference()
    left = ticket.replace(*(_closed(request, SPLIT) for request in leaving))
    left = dataclasses.replace(
        left, question=_question(left, (ticket.question,), gone=leaving), related=(*ticket.related, reference)
    )
    new = dataclasses.replace(
        ticket,
        id=new_id(),
        reference=reference,
        opened_at=now,
        requests=copies,
        question=next((request.reason for request in copies if request.status is Status.TRIAGE), ""),
        related=(ticket.reference,),
        merged=(),
        split_from=ticket.reference,
        version=0,
    )
    return Divided(left, new)
