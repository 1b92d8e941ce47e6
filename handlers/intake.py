"""A mail opens a ticket, joins one, or is set aside with its reason."""

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from handlers import clocks, deciding, duplicates, identity
from handlers.cards import failure_card, quarantine_card
from handlers.crm import Person
from handlers.desk import Desk
from handlers.law.citing import law_cited
from handlers.law.receipt import Receipt, receipt_of
from handlers.mail import Mail
from handlers.policy import Policy
from handlers.ports import Unit
from handlers.recognition import Asked, Decision, Recognition
from handlers.regrouping import goes_on_in
from handlers.repeats import looked_back_to, repeats_of
from handlers.rights import Right
from handlers.same_person import other_open_tickets
from handlers.screen import PASSED, Reason, Screened, Verdict, screen
from handlers.tickets import REFERENCE_ALPHABET, Request, Requester, Status, Ticket, new_id, new_reference
from handlers.trust import Trust, grade

REFERENCE = re.compile(rf"\bR-[{REFERENCE_ALPHABET}]{{5}}\b", re.IGNORECASE)
# Two machines that answer each other would go on for ever; a person seldom writes more often.
TICKETS_A_DAY = 5
# A reply takes the place of these; another question of the ticket stays, and the reply has a card of its own.
QUESTIONS_ANSWERED_BY_A_REPLY = frozenset({"", deciding.CLARIFICATION})
# A newsletter is nobody's business, but a person may write through a list: it is set aside only if it asks something.
IGNORED_IF_NOTHING_IS_ASKED = frozenset({Reason.AUTO_GENERATED, Reason.BULK, Reason.MAILING_LIST, Reason.OUT_OF_OFFICE})


@dataclass(frozen=True)
class Reading:
    """What was found out about a mail before anything is decided; made without holding the store."""

    mail: Mail
    screened: Screened
    trust: Trust
    recognition: Recognition
    persons: tuple[Person, ...]
    cited: str = ""  # the law that it names
    is_released: bool = False  # a person wants it handled, near miss or not


def read(mail: Mail, *, desk: Desk, is_released: bool = False) -> Reading:
    """Screen (unless a person released it), grade, recognise, and look the sender up. Raises CrmUnavailable."""
    policy = desk.policy
    screened = (
        PASSED
        if is_released
        else screen(
            mail,
            own_addresses=policy.own_addresses,
            own_message_id_domains=frozenset({policy.message_id_domain}),
            max_bytes=policy.max_bytes,
        )
    )
    trust = grade(mail, authserv_id=policy.authserv_id)
    if screened.verdict is not Verdict.PASS and screened.reason not in IGNORED_IF_NOTHING_IS_ASKED:
        return Reading(mail, screened, trust, Recognition(policy.default_language, Decision.NONE), ())
    recognition = desk.recogniser.recognise(subject=mail.subject, body=mail.text)
    if screened.verdict is not Verdict.PASS:
        if not recognition.asked:
            screened = Screened(Verdict.IGNORED, screened.reason)
        return Reading(mail, screened, trust, recognition, ())
    persons = desk.crm.find_by_email(mail.from_address) if recognition.decision is not Decision.NONE else ()
    cited = law_cited(f"{mail.subject}\n{desk.recogniser.own_words(mail.text)}") if recognition.asked else ""
    return Reading(mail, screened, trust, recognition, persons, cited, is_released)


def take_in(unit: Unit, mail_id: str, reading: Reading, *, desk: Desk) -> None:
    """Decide what becomes of a mail, in one unit of work."""
    if reading.screened.verdict is not Verdict.PASS:
        _set_aside(unit, mail_id, reading)
        return
    if not reading.mail.from_address:
        _quarantine(unit, mail_id, "no_sender")  # released or not: there is nobody to answer
        return
    ticket = _matching_ticket(unit, reading, desk=desk)
    if ticket is not None:
        _join(unit, mail_id, ticket, reading.mail, desk=desk)
        return
    if reading.recognition.decision is Decision.NONE:
        unit.settle_mail(mail_id, state="ignored", reason="no_request")
        unit.note("mail.no_request", language=reading.recognition.language)
        return
    _take_request(unit, mail_id, reading, desk=desk)


def _set_aside(unit: Unit, mail_id: str, reading: Reading) -> None:
    reason = str(reading.screened.reason or "")
    if reading.screened.verdict is Verdict.QUARANTINED:
        _quarantine(unit, mail_id, reason)
        return
    bounce = reading.mail.bounce
    if reading.screened.verdict is Verdict.BOUNCE and bounce and bounce.permanent:
        _returned(unit, bounce.original_message_id, bounce.status)
    unit.settle_mail(mail_id, state="ignored", reason=reason)
    unit.note("mail.ignored", reason=reason)


def _quarantine(unit: Unit, mail_id: str, reason: str) -> None:
    unit.settle_mail(mail_id, state="quarantined", reason=reason)
    unit.put_card(quarantine_card(mail_id, reason))
    unit.note("mail.quarantined", reason=reason)


def _returned(unit: Unit, message_id: str, status: str) -> None:
    """Tell the staff that a letter came back."""
    letter_id = message_id.partition("@")[0]
    ticket = unit.ticket_of_letter([letter_id])
    if ticket is None:
        return
    unit.note("letter.returned", reference=ticket.reference, status=status)
    topic = f"returned:{letter_id}"
    unit.put_card(failure_card(ticket, topic=topic, reason="letter_failed", detail=status))


def _matching_ticket(unit: Unit, reading: Reading, *, desk: Desk) -> Ticket | None:
    """Return the ticket that a mail replies to or names; a closed one only if the mail asks for nothing by itself."""
    mail = reading.mail
    ours = f"@{desk.policy.message_id_domain}"
    cited = (mail.in_reply_to, *mail.references)
    letter_ids = [cite.removesuffix(ours) for cite in cited if cite.endswith(ours)]
    ticket = unit.ticket_of_letter(letter_ids) if letter_ids else None
    named = REFERENCE.search(mail.subject)
    if ticket is None and named:
        ticket = unit.ticket_named(named.group().upper())
    ticket = goes_on_in(unit, ticket) if ticket else None
    if ticket is None or (reading.is_released and mail.from_address not in ticket.addresses):
        return None
    return ticket if ticket.closed_at is None or reading.recognition.decision is Decision.NONE else None


def _join(unit: Unit, mail_id: str, ticket: Ticket, mail: Mail, *, desk: Desk) -> None:
    if mail.from_address not in ticket.addresses:
        unit.settle_mail(mail_id, state="quarantined", reason="near_miss")
        unit.put_card(failure_card(ticket, topic=f"near:{mail_id}", reason="near_miss"))
        unit.note("mail.near_miss", reference=ticket.reference)
        return
    unit.settle_mail(mail_id, state="joined", reason="", ticket_id=ticket.id)
    unit.note("mail.joined", reference=ticket.reference)
    # Only what the person wrote: the quoted challenge holds the code, and "that was not me" must not confirm.
    text = desk.recogniser.own_words(mail.text)
    if ticket.closed_at is None and identity.answer_by_code(
        unit, ticket, text=text, arrived_at=mail.arrived_at, desk=desk
    ):
        return
    # A card of its own: the ticket's question may be another one, and goes when the ticket is answered.
    unit.put_card(failure_card(ticket, topic=f"reply:{mail_id}", reason="reply"))
    if ticket.closed_at is None:
        ticket = clocks.heard(ticket, at=mail.arrived_at, controller=desk.policy.controller)
        is_answer = ticket.question in QUESTIONS_ANSWERED_BY_A_REPLY
        unit.save(dataclasses.replace(ticket, question="reply" if is_answer else ticket.question), actor="")


def _take_request(unit: Unit, mail_id: str, reading: Reading, *, desk: Desk) -> None:
    """Let a mail that asks something join the ticket that asks it already, or open one of its own."""
    address, policy = reading.mail.from_address, desk.policy
    unit.hold_sender(address)
    new = new_ticket(unit, reading, policy=policy)
    sole = reading.persons[0] if len(reading.persons) == 1 else None
    perhaps_of = dataclasses.replace(new, person=sole)
    others = other_open_tickets(unit, perhaps_of)
    first = duplicates.first_of(new, others)
    if first is not None:
        duplicates.join(
            unit,
            mail_id,
            first,
            new,
            persons=reading.persons,
            open_ones=others,
            policy=policy,
            challenges_a_day=TICKETS_A_DAY,
        )
        return
    opened = unit.count_tickets(address, since=unit.now - timedelta(days=1))
    if opened >= TICKETS_A_DAY and not reading.is_released:
        _quarantine(unit, mail_id, "too_many")
        return
    answered = unit.answered(address, sole.key if sole else "", since=looked_back_to(unit.now, policy))
    new = dataclasses.replace(new, repeats=repeats_of(answered, policy=policy))
    _open(unit, mail_id, duplicates.link(unit, new, others), reading, desk=desk)


def _open(unit: Unit, mail_id: str, ticket: Ticket, reading: Reading, *, desk: Desk) -> None:
    if ticket.question:
        ticket = unit.save(ticket, actor="")
    else:
        ticket = deciding.proceed(unit, ticket, reading.persons, policy=desk.policy, actor="")
    unit.settle_mail(mail_id, state="ticket", reason="", ticket_id=ticket.id)


def new_ticket(unit: Unit, reading: Reading, *, policy: Policy) -> Ticket:
    """Return a ticket with its clock; what is not clear enough stands in triage."""
    mail, recognition = reading.mail, reading.recognition
    unsure = _why_unsure(reading)
    receipt = receipt_of(arrived_at=mail.arrived_at, claimed_at=mail.sent_at)
    rights = [one.right for one in recognition.asked]
    basis, clock = clocks.begin(receipt.at, rights=rights, cited=reading.cited, controller=policy.controller)
    return Ticket(
        id=new_id(),
        reference=new_reference(),
        language=recognition.language,
        trust=reading.trust,
        clock=clock,
        received_at=receipt.at,
        opened_at=unit.now,
        requester=_requester(mail, receipt),
        basis=basis,
        requests=_requests(recognition.asked, recognition, unsure),
        question=unsure,
    )


def _requester(mail: Mail, receipt: Receipt) -> Requester:
    thread = (mail.subject, mail.message_id, mail.references)
    return Requester(mail.from_address, mail.from_name, *thread, date_doubt=receipt.doubt)


def _why_unsure(reading: Reading) -> str:
    """Return why a person has to look before anything is done, "" if nobody has to."""
    if reading.trust is Trust.FAILED:
        return "sender_failed"  # not even an acknowledgement: it would go to whom the forger names
    if reading.recognition.decision is Decision.TRIAGE:
        return reading.recognition.reason or "low_score"
    return ""


def _requests(asked: Sequence[Asked], recognition: Recognition, unsure: str) -> tuple[Request, ...]:
    slots = recognition.slots
    return tuple(
        Request(
            id=new_id(),
            right=one.right,
            status=Status.TRIAGE if unsure else Status.RECEIVED,
            score=one.score,
            evidence=one.evidence,
            consents=slots.consents if one.right in {Right.WITHDRAWAL, Right.OBJECTION} else (),
            corrections=slots.corrections if one.right is Right.CORRECTION else (),
            reason=unsure,
        )
        for one in asked
    )
