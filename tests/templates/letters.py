"""One of each letter, and one answer per section, as the handlers make them."""

import dataclasses
from collections.abc import Mapping
from datetime import date

from handlers import answering, letters
from handlers.access import summarise
from handlers.crm import Action, PlanStep
from handlers.law.duties import Duty, duties_of_letter, duties_of_section
from handlers.letters import Letter
from handlers.links import COPY as COPY_LINK
from handlers.links import Link
from handlers.policy import Authority
from handlers.rights import Right
from handlers.tickets import Request, Status, Ticket
from tests.fakes import FakeUnit
from tests.people import ANNA, CHANGE, COPY, DONE, NOW, POLICY, SHOP, a_request, a_ticket

LANGUAGES = ("en", "de", "pl", "sk")
# Gives data to other countries and decides by machine, so that every duty exists.
POLICY_WITH_ALL = dataclasses.replace(
    POLICY,
    controller=dataclasses.replace(
        SHOP,
        authority=Authority("Example Authority", "https://authority.example", "1 Example Street"),
        third_countries=("Japan", "Brazil"),
        safeguards={"en": "adequacy decision and standard contractual clauses"},
        automated_decisions=True,
        automated_logic={"en": "late payments lower a score, and a low score means paying in advance"},
    ),
)
FILES = {"tables": summarise(COPY), "link": "t0k-en"}
AT_HOME = PlanStep("addresses", dict.fromkeys(LANGUAGES, "Postal data"), Action.KEEP, 1, shared=True)
REQUESTS: Mapping[str, Request] = {
    "access": a_request(Right.ACCESS, Status.CARRIED_OUT, **FILES),
    "portability": a_request(Right.PORTABILITY, Status.CARRIED_OUT, **FILES),
    "correction": a_request(Right.CORRECTION, Status.CARRIED_OUT, changes=(CHANGE,)),
    "deletion": a_request(
        Right.DELETION, Status.CARRIED_OUT, done=dataclasses.replace(DONE, steps=(*DONE.steps, AT_HOME))
    ),
    "withdrawal": a_request(Right.WITHDRAWAL, Status.CARRIED_OUT, consents=("newsletter",)),
    "objection": a_request(Right.OBJECTION, Status.CARRIED_OUT),
    "restriction": a_request(Right.RESTRICTION, Status.CARRIED_OUT),
    "refusal": a_request(Right.DELETION, Status.REFUSED, reason="legal_duty"),
    "nothing_found": a_request(Right.ACCESS, Status.CARRIED_OUT, reason="nothing_found"),
}
SECTIONS = tuple(REQUESTS)
KINDS = ("acknowledgement", "challenge", "waiting", "clarification", "lifting", "extension", "silence", "answer")


def an_answer(language: str, *requests: Request) -> Letter:
    """Return the answer about some requests."""
    unit = FakeUnit()
    ticket = a_ticket(*requests, language=language)
    for request in requests:
        if request.link:
            unit.add_link(Link(request.link, COPY_LINK, ticket.id, request.id, NOW))
    answering.save_and_answer(unit, ticket, policy=POLICY_WITH_ALL, actor="")
    return unit.letters[-1]


def a_letter(kind: str, language: str) -> Letter:
    """Return a letter of a kind, with everything in it that its kind can have."""
    asked = a_request(Right.ACCESS, Status.IDENTITY_ASKED)
    ticket = a_ticket(asked, a_request(Right.WITHDRAWAL, Status.CARRYING_OUT), language=language)
    policy = POLICY_WITH_ALL
    match kind:
        case "acknowledgement":
            return letters.acknowledgement(ticket, policy=policy)
        case "challenge":
            keys = {"code": "123456", "token": "t0k-en", "valid_until": NOW}
            return letters.challenge(ticket, ANNA, [asked], **keys, policy=policy)
        case "waiting":
            return letters.waiting(ticket, ANNA, token="t0k-en", due_at=NOW, policy=policy)
    return _a_later_letter(kind, ticket, language)


def _a_later_letter(kind: str, ticket: Ticket, language: str) -> Letter:
    policy = POLICY_WITH_ALL
    match kind:
        case "clarification":
            return letters.clarification(ticket, "Do you mean the shop in Ulm or the one in Graz?", policy=policy)
        case "lifting":
            return letters.lifting(ticket, lifted_on=date(2027, 2, 1), policy=policy)
        case "extension":
            reasons, why = ("complexity", "number"), "Forty old mailboxes have to be searched."
            day = date(2027, 2, 23)
            return letters.extension(ticket, reasons=reasons, explanation=why, respond_by=day, policy=policy)
        case "silence":
            return letters.silence(ticket, missing="identity", closes_on=date(2027, 3, 21), policy=policy)
    return an_answer(language, REQUESTS["objection"])


# (name, its letter, the template that holds its words, its duties): all letters, then all sections.
def samples(language: str) -> list[tuple[str, Letter, str, tuple[Duty, ...]]]:
    """Return every letter and every section with its template and its duties."""
    found = [(kind, a_letter(kind, language), f"{language}/{kind}.md.j2", duties_of_letter(kind)) for kind in KINDS]
    found += [
        (name, an_answer(language, request), f"{language}/sections/{name}.md.j2", duties_of_section(name))
        for name, request in REQUESTS.items()
    ]
    return found
