"""The notices of a longer period and of silence: to whom, and with what."""

from datetime import date

import pytest

from handlers import letters
from handlers.rights import Right
from handlers.tickets import Request, Requester, Status
from tests.people import ANNA, BERND, POLICY, STRANGER, a_request, a_ticket

DAY = date(2027, 2, 23)
ASKED = a_request(Right.ACCESS, Status.IDENTITY_ASKED)


def test_a_longer_period_is_announced_with_date_and_reasons_below_the_mail() -> None:
    letter = letters.extension(
        a_ticket(ASKED), reasons=("number",), explanation="Nine requests.", respond_by=DAY, policy=POLICY
    )
    assert (letter.kind, letter.to, letter.in_reply_to) == ("extension", ANNA.email, "mail-1@customer.example")
    assert {key: letter.context[key] for key in ("reasons", "explanation", "respond_by")} == {
        "reasons": ["number"],
        "explanation": "Nine requests.",
        "respond_by": DAY,
    }


@pytest.mark.parametrize(
    ("request_", "to"),
    [
        (a_request(Right.DELETION, Status.APPROVAL_ASKED), BERND.email),
        (a_request(Right.DELETION, Status.WAITING), BERND.email),
        (a_request(Right.DELETION, Status.IDENTITY_ASKED), STRANGER),
        (a_request(Right.WITHDRAWAL, Status.CARRYING_OUT), STRANGER),
    ],
)
def test_a_longer_period_is_explained_to_the_contact_on_file_once_identity_is_proved(
    request_: Request, to: str
) -> None:
    ticket = a_ticket(request_, person=BERND, requester=Requester(STRANGER, message_id="m@x"))
    letter = letters.extension(ticket, reasons=("number",), explanation="Nine.", respond_by=DAY, policy=POLICY)
    assert letter.to == to


def test_a_notice_of_silence_is_the_same_whether_or_not_the_sender_is_on_file() -> None:
    known = a_ticket(ASKED, person=ANNA)
    unknown = a_ticket(a_request(Right.ACCESS, Status.TRIAGE, reason="unknown_sender"), person=None)
    notices = {
        str(letters.silence(ticket, missing="identity", closes_on=DAY, policy=POLICY)) for ticket in (known, unknown)
    }
    assert len(notices) == 1


def test_a_notice_of_silence_names_only_what_waits_for_the_answer() -> None:
    ticket = a_ticket(ASKED, a_request(Right.WITHDRAWAL, Status.CARRIED_OUT), a_request(Right.DELETION, Status.CLOSED))
    letter = letters.silence(ticket, missing="clarification", closes_on=DAY, policy=POLICY)
    assert letter.to == ANNA.email
    assert {key: letter.context[key] for key in ("rights", "missing", "closes_on")} == {
        "rights": ["access"],
        "missing": "clarification",
        "closes_on": DAY,
    }
