"""Intake: a mail opens a ticket, joins one, or is set aside with its reason; nothing is guessed."""

import dataclasses
from datetime import timedelta

import pytest

from handlers import intake
from handlers.crm import CrmUnavailable
from handlers.intake import TICKETS_A_DAY, Reading
from handlers.law.facts import Pause
from handlers.law.receipt import DateDoubt
from handlers.law.regimes import PauseReason
from handlers.mail import Mail
from handlers.recognition import Asked, Correction, Decision, Identifiers, Recognition, Slots
from handlers.repeats import Earlier, Repeat
from handlers.rights import Right
from handlers.tickets import Request, Requester, Status
from handlers.trust import Trust
from tests.fakes import FakeCrm, FakeUnit, a_desk
from tests.people import ANNA, BASIS, BERND, CLOCK, NOW, POLICY, STRANGER, a_mail, a_request, a_ticket

ASKS = Recognition("en", Decision.ACT, (Asked(Right.ACCESS, 0.9, "a copy of my data"),))
UNSURE = dataclasses.replace(ASKS, decision=Decision.TRIAGE, reason="low_score")
NOTHING = Recognition("en", Decision.NONE)
PASSED = "Authentication-Results: mx.shop.example; dmarc=pass header.from=customer.example\r\n"


def reading(raw: bytes, verdict: Recognition = ASKS, *, is_released: bool = False) -> Reading:
    return intake.read(Mail.from_bytes(raw, arrived_at=NOW), desk=a_desk(verdict=verdict), is_released=is_released)


def taken_in(
    raw: bytes, verdict: Recognition = ASKS, *, unit: FakeUnit | None = None, released: bool = False
) -> FakeUnit:
    unit = FakeUnit() if unit is None else unit
    intake.take_in(unit, "mail", reading(raw, verdict, is_released=released), desk=a_desk(verdict=verdict))
    return unit


def test_a_clear_mail_opens_a_ticket() -> None:
    unit = taken_in(a_mail(headers=f"{PASSED}References: <mail-0@x.example>\r\n"))
    [ticket] = unit.tickets.values()
    assert ticket == a_ticket(
        Request(ticket.requests[0].id, Right.ACCESS, Status.IDENTITY_ASKED, 0.9, "a copy of my data"),
        id=ticket.id,
        reference=ticket.reference,
        clock=dataclasses.replace(CLOCK, rule=ticket.clock.rule),
        trust=Trust.ALIGNED,
        basis=dataclasses.replace(BASIS, pauses=(Pause(PauseReason.IDENTITY, NOW.date()),), asked_at=NOW),
        requester=Requester(ANNA.email, ANNA.name, "My data", "mail-1@customer.example", ("mail-0@x.example",)),
        version=ticket.version,
    )
    assert unit.mails == {"mail": ("ticket", "", ticket.id)}
    assert unit.kinds == ["challenge", "acknowledgement"]


def test_who_writes_in_a_language_without_letters_is_answered_in_the_companys() -> None:
    unit = taken_in(a_mail(), dataclasses.replace(ASKS, language="fr"))
    [ticket] = unit.tickets.values()
    assert ticket.language == "fr"
    assert {letter.language for letter in unit.letters} == {POLICY.default_language}


@pytest.mark.parametrize(
    ("date", "doubt"),
    [
        ("Date: Mon, 23 Nov 2026 10:00:00 +0100", None),
        ("Date: Thu, 23 Nov 2034 10:00:00 +0100", DateDoubt.FUTURE),
        ("Date: Thu, 01 Jan 1970 00:00:00 +0000", DateDoubt.UNSET),
        ("Date: soon", DateDoubt.MISSING),
        ("X-Date: none", DateDoubt.MISSING),
    ],
)
def test_the_receipt_is_the_servers_stamp_and_the_doubt_is_kept(date: str, doubt: DateDoubt | None) -> None:
    raw = a_mail().replace(b"Date: Mon, 23 Nov 2026 10:00:00 +0100", date.encode())
    [ticket] = taken_in(raw).tickets.values()
    assert (ticket.received_at, ticket.clock.received_on, ticket.requester.date_doubt) == (NOW, NOW.date(), doubt)


def test_an_unclear_mail_opens_a_ticket_for_a_person_and_tells_nobody() -> None:
    unit = taken_in(a_mail(), UNSURE)
    [ticket] = unit.tickets.values()
    assert (ticket.question, ticket.person) == ("low_score", None)
    assert [(r.right, r.status, r.reason) for r in ticket.requests] == [(Right.ACCESS, Status.TRIAGE, "low_score")]
    assert unit.letters == []


def test_a_mail_that_asks_nothing_is_ignored_without_a_trace_of_the_person() -> None:
    unit = taken_in(a_mail(), NOTHING)
    assert (unit.tickets, unit.letters, unit.cards) == ({}, [], {})
    assert unit.mails == {"mail": ("ignored", "no_request", None)}
    assert [(entry.event, entry.data) for entry in unit.entries] == [("mail.no_request", {"language": "en"})]


def test_details_go_to_the_right_they_belong_to() -> None:
    asked = tuple(Asked(right, 0.9, "") for right in (Right.CORRECTION, Right.WITHDRAWAL, Right.DELETION))
    slots = Slots(
        (Correction("email", "", "new@customer.example"),), ("newsletter",), Identifiers(customer_number="12345")
    )
    unit = taken_in(a_mail(), Recognition("en", Decision.ACT, asked, slots))
    [ticket] = unit.tickets.values()
    assert [(r.right, r.corrections, r.consents) for r in ticket.requests] == [
        (Right.CORRECTION, slots.corrections, ()),
        (Right.WITHDRAWAL, (), ("newsletter",)),
        (Right.DELETION, (), ()),
    ]


@pytest.mark.parametrize(
    ("headers", "sender", "state", "reason"),
    [
        ("X-Rightsdesk-Loop: 1\r\n", ANNA.email, "ignored", "loop"),
        ("Auto-Submitted: auto-replied\r\n", ANNA.email, "ignored", "auto_reply"),
        ("X-Spam-Flag: YES\r\n", ANNA.email, "quarantined", "spam"),
        ("", "privacy@shop.example", "quarantined", "own_mail"),
        ("", "x@rightsdesk.shop.example", "quarantined", "loop"),
        ("", "", "quarantined", "no_sender"),
        ("List-Id: <news.shop.example>\r\n", ANNA.email, "quarantined", "mailing_list"),
        ("Auto-Submitted: auto-generated\r\n", ANNA.email, "quarantined", "auto_generated"),
        ("Precedence: bulk\r\n", ANNA.email, "quarantined", "bulk"),
    ],
)
def test_what_is_set_aside(headers: str, sender: str, state: str, reason: str) -> None:
    unit = taken_in(a_mail(sender=sender, headers=headers))
    assert (unit.mails, unit.tickets, unit.letters) == ({"mail": (state, reason, None)}, {}, [])
    assert unit.events == [f"mail.{state}"]
    assert list(unit.cards) == (["mail:mail"] if state == "quarantined" else [])


@pytest.mark.parametrize("headers", ["List-Id: <news.shop.example>\r\n", "Precedence: bulk\r\n"])
def test_a_newsletter_that_asks_nothing_bothers_nobody(headers: str) -> None:
    unit = taken_in(a_mail(headers=headers), NOTHING)
    assert (unit.mails["mail"][0], unit.cards) == ("ignored", {})


def test_a_mail_that_was_set_aside_can_be_released() -> None:
    unit = taken_in(a_mail(headers="X-Spam-Flag: YES\r\n"), released=True)
    assert [ticket.requester.address for ticket in unit.tickets.values()] == [ANNA.email]
    nobody = taken_in(a_mail(sender=""), released=True)
    assert nobody.mails == {"mail": ("quarantined", "no_sender", None)}


def flooded() -> FakeUnit:
    """Return a unit in which Anna has opened as many tickets as she may, each about another phone number."""
    unit = FakeUnit()
    for number in range(TICKETS_A_DAY):
        taken_in(a_mail(), corrects(str(number)), unit=unit)
    return unit


def corrects(phone: str) -> Recognition:
    slots = Slots((Correction("phone", "", phone),))
    return Recognition("en", Decision.ACT, (Asked(Right.CORRECTION, 0.9, ""),), slots)


def test_one_address_cannot_flood_the_desk() -> None:
    unit = flooded()
    taken_in(a_mail(), unit=unit)
    assert len(unit.tickets) == TICKETS_A_DAY
    assert unit.mails["mail"] == ("quarantined", "too_many", None)
    unit.now = NOW + timedelta(days=1, seconds=1)
    taken_in(a_mail(), unit=unit)
    assert len(unit.tickets) == TICKETS_A_DAY + 1


def test_another_address_is_not_counted() -> None:
    unit = flooded()
    taken_in(a_mail(sender=BERND.email), unit=unit)
    assert len(unit.tickets) == TICKETS_A_DAY + 1


def test_a_second_mail_on_the_same_joins_the_first() -> None:
    unit = taken_in(a_mail())
    [ticket] = unit.tickets.values()
    taken_in(a_mail(message_id="mail-2@customer.example"), unit=unit)
    assert unit.mails["mail"] == ("joined", "duplicate", ticket.id)
    assert unit.tickets == {ticket.id: ticket}
    assert unit.kinds == ["challenge", "acknowledgement", "acknowledgement"]
    again = unit.letters[-1]
    assert (again.context["reference"], again.in_reply_to) == (ticket.reference, "mail-2@customer.example")
    assert unit.held == [ANNA.email, ANNA.email]
    assert unit.events[-1] == "mail.duplicate"
    # Its code is good as before.
    code = str(unit.letters[0].context["code"])
    taken_in(a_mail(f"It was me: {code}", headers=REPLY), NOTHING, unit=unit)
    assert [r.status for r in unit.tickets[ticket.id].requests] == [Status.APPROVAL_ASKED]


def test_a_sender_reads_the_same_of_a_second_mail_whether_or_not_on_file() -> None:
    letters = []
    for sender in (ANNA.email, STRANGER):
        unit = FakeUnit()
        for number in range(3):
            taken_in(a_mail(sender=sender, message_id=f"{number}@x.example"), unit=unit)
        assert len(unit.tickets) == 1
        letters.append([letter.kind for letter in unit.letters if letter.kind != "challenge"])
    assert letters == [["acknowledgement", "acknowledgement"]] * 2


def test_a_mail_on_another_right_is_linked_to_the_open_ticket() -> None:
    unit = taken_in(a_mail())
    taken_in(a_mail(), Recognition("en", Decision.ACT, (Asked(Right.DELETION, 0.9, ""),)), unit=unit)
    first, second = unit.tickets.values()
    assert (first.related, second.related) == ((second.reference,), (first.reference,))
    for one, other in ((first, second), (second, first)):
        card = unit.cards[f"ticket:{one.reference}"]
        assert card.content["ties"]["related"] == [other.reference]
    noted = next(entry for entry in unit.entries if entry.event == "linked")
    assert (noted.reference, noted.data) == (second.reference, {"others": [first.reference]})


@pytest.mark.parametrize("headers", ["", "Authentication-Results: mx.shop.example; dmarc=fail\r\n"])
def test_an_unsure_or_forged_mail_joins_nothing_and_holds_up_nothing(headers: str) -> None:
    unit = taken_in(a_mail(headers=headers), ASKS if headers else UNSURE)
    taken_in(a_mail(), unit=unit)
    doubtful, clear = unit.tickets.values()
    assert (doubtful.requests[0].status, clear.requests[0].status) == (Status.TRIAGE, Status.IDENTITY_ASKED)
    taken_in(a_mail(headers=headers), ASKS if headers else UNSURE, unit=unit)
    assert len(unit.tickets) == 3


def test_what_was_answered_before_is_noted_on_a_new_ticket() -> None:
    unit = FakeUnit()
    for number, days in enumerate((400, 300, 200, 100)):
        answered_at = NOW - timedelta(days=days)
        answered = a_request(Right.ACCESS, Status.ANSWERED)
        times = {"answered_at": answered_at, "closed_at": answered_at, "opened_at": answered_at}
        unit.save(a_ticket(answered, id=str(number), reference=f"R-{number}", **times), actor="")
    taken_in(a_mail(), unit=unit)
    ticket = list(unit.tickets.values())[-1]
    earlier = tuple(Earlier(f"R-{n}", (NOW - timedelta(days=d)).date()) for n, d in ((1, 300), (2, 200), (3, 100)))
    assert ticket.repeats == (Repeat(Right.ACCESS, earlier, True),)
    assert ticket.requests[0].status is Status.IDENTITY_ASKED  # a mark only


def with_ticket(**changes: object) -> FakeUnit:
    """Return a unit in which Anna's challenge has left as letter-1, the acknowledgement as letter-2."""
    unit = taken_in(a_mail())
    [ticket] = unit.tickets.values()
    unit.tickets[ticket.id] = dataclasses.replace(ticket, reference="R-7KQ4M", **changes)  # type: ignore[arg-type]
    return unit


REPLY = "In-Reply-To: <letter-1@rightsdesk.shop.example>\r\n"
THREAD = "References: <x@y.example> <letter-2@rightsdesk.shop.example>\r\n"


@pytest.mark.parametrize(
    ("headers", "subject"), [(REPLY, "x"), (THREAD, "x"), ("", "Re: Please confirm [r-7kq4m]"), (REPLY, "[R-22222]")]
)
def test_a_reply_joins_its_ticket(headers: str, subject: str) -> None:
    unit = with_ticket()
    code = str(unit.letters[0].context["code"])
    taken_in(a_mail(f"It was me: {code}", headers=headers, subject=subject), NOTHING, unit=unit)
    [ticket] = unit.tickets.values()
    assert unit.mails["mail"] == ("joined", "", ticket.id)
    assert [request.status for request in ticket.requests] == [Status.APPROVAL_ASKED]


def test_a_quoted_code_does_not_confirm() -> None:
    unit = with_ticket()
    code = str(unit.letters[0].context["code"])
    taken_in(a_mail(f"That was not me!\n> reply and write this code: {code}", headers=REPLY), unit=unit)
    [ticket] = unit.tickets.values()
    assert ([r.status for r in ticket.requests], ticket.question) == ([Status.IDENTITY_ASKED], "reply")


def test_a_stranger_cannot_join_even_with_the_code() -> None:
    unit = with_ticket()
    before = dict(unit.tickets)
    code = str(unit.letters[0].context["code"])
    taken_in(a_mail(f"It was me: {code}", sender=STRANGER, headers=REPLY), unit=unit)
    assert (unit.mails["mail"], unit.tickets) == (("quarantined", "near_miss", None), before)
    assert unit.cards["near:mail"].content["reason"] == "near_miss"
    assert STRANGER not in repr(unit.cards) + repr(unit.entries)


@pytest.mark.parametrize(("headers", "subject"), [(REPLY, "x"), ("", "Re: [R-7KQ4M]")])
def test_a_reply_to_a_merged_ticket_joins_the_one_in_which_it_goes_on(headers: str, subject: str) -> None:
    unit = with_ticket(merged_into="R-22222", closed_at=NOW)
    older = unit.save(a_ticket(id="older", reference="R-22222", merged=("R-7KQ4M",)), actor="")
    taken_in(a_mail("Any news?", headers=headers, subject=subject), unit=unit)
    assert unit.mails["mail"] == ("joined", "", older.id)
    assert unit.tickets["older"].question == "reply"


@pytest.mark.parametrize("changes", [{"closed_at": NOW}])
def test_a_reply_to_a_closed_ticket_is_a_mail_of_its_own(changes: dict[str, object]) -> None:
    unit = with_ticket(**changes)
    taken_in(a_mail(headers=REPLY), unit=unit)
    assert len(unit.tickets) == 2


def test_a_complaint_about_an_answer_reaches_a_person() -> None:
    unit = with_ticket(closed_at=NOW)
    taken_in(a_mail("I am not satisfied.", headers=REPLY), NOTHING, unit=unit)
    assert unit.mails["mail"][0] == "joined"
    assert unit.cards["reply:mail"].content["reason"] == "reply"


def test_a_reply_does_not_hide_another_question() -> None:
    unit = with_ticket(question="unknown_sender")
    taken_in(a_mail("Any news?", headers=REPLY), NOTHING, unit=unit)
    [ticket] = unit.tickets.values()
    assert ticket.question == "unknown_sender"
    assert "reply:mail" in unit.cards


def test_a_released_near_miss_opens_a_ticket_of_its_own() -> None:
    unit = with_ticket()
    reading_ = reading(a_mail("What do you have on me?", sender=STRANGER, headers=REPLY), is_released=True)
    intake.take_in(unit, "mail", reading_, desk=a_desk(verdict=ASKS))
    assert len(unit.tickets) == 2


def test_message_ids_of_others_find_nothing() -> None:
    unit = with_ticket()
    taken_in(a_mail(headers="In-Reply-To: <letter-1@evil.example>\r\n", sender=STRANGER), unit=unit)
    assert len(unit.tickets) == 2


REPORT = (
    "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\nMessage-ID: <b@mx.example>\r\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    "Final-Recipient: rfc822; anna.nowak@customer.example\r\nAction: {action}\r\nStatus: {status}\r\n\r\n"
    "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <letter-1@rightsdesk.shop.example>\r\n\r\n--b--\r\n"
)


@pytest.mark.parametrize(("action", "status", "told"), [("failed", "5.1.1", True), ("delayed", "4.4.1", False)])
def test_a_letter_that_came_back_is_told_to_the_staff(action: str, status: str, told: bool) -> None:
    unit = with_ticket()
    taken_in(REPORT.format(action=action, status=status).encode(), unit=unit)
    assert unit.mails["mail"] == ("ignored", "bounce", None)
    assert ("returned:letter-1" in unit.cards) is told
    if told:
        content = {"kind": "failed", "reference": "R-7KQ4M", "reason": "letter_failed", "detail": "5.1.1"}
        assert unit.cards["returned:letter-1"].content == content


def test_a_sender_is_looked_up_only_if_something_is_asked() -> None:
    crm = FakeCrm()
    for verdict in (NOTHING, UNSURE):
        intake.read(Mail.from_bytes(a_mail(), arrived_at=NOW), desk=a_desk(crm=crm, verdict=verdict))
    assert crm.calls == [("find_by_email", ANNA.email)]


def test_without_crm_the_mail_waits() -> None:
    desk = a_desk(crm=FakeCrm(problem=CrmUnavailable()), verdict=ASKS)
    with pytest.raises(CrmUnavailable):
        intake.read(Mail.from_bytes(a_mail(), arrived_at=NOW), desk=desk)


def test_a_forged_sender_is_graded_so() -> None:
    headers = "Authentication-Results: mx.shop.example; dmarc=fail header.from=customer.example\r\n"
    unit = taken_in(a_mail(headers=headers))
    [ticket] = unit.tickets.values()
    assert (ticket.trust, ticket.question) == (Trust.FAILED, "sender_failed")
    assert {request.status for request in ticket.requests} == {Status.TRIAGE}
    assert unit.letters == []


def test_the_policy_sets_the_size() -> None:
    desk = a_desk(verdict=ASKS, policy=dataclasses.replace(POLICY, max_bytes=100))
    found = intake.read(Mail.from_bytes(a_mail(), arrived_at=NOW), desk=desk)
    assert str(found.screened.reason) == "oversized"
    assert a_request(Right.ACCESS).right not in {one.right for one in found.recognition.asked}


def test_a_forged_report_says_nothing_to_the_staff_but_that_a_letter_came_back() -> None:
    unit = with_ticket()
    forged = "5.1.1,<!channel>,anna.nowak@customer.example,<https://evil.example|approve_here>"
    taken_in(REPORT.format(action="failed", status=forged).encode(), unit=unit)
    [card] = [card for topic, card in unit.cards.items() if topic.startswith("returned:")]
    assert card.content["detail"] == "5.1.1"
    assert "anna" not in repr(unit.entries)
