"""What the staff do with tickets as a whole: merge two of one person, split one. Both histories stay readable."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from handlers import answering, clocks, identity, letters, merging
from handlers.policy import Policy
from handlers.ports import Unit
from handlers.rights import Right
from handlers.staff import Staff
from handlers.tickets import ASKED, Status, Ticket


def merge(unit: Unit, one: Ticket, other: Ticket, *, staff: Staff, policy: Policy) -> Ticket:
    """Merge the younger of two tickets into the older one; return that. Raises NotAllowed with the reason word."""
    staff.require("approver")
    after = merging.merged(one, other)
    older = unit.save(_waiting_as(after.older, after.younger, policy=policy), actor=staff.id)
    _move_challenges(unit, after.younger, older, renamed=after.renamed)
    younger = after.younger
    if not younger.requests:
        younger = dataclasses.replace(younger, closed_at=unit.now)
    # What is settled already, such as a withdrawal, is answered at once: nothing else is left to wait for.
    younger = answering.save_and_answer(unit, younger, policy=policy, actor=staff.id)
    rights = [str(request.right) for request in younger.requests if request.id in after.renamed]
    unit.note("merged", reference=older.reference, actor=staff.id, took=younger.reference, rights=rights)
    unit.note("merged", reference=younger.reference, actor=staff.id, into=older.reference, rights=rights)
    return older


def _waiting_as(older: Ticket, younger: Ticket, *, policy: Policy) -> Ticket:
    """Return the older ticket under the law of the person whom it knows now, waiting for whatever the younger asked."""
    older = clocks.choose(older, controller=policy.controller)
    reason, asked_at = younger.basis.waiting_for, younger.basis.asked_at
    if reason is None or asked_at is None or not older.having(*ASKED):
        return older
    return clocks.asked(older, reason, at=asked_at, controller=policy.controller)


def _move_challenges(unit: Unit, younger: Ticket, older: Ticket, *, renamed: Mapping[str, str]) -> None:
    """Let a code or a link that the person has in hand confirm what goes on in the older ticket."""
    for challenge in unit.open_challenges(younger.id):
        requests = tuple(renamed[request] for request in challenge.requests if request in renamed)
        unit.save_challenge(dataclasses.replace(challenge, ticket_id=older.id, requests=requests))


def split(unit: Unit, ticket: Ticket, rights: Collection[Right], *, staff: Staff, policy: Policy) -> Ticket:
    """Let the requests about some rights go on in a new ticket; return that. Raises NotAllowed with the reason word."""
    staff.require("approver")
    after = merging.divided(ticket, rights, now=unit.now)
    left = answering.save_and_answer(unit, after.left, policy=policy, actor=staff.id)
    new = unit.save(after.new, actor=staff.id)
    names = [str(request.right) for request in new.requests]
    unit.note("split", reference=left.reference, actor=staff.id, into=new.reference, rights=names)
    unit.note("split", reference=new.reference, actor=staff.id, out_of=left.reference, rights=names)
    if unit.was_written(left.id, "acknowledgement"):
        unit.add_letter(new, letters.acknowledgement(new, policy=policy))  # tells the person the new reference
    asked = new.having(Status.IDENTITY_ASKED)
    if asked:
        identity.send_challenge(unit, new, asked, policy=policy)
    return new


def goes_on_in(unit: Unit, ticket: Ticket) -> Ticket:
    """Return the ticket in which a merged one goes on; one that was not merged is itself."""
    while ticket.merged_into:
        older = unit.ticket_named(ticket.merged_into)
        if older is None:
            return ticket
        ticket = older
    return ticket


def sources(unit: Unit, ticket: Ticket) -> Sequence[Ticket]:
    """Return the tickets whose mails tell a ticket's story: itself, what was merged into it, what it was split from."""
    found: dict[str, Ticket] = {}
    waiting = [ticket]
    while waiting:
        one = waiting.pop()
        if one.id in found:  # split off, and merged again
            continue
        found[one.id] = one
        named = (unit.ticket_named(name) for name in (*one.merged, one.split_from) if name)
        waiting += [other for other in named if other is not None]
    return list(found.values())
