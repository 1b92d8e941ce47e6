"""Tickets: the table of transitions, the approval's fingerprint, what is settled, references."""

import dataclasses
import itertools
from datetime import timedelta

import pytest

from handlers.intake import REFERENCE
from handlers.rights import COPY_RIGHTS, Right
from handlers.tickets import (
    ALLOWED,
    SETTLED,
    NotPossible,
    Request,
    Status,
    blocks_deletion,
    new_reference,
    status_changes,
)
from tests.people import CHANGE, CLOCK, NOW, PLAN, a_request, a_ticket

S = Status
# Written out a second time on purpose: a transition is added here with its reason.
MOVES = {
    (S.RECEIVED, S.TRIAGE),  # nobody on file, or too unsure
    (S.RECEIVED, S.IDENTITY_ASKED),
    (S.RECEIVED, S.CARRYING_OUT),  # withdrawal and objection need no identity
    (S.RECEIVED, S.REFUSED),
    (S.RECEIVED, S.CLOSED),
    (S.TRIAGE, S.RECEIVED),
    (S.TRIAGE, S.IDENTITY_ASKED),
    (S.TRIAGE, S.CARRYING_OUT),
    (S.TRIAGE, S.CARRIED_OUT),  # nothing found
    (S.TRIAGE, S.REFUSED),
    (S.TRIAGE, S.CLOSED),  # no request
    (S.IDENTITY_ASKED, S.IDENTIFIED),
    (S.IDENTITY_ASKED, S.TRIAGE),  # expired, or too many tries
    (S.IDENTITY_ASKED, S.REFUSED),
    (S.IDENTITY_ASKED, S.WITHDRAWN),
    (S.IDENTITY_ASKED, S.CLOSED),
    (S.IDENTIFIED, S.APPROVAL_ASKED),
    (S.IDENTIFIED, S.WAITING),
    (S.IDENTIFIED, S.CARRYING_OUT),
    (S.IDENTIFIED, S.CARRIED_OUT),
    (S.IDENTIFIED, S.TRIAGE),  # nothing could be planned
    (S.APPROVAL_ASKED, S.WAITING),
    (S.APPROVAL_ASKED, S.CARRYING_OUT),
    (S.APPROVAL_ASKED, S.REFUSED),
    (S.APPROVAL_ASKED, S.WITHDRAWN),
    (S.APPROVAL_ASKED, S.TRIAGE),
    (S.APPROVAL_ASKED, S.CLOSED),  # goes on in another ticket
    (S.WAITING, S.CARRYING_OUT),
    (S.WAITING, S.WITHDRAWN),  # cancelled by the person
    (S.WAITING, S.APPROVAL_ASKED),
    (S.CARRYING_OUT, S.CARRIED_OUT),
    (S.CARRYING_OUT, S.APPROVAL_ASKED),  # the data changed since the plan
    (S.CARRYING_OUT, S.TRIAGE),
    (S.CARRIED_OUT, S.ANSWERED),
}


@pytest.mark.parametrize(("before", "after"), sorted(MOVES))
def test_an_allowed_move_starts_the_next_state_afresh(before: Status, after: Status) -> None:
    request = a_request(
        Right.ACCESS, before, reason="old", due_at=NOW, started=True, attempt=2, approved_by="U1", evidence="please"
    )
    assert request.move(after, reason="new") == a_request(
        Right.ACCESS,
        after,
        reason="new",
        attempt=3 if after is S.CARRYING_OUT else 2,
        approved_by="U1",
        evidence="please",
    )


@pytest.mark.parametrize(("before", "after"), sorted(set(itertools.product(S, S)) - MOVES))
def test_any_other_move_is_refused(before: Status, after: Status) -> None:
    with pytest.raises(NotPossible, match=f"access is {before}; it cannot become {after}. Possible: "):
        a_request(Right.ACCESS, before).move(after)


def test_a_refused_move_says_what_is_possible() -> None:
    with pytest.raises(NotPossible, match=r"Possible: approval_asked, carrying_out, withdrawn\.$"):
        a_request(Right.DELETION, S.WAITING).move(S.ANSWERED)
    with pytest.raises(NotPossible, match=r"Possible: nothing: it is settled\.$"):
        a_request(Right.DELETION, S.CLOSED).move(S.RECEIVED)


def test_an_approver_stays_noted_until_another_is() -> None:
    asked = a_request(Right.ACCESS, S.APPROVAL_ASKED)
    approved = asked.move(S.CARRYING_OUT, approved_by="U1")
    assert approved.approved_by == approved.move(S.CARRIED_OUT).approved_by == "U1"
    assert approved.move(S.APPROVAL_ASKED, approved_by="").approved_by == ""


def test_from_every_open_state_a_settled_one_can_be_reached() -> None:
    def ends(status: Status, seen: frozenset[Status] = frozenset()) -> bool:
        return status in SETTLED or any(ends(to, seen | {status}) for to in ALLOWED[status] - seen)

    assert all(ends(status) for status in Status)


@pytest.mark.parametrize(
    ("statuses", "settled"),
    [
        ([], False),
        *(([status], status in SETTLED) for status in Status),
        ([S.ANSWERED, S.REFUSED, S.WITHDRAWN, S.CLOSED, S.CARRIED_OUT], True),
        ([S.CARRIED_OUT, S.WAITING], False),
    ],
)
def test_a_ticket_is_settled_when_every_outcome_is_known(statuses: list[Status], settled: bool) -> None:
    requests = [a_request(Right.ACCESS, status, request_id=str(number)) for number, status in enumerate(statuses)]
    assert a_ticket(*requests).is_settled is settled


@pytest.mark.parametrize(("right", "status"), list(itertools.product(Right, Status)))
def test_an_erasure_waits_for_a_copy_that_is_not_made(right: Right, status: Status) -> None:
    ticket = a_ticket(a_request(right, status, request_id="a"), a_request(Right.DELETION, S.WAITING, request_id="b"))
    assert blocks_deletion(ticket) == (right in COPY_RIGHTS and status not in SETTLED)


APPROVAL = a_request(Right.DELETION, S.APPROVAL_ASKED, plan=PLAN, attempt=1)
CORRECTION = a_request(Right.CORRECTION, S.APPROVAL_ASKED, changes=(CHANGE,))


@pytest.mark.parametrize(
    "other",
    [
        a_ticket(APPROVAL, CORRECTION, id="f" * 32),  # the same plan of another ticket
        a_ticket(APPROVAL),
        a_ticket(CORRECTION, APPROVAL),
        a_ticket(dataclasses.replace(APPROVAL, plan=dataclasses.replace(PLAN, fingerprint="0" * 16)), CORRECTION),
        a_ticket(dataclasses.replace(APPROVAL, attempt=2), CORRECTION),
        a_ticket(APPROVAL, dataclasses.replace(CORRECTION, changes=(dataclasses.replace(CHANGE, new="x@y.example"),))),
    ],
)
def test_another_plan_has_another_fingerprint(other: object) -> None:
    assert a_ticket(APPROVAL, CORRECTION).fingerprint != other.fingerprint  # type: ignore[attr-defined]


def test_a_fingerprint_is_of_what_waits_for_approval_only() -> None:
    done = a_request(Right.ACCESS, S.ANSWERED)
    before = a_ticket(APPROVAL, done, question="reply", version=1)
    assert a_ticket(APPROVAL).fingerprint == before.fingerprint
    assert len(before.fingerprint) == 16


def test_a_reference_can_be_read_and_found_again() -> None:
    for reference in [new_reference() for _ in range(50)]:
        found = REFERENCE.search(f"Re: AW: Your data [{reference.lower()}], once more")
        assert found
        assert found.group().upper() == reference
        assert not set(reference[2:]) & set("AEIOUY01")


@pytest.mark.parametrize("text", ["R-7KQ4", "R-7KQ4MM", "XR-7KQ4M", "R-7KQ4A", "R7KQ4M"])
def test_what_only_looks_like_a_reference_is_none(text: str) -> None:
    assert not REFERENCE.search(text)


def test_a_changed_request_keeps_its_place() -> None:
    first, second = a_request(Right.ACCESS), a_request(Right.DELETION)
    changed = second.move(S.TRIAGE, reason="unknown_sender")
    assert a_ticket(first, second).replace(changed).requests == (first, changed)
    assert a_ticket(first).replace(changed).requests == (first,)
    assert a_ticket(first, second).request("deletion") == second
    assert a_ticket(first, second).request("correction") is None
    assert a_ticket(first, changed).having(S.TRIAGE, S.CLOSED) == (changed,)


def test_the_journal_learns_what_moved() -> None:
    before = a_ticket(a_request(Right.ACCESS), a_request(Right.DELETION))
    moved = before.request("deletion")
    assert isinstance(moved, Request)
    after = before.replace(moved.move(S.TRIAGE, reason="unknown_sender", due_at=NOW + timedelta(1)))
    rule, day = CLOCK.rule, CLOCK.safe_date.isoformat()
    dates = {"rule": rule, "safe_date": day, "last_date": day}
    stayed = {**dates, "safe_date_before": day, "last_date_before": day}
    line = {"right": "deletion", "from": "received", "to": "triage", "reason": "unknown_sender", **stayed}
    assert status_changes(before, after) == [line]
    new = {**dates, "safe_date_before": "", "last_date_before": ""}
    assert status_changes(None, before) == [
        {"right": right, "from": "", "to": "received", "reason": "", **new} for right in ("access", "deletion")
    ]
    assert status_changes(after, dataclasses.replace(after, question="reply")) == []


def test_a_ticket_without_person_has_no_known_person() -> None:
    with pytest.raises(ValueError, match="R-7KQ4M has no person on file"):
        _ = a_ticket(person=None).known_person
