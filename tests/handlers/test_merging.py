"""Merging and splitting as tables: which request goes on where, in which state, and what is refused."""

import dataclasses
from collections.abc import Sequence
from datetime import timedelta

import pytest

from handlers.crm import Person
from handlers.merging import MOVABLE, Merged, divided, merged
from handlers.recognition import Correction
from handlers.repeats import Repeat
from handlers.rights import Right
from handlers.staff import NotAllowed
from handlers.tickets import SETTLED, Request, Requester, Status, Ticket
from tests.people import ANNA, BERND, NOW, PLAN, STRANGER, a_request, a_ticket

S = Status
A, C, D, O, W = (  # noqa: E741  (the rights' initials)
    Right.ACCESS,
    Right.CORRECTION,
    Right.DELETION,
    Right.OBJECTION,
    Right.WITHDRAWAL,
)
LATER = NOW + timedelta(hours=1)
TOO_LATE = sorted(set(S) - SETTLED - set(MOVABLE))


def older(*requests: Request, **changes: object) -> Ticket:
    return a_ticket(*requests, **changes)


def younger(*requests: Request, **changes: object) -> Ticket:
    named = (dataclasses.replace(request, id=f"young-{request.id}") for request in requests)
    times = {"received_at": LATER, "opened_at": LATER}
    return a_ticket(*named, **{"id": "younger", "reference": "R-22222", **times, **changes})


def states(ticket: Ticket) -> list[tuple[Right, Status, str]]:
    return [(request.right, request.status, request.reason) for request in ticket.requests]


@pytest.mark.parametrize("status", MOVABLE)
def test_a_request_moves_over_in_its_state(status: Status) -> None:
    moving = a_request(D, status, plan=PLAN, evidence="erase me", score=0.9, decided_by="U1", attempt=1)
    after = merged(older(a_request(A)), younger(moving))
    stayed, copy = after.older.requests
    assert copy == dataclasses.replace(moving, id=copy.id)
    assert copy.id not in {stayed.id, "young-deletion"}
    assert after.renamed == {"young-deletion": copy.id}
    assert states(after.younger) == [(D, S.CLOSED, "merged")]
    assert (after.older.merged, after.younger.merged_into) == (("R-22222",), "R-7KQ4M")


# (status in the older, status in the younger) -> states after, in the older: of two that ask the same, the one that is
# further along goes on.
GOING_ON = {
    (S.RECEIVED, S.RECEIVED): [S.RECEIVED],
    (S.IDENTITY_ASKED, S.IDENTITY_ASKED): [S.IDENTITY_ASKED],
    (S.IDENTITY_ASKED, S.TRIAGE): [S.IDENTITY_ASKED],
    (S.TRIAGE, S.IDENTITY_ASKED): [S.CLOSED, S.IDENTITY_ASKED],
    (S.IDENTITY_ASKED, S.APPROVAL_ASKED): [S.CLOSED, S.APPROVAL_ASKED],
    (S.APPROVAL_ASKED, S.IDENTITY_ASKED): [S.APPROVAL_ASKED],
    (S.WAITING, S.APPROVAL_ASKED): [S.WAITING],
    (S.CARRYING_OUT, S.IDENTITY_ASKED): [S.CARRYING_OUT],
    (S.CLOSED, S.IDENTITY_ASKED): [S.CLOSED, S.IDENTITY_ASKED],
    (S.WITHDRAWN, S.RECEIVED): [S.WITHDRAWN, S.RECEIVED],
}


@pytest.mark.parametrize(("before", "after"), GOING_ON.items())
def test_of_two_that_ask_the_same_one_goes_on(before: tuple[Status, Status], after: list[Status]) -> None:
    # The copy keeps the older ticket open where its own request is settled.
    result = merged(older(a_request(D, before[0]), a_request(A)), younger(a_request(D, before[1])))
    mine, copying, *copies = result.older.requests
    assert [request.status for request in (mine, *copies)] == after
    assert copying == a_request(A)
    assert result.renamed == {"young-deletion": copies[0].id if copies else mine.id}
    assert [request.status for request in result.younger.requests] == [S.CLOSED]


def test_requests_with_other_details_both_go_on() -> None:
    one, two = (a_request(C, corrections=(Correction("phone", "", number),)) for number in "12")
    after = merged(older(one), younger(two))
    assert [request.corrections for request in after.older.requests] == [one.corrections, two.corrections]
    assert merged(older(one), younger(a_request(C))).older.requests == (one,)


def test_details_are_kept_when_the_request_without_goes_on() -> None:
    detailed = a_request(C, S.TRIAGE, corrections=(Correction("phone", "", "1"),))
    after = merged(older(detailed), younger(a_request(C, S.IDENTITY_ASKED)))
    assert [(r.status, r.corrections) for r in after.older.requests] == [
        (S.CLOSED, detailed.corrections),
        (S.IDENTITY_ASKED, detailed.corrections),
    ]


@pytest.mark.parametrize("swapped", [False, True])
def test_the_older_ticket_goes_on_with_its_clock_whichever_is_named_first(swapped: bool) -> None:
    both = older(a_request(A)), younger(a_request(D))
    after = merged(*(reversed(both) if swapped else both))
    assert (after.older.id, after.older.clock, after.older.received_at) == (both[0].id, both[0].clock, NOW)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (older(a_request(A)), older(a_request(A)), "same_ticket"),
        (older(a_request(A)), younger(a_request(A), person=BERND), "not_same_person"),
        (older(a_request(A), person=None), younger(a_request(A), requester=Requester(STRANGER)), "not_same_person"),
        *((older(a_request(A)), younger(a_request(D, status)), "too_late_to_merge") for status in TOO_LATE),
        *((older(a_request(A)), younger(a_request(D, status)), "too_late_to_merge") for status in sorted(SETTLED)),
        (older(a_request(A, S.CARRIED_OUT)), younger(a_request(D)), "too_late_to_merge"),  # its answer is on its way
        (older(a_request(A), closed_at=NOW), younger(a_request(D)), "too_late_to_merge"),
        (older(a_request(A)), younger(closed_at=NOW), "too_late_to_merge"),
        (
            older(a_request(A), requester=Requester(STRANGER)),
            younger(a_request(O, S.TRIAGE, reason="not_marketing")),
            "other_address",
        ),
    ],
)
def test_what_cannot_be_merged(one: Ticket, other: Ticket, reason: str) -> None:
    with pytest.raises(NotAllowed, match=f"^{reason}$"):
        merged(one, other)


def test_a_settled_request_stays_where_it_is() -> None:
    done = a_request(W, S.CARRIED_OUT)
    after = merged(older(a_request(A)), younger(done, a_request(D)))
    assert [request.right for request in after.older.requests] == [A, D]
    assert states(after.younger) == [(W, S.CARRIED_OUT, ""), (D, S.CLOSED, "merged")]


def triage(right: Right, reason: str) -> Request:
    return a_request(right, S.TRIAGE, reason=reason)


@pytest.mark.parametrize(
    ("one", "other", "question"),
    [
        (older(a_request(A)), younger(a_request(D)), ""),
        (older(a_request(A)), younger(triage(D, "low_score"), question="low_score"), "low_score"),
        (older(triage(A, "low_score"), question="low_score"), younger(a_request(D)), "low_score"),
        (older(a_request(A)), younger(a_request(D), question="reply"), "reply"),
        (older(a_request(A), question="reply"), younger(triage(D, "low_score"), question="low_score"), "reply"),
        # What the question was about goes on elsewhere, so it is none any more.
        (older(triage(D, "low_score"), question="low_score"), younger(a_request(D, S.IDENTITY_ASKED)), ""),
        (older(a_request(D)), younger(triage(D, "low_score"), question="low_score"), "low_score"),
        (older(a_request(D, S.IDENTITY_ASKED)), younger(triage(D, "low_score"), question="low_score"), ""),
        (older(triage(D, "expired")), younger(question="unreadable"), "unreadable"),
    ],
)
def test_a_question_goes_on_as_long_as_it_is_one(one: Ticket, other: Ticket, question: str) -> None:
    after = merged(one, other)
    assert (after.older.question, after.younger.question) == (question, "")


def result(one: dict[str, object], other: dict[str, object]) -> Merged:
    return merged(older(a_request(A), **one), younger(a_request(D), **other))


@pytest.mark.parametrize(
    ("one", "other", "person"), [(ANNA, ANNA, ANNA), (None, ANNA, ANNA), (ANNA, None, ANNA), (None, None, None)]
)
def test_whoever_is_known_stays_known(one: Person | None, other: Person | None, person: Person | None) -> None:
    assert result({"person": one}, {"person": other}).older.person == person


def test_nothing_that_is_known_of_either_is_lost() -> None:
    repeats = [Repeat(right, (), many) for right, many in ((A, True), (D, False), (A, False))]
    after = result(
        {"merged": ("R-33333",), "other_addresses": ("a@x.example",), "repeats": (repeats[0],)},
        {
            "requester": Requester(STRANGER),
            "other_addresses": ("b@x.example", ANNA.email, "a@x.example"),
            "repeats": tuple(repeats[1:]),
        },
    ).older
    assert after.merged == ("R-33333", "R-22222")
    assert after.other_addresses == ("a@x.example", STRANGER, "b@x.example")
    assert after.addresses == {ANNA.email, STRANGER, "a@x.example", "b@x.example"}
    assert after.repeats == tuple(repeats[:2])


@pytest.mark.parametrize("status", MOVABLE)
def test_a_right_leaves_in_its_state(status: Status) -> None:
    leaving = a_request(D, status, plan=PLAN, decided_by="U1", reason="low_score" if status is S.TRIAGE else "")
    before = a_ticket(a_request(A), leaving, related=("R-33333",), merged=("R-44444",), version=3)
    after = divided(before, [D], now=LATER)
    [copy] = after.new.requests
    assert copy == dataclasses.replace(leaving, id=copy.id)
    assert copy.id != leaving.id
    assert states(after.left) == [(A, S.RECEIVED, ""), (D, S.CLOSED, "split")]
    assert after.left.related == ("R-33333", after.new.reference)
    assert after.new == dataclasses.replace(
        before,
        id=after.new.id,
        reference=after.new.reference,
        opened_at=LATER,
        requests=(copy,),
        question=copy.reason,
        related=("R-7KQ4M",),
        merged=(),
        split_from="R-7KQ4M",
        version=0,
    )


@pytest.mark.parametrize(
    ("requests", "rights", "reason"),
    [
        ([a_request(A)], [A], "nothing_to_split"),
        ([a_request(A), a_request(D)], [A, D], "nothing_to_split"),
        ([a_request(A), a_request(D)], [A, C], "nothing_to_split"),
        ([a_request(A), a_request(D)], [], "nothing_to_split"),
        ([a_request(A), a_request(D, S.CLOSED)], [A], "nothing_to_split"),
        *(([a_request(A), a_request(D, status)], [D], "nothing_to_split") for status in sorted(SETTLED)),
        *(([a_request(A), a_request(D, status)], [D], "too_late_to_split") for status in TOO_LATE),
    ],
)
def test_what_cannot_be_split(requests: Sequence[Request], rights: Sequence[Right], reason: str) -> None:
    with pytest.raises(NotAllowed, match=f"^{reason}$"):
        divided(a_ticket(*requests), rights, now=NOW)


def test_what_is_settled_can_be_left_alone_to_be_answered() -> None:
    after = divided(a_ticket(a_request(W, S.CARRIED_OUT), a_request(A)), [A], now=NOW)
    assert states(after.left) == [(W, S.CARRIED_OUT, ""), (A, S.CLOSED, "split")]


@pytest.mark.parametrize(
    ("question", "left", "new"),
    [("low_score", "", "low_score"), ("reply", "reply", "low_score"), ("not_marketing", "not_marketing", "low_score")],
)
def test_each_part_keeps_its_question(question: str, left: str, new: str) -> None:
    others = [triage(O, "not_marketing")] if question == "not_marketing" else [a_request(A)]
    after = divided(a_ticket(*others, triage(D, "low_score"), question=question), [D], now=NOW)
    assert (after.left.question, after.new.question) == (left, new)
