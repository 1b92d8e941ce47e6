"""Letters: to whom each goes, in which thread, and with what."""

import dataclasses
from datetime import date, timedelta

import pytest

from handlers import letters
from handlers.letters import Letter, pick
from handlers.rights import Right
from handlers.tickets import Requester, Status
from tests.people import ANNA, BERND, NOW, POLICY, SHOP, STRANGER, a_request, a_ticket

BASE = {
    "controller": SHOP,
    "authority": SHOP.authority,
    "reference": "R-7KQ4M",
    "received_on": date(2026, 11, 23),
}
THREAD = ("mail-1@customer.example", ("mail-0@x.example", "mail-1@customer.example"))
DUE = NOW + timedelta(days=3)


def test_an_acknowledgement_answers_the_mail() -> None:
    ticket = a_ticket(
        a_request(Right.ACCESS, Status.IDENTITY_ASKED),
        a_request(Right.WITHDRAWAL, Status.CARRYING_OUT),
        a_request(Right.DELETION, Status.CLOSED),
    )
    assert letters.acknowledgement(ticket, policy=POLICY) == Letter(
        "acknowledgement",
        "en",
        ANNA.email,
        {
            **BASE,
            "rights": ["access", "withdrawal"],
            "rights_stopped": True,
            "identity_needed": True,
            "respond_by": date(2026, 12, 23),
        },
        *THREAD,
    )


def test_an_acknowledgement_is_the_same_whether_or_not_the_sender_is_on_file() -> None:
    known = a_ticket(a_request(Right.ACCESS, Status.IDENTITY_ASKED), person=ANNA)
    unknown = a_ticket(a_request(Right.ACCESS, Status.TRIAGE, reason="unknown_sender"), person=None)
    assert letters.acknowledgement(known, policy=POLICY) == letters.acknowledgement(unknown, policy=POLICY)


def test_a_challenge_is_never_a_reply_to_the_senders_mail() -> None:
    asked = a_request(Right.ACCESS, Status.IDENTITY_ASKED)
    ticket = a_ticket(asked, a_request(Right.DELETION))
    letter = letters.challenge(ticket, ANNA, [asked], code="123456", token="t0k", valid_until=NOW, policy=POLICY)
    assert letter == Letter(
        "challenge",
        "en",
        ANNA.email,
        {
            **BASE,
            "name": ANNA.name,
            "rights": ["access"],
            "code": "123 456",
            "url": "https://portal.shop.example/c/t0k",
            "valid_until": NOW,
        },
    )
    assert str(letter.context["valid_until"]) == "2026-11-23 10:00:00+01:00"  # as the controller's clock shows it


def test_letters_about_an_identity_go_to_the_contact_on_file() -> None:
    ticket = a_ticket(a_request(Right.DELETION, Status.WAITING), requester=Requester(STRANGER, message_id="m@x"))
    wrong = letters.code_wrong(ticket, ANNA, tries_left=1, policy=POLICY)
    assert wrong == Letter("code_wrong", "en", ANNA.email, {**BASE, "tries_left": 1})
    context = {"name": ANNA.name, "carried_out_on": date(2026, 11, 26), "url": "https://portal.shop.example/x/t0k"}
    waiting = letters.waiting(ticket, ANNA, token="t0k", due_at=DUE, policy=POLICY)
    assert waiting == Letter("waiting", "en", ANNA.email, {**BASE, **context})


def test_an_answer_goes_to_the_contact_on_file_once_somebody_proved_to_be_it() -> None:
    confirmed = a_ticket(a_request(Right.ACCESS, Status.CARRIED_OUT), person=BERND)
    assert letters.answer(confirmed, confirmed.requests, sections=[{"a": 1}], policy=POLICY) == Letter(
        "answer", "en", BERND.email, {**BASE, "name": BERND.name, "sections": [{"a": 1}]}
    )


@pytest.mark.parametrize("person", [None, BERND])
def test_what_needed_no_identity_is_answered_to_the_sender(person: object) -> None:
    stopped = a_ticket(a_request(Right.WITHDRAWAL, Status.CARRIED_OUT), person=person)
    expected = Letter("answer", "en", ANNA.email, {**BASE, "name": "", "sections": []}, *THREAD)
    assert letters.answer(stopped, stopped.requests, sections=[], policy=POLICY) == expected


def test_a_mail_without_message_id_cannot_be_threaded() -> None:
    ticket = a_ticket(a_request(Right.ACCESS), requester=Requester(ANNA.email, references=("x@y",)))
    letter = letters.acknowledgement(ticket, policy=POLICY)
    assert (letter.in_reply_to, letter.references) == ("", ())


@pytest.mark.parametrize(("wished", "written"), [("de", "de"), ("sk", "sk"), ("fr", "en"), ("", "en")])
def test_a_letter_is_written_in_a_language_that_has_letters(wished: str, written: str) -> None:
    ticket = dataclasses.replace(a_ticket(a_request(Right.ACCESS)), language=wished)
    assert letters.acknowledgement(ticket, policy=POLICY).language == written


@pytest.mark.parametrize(
    ("labels", "text"),
    [({"en": "Orders", "de": "Käufe"}, "Käufe"), ({"en": "Orders"}, "Orders"), ({"pl": "Zakupy"}, "Zakupy"), ({}, "")],
)
def test_a_label_is_picked_in_the_readers_language(labels: dict[str, str], text: str) -> None:
    assert pick(labels, "de") == text
