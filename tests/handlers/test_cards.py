"""Cards: they go to Slack, so nothing in them may name or describe a person."""

import dataclasses
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.cards import (
    Card,
    failure_card,
    quarantine_card,
    reminder_card,
    reminder_step,
    ticket_card,
)
from handlers.crm import Change, Person, Plan
from handlers.recognition import Correction
from handlers.repeats import Earlier, Repeat
from handlers.rights import Right
from handlers.tickets import Requester, Status, Ticket
from tests.people import CHANGE, DONE, EMAIL, OLGA, PLAN, POLICY, a_request, a_ticket

SECRET = "Zbigniew-Tajny"
NO_TIES = {"related": [], "merged": [], "merged_into": "", "split_from": ""}


def furnished(secret: str, status: Status) -> Ticket:
    """Return a ticket with a secret everywhere that personal data can stand."""
    address = f"{secret}@customer.example"
    requests = (
        a_request(
            right,
            status,
            evidence=secret,
            consents=("newsletter",),
            corrections=(Correction("email", secret, secret),),
            changes=(Change("customers", "email", EMAIL, secret, secret),),
            plan=Plan(PLAN.steps, PLAN.fingerprint, (secret, address)),
            done=DONE,
            link=secret,
            approved_by=OLGA.id,
            request_id=f"{secret}-{right}",
        )
        for right in Right
    )
    return a_ticket(
        *requests,
        id=secret,
        requester=Requester(address, secret, secret, f"{secret}@mail", (secret,)),
        person=Person(secret, address, secret, "en", "DE"),
        question="reply",
        other_addresses=(address,),
    )


@pytest.mark.parametrize("status", Status)
def test_no_card_of_a_ticket_holds_personal_data(status: Status) -> None:
    ticket = furnished(SECRET, status)
    cards = [
        ticket_card(ticket),
        reminder_card(ticket, days=3, step=3),
        failure_card(ticket, topic="failed", reason="carry_out_failed", detail="CrmConflict"),
    ]
    assert [card.ticket_id for card in cards] == [SECRET] * 3  # it stays in the store
    for card in cards:
        assert SECRET not in json.dumps(card.content) + card.topic


@given(st.text(st.characters(categories=["L"], min_codepoint=0x400), min_size=4, max_size=30))
def test_whatever_is_in_it(secret: str) -> None:
    content = ticket_card(furnished(secret, Status.APPROVAL_ASKED)).content
    assert secret not in json.dumps(content, ensure_ascii=False)


def test_a_ticket_card_is_the_ticket_without_the_person() -> None:
    ticket = a_ticket(
        a_request(Right.DELETION, Status.APPROVAL_ASKED, plan=PLAN, score=0.98765),
        a_request(Right.CORRECTION, Status.REFUSED, changes=(CHANGE,), reason="unfounded", approved_by=OLGA.id),
        decided_by=OLGA.id,
    )
    rest = {"approved_by": "", "plan": [], "changes": [], "tables": []}
    assert ticket_card(ticket) == Card(
        topic="ticket:R-7KQ4M",
        ticket_id=ticket.id,
        content={
            "kind": "ticket",
            "reference": "R-7KQ4M",
            "language": "en",
            "trust": "aligned",
            "received_on": "2026-11-23",
            "safe_date": "2026-12-23",
            "last_date": "2026-12-23",
            "law": "EU",
            "law_reason": "law_of_controllers_seat",
            "extended": False,
            "closes_on": "",
            "question": "",
            "decided_by": OLGA.id,
            "fingerprint": ticket.fingerprint,
            "repeats": [],
            "ties": NO_TIES,
            "requests": [
                {
                    **rest,
                    "right": "deletion",
                    "status": "approval_asked",
                    "score": 0.99,
                    "reason": "",
                    "plan": [
                        {
                            "label": {"en": "Customer", "de": "Kunde"},
                            "action": "delete",
                            "rows": 1,
                            "law": "",
                            "until": "",
                            "shared": False,
                        },
                        {
                            "label": {"en": "Complaints"},
                            "action": "anonymise",
                            "rows": 2,
                            "law": "",
                            "until": "",
                            "shared": False,
                        },
                        {
                            "label": {"en": "Orders", "de": "Bestellungen"},
                            "action": "keep",
                            "rows": 2,
                            "law": "§ 147 AO",
                            "until": "2036-12-31",
                            "shared": False,
                        },
                    ],
                },
                {
                    **rest,
                    "right": "correction",
                    "status": "refused",
                    "score": 1.0,
                    "reason": "unfounded",
                    "approved_by": OLGA.id,
                    "changes": [{"label": EMAIL, "table": "customers"}],
                },
            ],
        },
    )


def test_a_card_names_the_other_tickets_and_earlier_answers_about_what_is_asked() -> None:
    earlier = (Earlier("R-22222", date(2026, 1, 2)),)
    repeats = tuple(Repeat(right, earlier, True) for right in (Right.ACCESS, Right.DELETION, Right.CORRECTION))
    asked = (a_request(Right.ACCESS), a_request(Right.CORRECTION, Status.CLOSED))
    content = ticket_card(a_ticket(*asked, repeats=repeats, related=("R-22222",))).content
    assert content["ties"] == {**NO_TIES, "related": ["R-22222"]}
    assert content["repeats"] == [
        {
            "right": "access",
            "perhaps_excessive": True,
            "earlier": [{"reference": "R-22222", "answered_on": "2026-01-02"}],
        }
    ]


def test_a_fingerprint_is_shown_only_while_something_waits_for_approval() -> None:
    waiting = a_ticket(a_request(Right.DELETION, Status.WAITING, plan=PLAN))
    assert ticket_card(waiting).content["fingerprint"] == ""


def test_a_quarantined_mail_is_named_by_its_number() -> None:
    content = {"kind": "quarantined", "reference": "M-01234567", "reason": "spam"}
    assert quarantine_card("0123456789abcdef", "spam") == Card("mail:0123456789abcdef", content)


@pytest.mark.parametrize(
    ("left", "step"),
    [(8, None), (7, 7), (6, 7), (4, 7), (3, 3), (2, 3), (1, 1), (0, 1), (-1, -1), (-40, -1), (400, None)],
)
def test_the_smallest_step_that_was_reached(left: int, step: int | None) -> None:
    assert reminder_step(left, POLICY) == step


def test_without_reminder_days_only_being_late_is_said() -> None:
    policy = dataclasses.replace(POLICY, reminder_days=())
    assert (reminder_step(0, policy), reminder_step(-1, policy)) == (None, -1)


def test_each_reminder_has_a_topic_of_its_own() -> None:
    ticket = a_ticket(a_request(Right.ACCESS), a_request(Right.DELETION, Status.CLOSED))
    card = reminder_card(ticket, days=-1, step=-1)
    assert card.topic == "reminder:R-7KQ4M:2026-12-23:overdue"
    assert card.content["rights"] == ["access"]
    assert reminder_card(ticket, days=2, step=3).topic == "reminder:R-7KQ4M:2026-12-23:3"
