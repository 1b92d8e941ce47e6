"""/privacy and the buttons: what each does, and what each refusal says, in four languages."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.cases import Cases
from bot.settings import LANGUAGES
from bot.slack.cards import GROUNDS
from bot.slack.commands import Commands
from bot.slack.staff import StaffList
from bot.slack.words import Words
from handlers.crm import CrmUnavailable
from handlers.law.grounds import article_of
from handlers.ports import StaleTicket
from handlers.rights import Right
from handlers.staff import NotAllowed, Staff
from handlers.tickets import NotPossible, Request, Requester, Status, Ticket
from storage import journal
from tests.fakes import FakeCrm
from tests.people import (
    ANNA,
    ANNA_AT_WORK,
    BERND,
    GRETA,
    GUEST,
    NOW,
    OLGA,
    PLAN,
    SIMON,
    STRANGER,
    a_mail,
    a_request,
    a_ticket,
)

NO_ADDRESS = "U0SILENT"
LATER = NOW + timedelta(hours=1)


class Colleagues(StaffList):
    """The named staff; one of them hides the address."""

    def __init__(self) -> None:
        self._found = {staff.id: staff for staff in (OLGA, SIMON, GRETA, GUEST, ANNA_AT_WORK)}

    async def find(self, user: str) -> Staff:
        if user == NO_ADDRESS:
            raise NotAllowed("no_address")
        return self._found[user]


@pytest.fixture
def commands(cases: Cases) -> Commands:
    return Commands(cases, Colleagues(), Words("en"))


def saved(cases: Cases, *requests: Request, **changes: Any) -> Ticket:
    with cases.unit() as unit:
        return unit.save(a_ticket(*requests, **changes), actor="")


ERASURE = a_request(Right.DELETION, Status.APPROVAL_ASKED, plan=PLAN)
QUESTION = a_request(Right.ACCESS, Status.TRIAGE, reason="low_score", evidence="<!channel> my data", score=0.4)


def statuses(cases: Cases) -> list[Status]:
    ticket = cases.ticket("R-7KQ4M")
    assert ticket is not None
    return [request.status for request in ticket.requests]


async def test_an_approval(cases: Cases, commands: Commands) -> None:
    saved(cases, ERASURE)
    assert await commands.run(OLGA.id, "approve r-7kq4m") == "R-7KQ4M: approved."
    assert statuses(cases) == [Status.WAITING]


async def test_an_approval_by_button_is_of_the_plan_that_was_shown(cases: Cases, commands: Commands) -> None:
    ticket = saved(cases, ERASURE)
    assert (await commands.approve(OLGA.id, "R-7KQ4M", "0" * 16)).startswith("The data changed since the card")
    assert statuses(cases) == [Status.APPROVAL_ASKED]
    assert await commands.approve(OLGA.id, "R-7KQ4M", ticket.fingerprint) == "R-7KQ4M: approved."
    assert await commands.approve(OLGA.id, "R-7KQ4M", ticket.fingerprint) == (
        "The data changed since the card was made. Please look at the new card and approve again."
    )


@pytest.mark.parametrize("ground", GROUNDS)
async def test_a_refusal(cases: Cases, commands: Commands, ground: str) -> None:
    # No one right can be refused on every ground: "others" holds against access, "legal_duty" against erasure.
    saved(cases, ERASURE if article_of(ground, Right.DELETION) else a_request(Right.ACCESS, Status.APPROVAL_ASKED))
    assert await commands.run(OLGA.id, f" refuse  R-7KQ4M  {ground.upper()} ") == "R-7KQ4M: refused."
    assert statuses(cases) == [Status.REFUSED]


async def test_a_ground_that_the_law_does_not_know_for_the_right_refuses_nothing(
    cases: Cases, commands: Commands
) -> None:
    saved(cases, ERASURE)
    assert await commands.run(OLGA.id, "refuse R-7KQ4M others") == (
        "R-7KQ4M: the law does not know this ground for what is asked there."
    )
    assert statuses(cases) == [Status.APPROVAL_ASKED]


async def test_a_decision(cases: Cases, commands: Commands) -> None:
    saved(cases, QUESTION, question="low_score")
    assert await commands.decide(GRETA.id, "R-7KQ4M", "deletion,correction") == "R-7KQ4M: decided."
    assert statuses(cases) == [Status.CLOSED, Status.IDENTITY_ASKED, Status.IDENTITY_ASKED]
    assert await commands.decide(GRETA.id, "R-7KQ4M", "-") == "R-7KQ4M: somebody else has already done this."


async def test_nothing_is_asked(cases: Cases, commands: Commands) -> None:
    saved(cases, QUESTION, question="low_score")
    assert await commands.decide(GRETA.id, "R-7KQ4M", "-") == "R-7KQ4M: decided."
    assert statuses(cases) == [Status.CLOSED]


async def test_the_list(cases: Cases, commands: Commands) -> None:
    assert await commands.run(GRETA.id, "list") == "No open tickets."
    saved(cases, ERASURE, a_request(Right.ACCESS, Status.CLOSED))
    answer = await commands.run(GRETA.id, "LIST")
    assert answer.replace("\u00a0", " ") == (
        "Open tickets: 1\n*R-7KQ4M* · Deletion · waiting for approval · answer by 23 Dec 2026"
    )
    for number in range(20):
        reference = "R-" + "23456789BCDFGHJKLMNPQRST"[number] * 5
        saved(cases, a_request(Right.ACCESS, request_id=f"{number}"), id=f"{number:032}", reference=reference)
    lines = (await commands.run(GRETA.id, "list")).splitlines()
    assert (lines[0], len(lines), lines[-1]) == ("Open tickets: 21", 22, "… and 1 more.")


async def test_the_details_are_for_one_pair_of_eyes_and_the_look_is_noted(cases: Cases, commands: Commands) -> None:
    mail_id = cases.keep(a_mail("Hello <!channel>,\nplease send me my data."), arrived_at=NOW)
    assert mail_id
    requester = Requester(ANNA.email, "Anna <@U1>", "My <data>")
    ticket = saved(cases, QUESTION, question="low_score", requester=requester)
    with cases.unit() as unit:
        unit.settle_mail(mail_id, state="ticket", reason="", ticket_id=ticket.id)
    assert await commands.run(GRETA.id, "show R-7KQ4M") == (
        "*R-7KQ4M* · Only you can see this.\n"
        "Subject: My &lt;data&gt;\n"
        "From: Anna &lt;@U1&gt; anna.nowak@customer.example\n"
        "On file: Anna Nowak, anna.nowak@customer.example\n"
        "*Access* (0.40): “&lt;!channel&gt; my data”\n"
        "Text:\n>Hello &lt;!channel&gt;,\n>please send me my data."
    )
    with cases.store.database.read() as connection:
        _, entry = journal.read(connection)[-1]
    assert (entry.event, entry.actor, entry.reference, entry.data) == ("shown", GRETA.id, "R-7KQ4M", {})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("user", "text", "key"),
    [
        (GUEST.id, "help", "help"),
        (GUEST.id, "", "help"),
        (GUEST.id, "erase everything", "unknown_command"),
        (GUEST.id, "list", "not_allowed"),
        (GUEST.id, "show R-7KQ4M", "not_allowed"),
        (GRETA.id, "approve R-7KQ4M", "not_allowed"),
        (GRETA.id, "refuse R-7KQ4M claims", "not_allowed"),
        (NO_ADDRESS, "list", "no_address"),
        (ANNA_AT_WORK.id, "approve R-7KQ4M", "own_request"),
        (GUEST.id, "clock R-7KQ4M", "not_allowed"),
        (GRETA.id, "clock R-22222", "unknown_ticket"),
        (GRETA.id, "ask R-7KQ4M", "which_question"),
        (GRETA.id, "ask R-7KQ4M What?", "nothing_to_clarify"),
        (GRETA.id, "extend R-7KQ4M complexity Archives.", "not_allowed"),
        (OLGA.id, "extend R-7KQ4M", "which_reasons"),
        (OLGA.id, "extend R-7KQ4M complexity", "which_reasons"),
        (OLGA.id, "extend R-7KQ4M laziness We had no time.", "which_reasons"),
        (OLGA.id, "extend R-7KQ4M 2026-12-31 complexity", "which_reasons"),
        (OLGA.id, "law R-7KQ4M", "which_law"),
        (OLGA.id, "law R-7KQ4M XX", "which_law"),
        (GRETA.id, "law R-7KQ4M UK", "not_allowed"),
        (OLGA.id, "approve", "which_ticket"),
        (OLGA.id, "approve all", "which_ticket"),
        (OLGA.id, "show", "which_ticket"),
        (OLGA.id, "refuse", "which_ticket"),
        (OLGA.id, "approve R-22222", "unknown_ticket"),
        (OLGA.id, "show R-22222", "unknown_ticket"),
        (OLGA.id, "refuse R-22222 claims", "unknown_ticket"),
        (OLGA.id, "refuse R-7KQ4M", "which_ground"),
        (OLGA.id, "refuse R-7KQ4M because", "which_ground"),
        (OLGA.id, "approve R-BBBBB", "nothing_to_approve"),
        (OLGA.id, "refuse R-BBBBB claims", "nothing_to_refuse"),
        (OLGA.id, "refuse R-7KQ4M nothing_found", "nothing_to_refuse"),
        (GRETA.id, "merge R-7KQ4M R-BBBBB", "not_allowed"),
        (GRETA.id, "split R-7KQ4M deletion", "not_allowed"),
        (OLGA.id, "merge", "which_two"),
        (OLGA.id, "merge R-7KQ4M", "which_two"),
        (OLGA.id, "merge R-7KQ4M R-BBBBB R-22222", "which_two"),
        (OLGA.id, "merge R-7KQ4M it", "which_two"),
        (OLGA.id, "merge R-7KQ4M R-22222", "unknown_ticket"),
        (OLGA.id, "merge R-7KQ4M R-7KQ4M", "same_ticket"),
        (OLGA.id, "merge R-7KQ4M R-BBBBB", "too_late_to_merge"),
        (OLGA.id, "merge R-7KQ4M R-CCCCC", "not_same_person"),
        (OLGA.id, "split", "which_ticket"),
        (OLGA.id, "split R-7KQ4M", "which_rights"),
        (OLGA.id, "split R-7KQ4M everything", "which_rights"),
        (OLGA.id, "split R-22222 deletion", "unknown_ticket"),
        (OLGA.id, "split R-7KQ4M deletion", "nothing_to_split"),
        (OLGA.id, "split R-DDDDD deletion", "too_late_to_split"),
    ],
)
async def test_a_refused_command_says_why(cases: Cases, language: str, user: str, text: str, key: str) -> None:
    saved(cases, ERASURE)
    waiting = a_request(Right.DELETION, Status.WAITING, request_id="other")
    saved(cases, waiting, id="b" * 32, reference="R-BBBBB", received_at=LATER)
    saved(cases, a_request(Right.ACCESS, request_id="c"), id="c" * 32, reference="R-CCCCC", person=BERND)
    going_on = (a_request(Right.ACCESS, request_id="a"), dataclasses.replace(waiting, id="d"))
    saved(cases, *going_on, id="d" * 32, reference="R-DDDDD")
    answer = await Commands(cases, Colleagues(), Words(language)).run(user, text)
    expected = Words(language).section("reply")[key]
    assert answer.startswith(expected.partition("{")[0])
    assert answer.endswith(expected.rpartition("}")[2])
    assert "{" not in answer
    assert statuses(cases) == [Status.APPROVAL_ASKED]


async def test_the_ticket_that_is_not_there_is_named(cases: Cases, commands: Commands) -> None:
    saved(cases, ERASURE)
    assert await commands.run(OLGA.id, "merge R-7KQ4M R-22222") == "There is no ticket R-22222."


async def test_a_merge(cases: Cases, commands: Commands) -> None:
    saved(cases, ERASURE)
    saved(cases, a_request(Right.ACCESS), id="b" * 32, reference="R-BBBBB", received_at=LATER)
    assert await commands.run(OLGA.id, "merge r-bbbbb r-7kq4m") == "Merged: everything goes on in R-7KQ4M."
    assert statuses(cases) == [Status.APPROVAL_ASKED, Status.RECEIVED]


@pytest.mark.parametrize("typed", ["deletion,correction", "deletion correction", "Deletion, CORRECTION"])
async def test_a_split(cases: Cases, commands: Commands, typed: str) -> None:
    saved(cases, ERASURE, a_request(Right.ACCESS), a_request(Right.CORRECTION))
    answer = await commands.run(OLGA.id, f"split R-7KQ4M {typed}")
    reference = answer.removesuffix(".").rpartition(" ")[2]
    assert answer == f"R-7KQ4M: Correction, Deletion now in {reference}."
    assert statuses(cases) == [Status.CLOSED, Status.RECEIVED, Status.CLOSED]
    new = cases.ticket(reference)
    assert new is not None
    assert [request.status for request in new.requests] == [Status.APPROVAL_ASKED, Status.RECEIVED]


async def test_what_was_typed_comes_back_inert(commands: Commands) -> None:
    assert await commands.run(GUEST.id, "<!channel> x") == "I do not know “&lt;!channel&gt;”. Try `/privacy help`."


async def test_without_crm_nothing_is_decided(cases: Cases, commands: Commands, crm: FakeCrm) -> None:
    saved(cases, QUESTION, question="low_score")
    crm.problem = CrmUnavailable()
    answer = await commands.decide(GRETA.id, "R-7KQ4M", "access")
    assert answer == "The CRM database cannot be reached. Please try again later."
    assert statuses(cases) == [Status.TRIAGE]


async def test_somebody_else_was_faster(cases: Cases, commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    def stale(*_arguments: object, **_named: object) -> None:
        raise StaleTicket

    saved(cases, ERASURE)
    monkeypatch.setattr(cases, "approve", stale)
    assert await commands.run(OLGA.id, "approve R-7KQ4M") == "R-7KQ4M: somebody else has already done this."


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_not_possible_comes_with_what_is(
    cases: Cases, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stands_elsewhere(*_arguments: object, **_named: object) -> None:
        raise NotPossible(Right.DELETION, status, Status.REFUSED)

    words = Words(language)
    monkeypatch.setattr(cases, "approve", stands_elsewhere)
    status = Status.WAITING
    told = await Commands(cases, Colleagues(), words).run(OLGA.id, "approve R-7KQ4M")
    assert told == words(
        "reply.not_possible",
        reference="R-7KQ4M",
        right=words("rights.deletion"),
        status=words("status.waiting"),
        possible=", ".join(words(f"status.{to}") for to in ("approval_asked", "carrying_out", "withdrawn")),
    )
    status = Status.ANSWERED
    told = await Commands(cases, Colleagues(), words).run(OLGA.id, "approve R-7KQ4M")
    assert words("reply.nothing_more") in told


async def test_a_second_person_erases(cases: Cases, commands: Commands) -> None:
    saved(cases, dataclasses.replace(ERASURE, decided_by=OLGA.id), requester=Requester(STRANGER), person=ANNA)
    assert (await commands.run(OLGA.id, "approve R-7KQ4M")).startswith("You cannot approve this")
    assert await commands.run(SIMON.id, "approve R-7KQ4M") == "R-7KQ4M: approved."
