"""A ticket's clock: under which law, and what questions, answers, extensions and other tables do to it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers import clocks
from handlers.crm import Person
from handlers.law.basis import Basis
from handlers.law.calendars import table_version
from handlers.law.choosing import ChoiceReason
from handlers.law.facts import Extension, ExtensionReason, Pause
from handlers.law.regimes import REGIMES, PauseReason, UnknownRegime
from handlers.policy import Controller
from handlers.rights import Right
from handlers.staff import NotAllowed
from handlers.tickets import Request, Status, Ticket
from storage.tables import tickets
from tests.people import ANNA, BASIS, NOW, SHOP, a_request, a_ticket, noon

ACCESS = a_request(Right.ACCESS)
LONDONER = Person("9", "lee@customer.example", "Lee Hart", "en", "GB")
CALIFORNIAN = Person("8", "kim@customer.example", "Kim Vega", "en", "US-CA")
EVERYWHERE = replace(SHOP, markets=("UK", "CH", "US-CA"))
COMPLEX = (ExtensionReason.COMPLEXITY,)


def days(ticket: Ticket) -> list[str]:
    """Return nominal, safe and last date."""
    clock = ticket.clock
    return [day.isoformat() for day in (clock.nominal_date, clock.safe_date, clock.last_date)]


def begun(*rights: Right, controller: Controller = SHOP, cited: str = "", at: datetime = NOW) -> Ticket:
    basis, clock = clocks.begin(at, rights=rights, cited=cited, controller=controller)
    requests = [a_request(right) for right in rights]
    return a_ticket(*requests, basis=basis, clock=clock, received_at=at, person=None)


@pytest.mark.parametrize(
    ("controller", "cited", "law", "reason"),
    [
        (SHOP, "", "EU", ChoiceReason.SEAT),
        (SHOP, "US-CA", "EU", ChoiceReason.SEAT),  # cannot apply to a company that does not sell there
        (EVERYWHERE, "UK", "UK", ChoiceReason.CITED),
        (replace(SHOP, country="FR"), "", "EU-FR", ChoiceReason.SEAT),
        (replace(SHOP, country="GB", region="SCT", zone=ZoneInfo("Europe/London")), "", "UK", ChoiceReason.SEAT),
        (replace(SHOP, country="US", region="CA"), "", "US-CA", ChoiceReason.SEAT),
        (replace(SHOP, country="JP"), "", "EU", ChoiceReason.DEFAULT),
    ],
)
def test_the_law_of_a_mail_before_its_sender_is_known(
    controller: Controller, cited: str, law: str, reason: ChoiceReason
) -> None:
    ticket = begun(Right.ACCESS, controller=controller, cited=cited)
    assert ticket.basis == Basis(law, reason, cited, tables=table_version(), reckoned_by=clocks.fingerprint(controller))


def test_the_person_on_file_decides_where_the_company_sells() -> None:
    ticket = clocks.choose(replace(begun(Right.ACCESS), person=LONDONER), controller=EVERYWHERE)
    assert (ticket.basis.law, ticket.basis.reason) == ("UK", ChoiceReason.SUBJECT)
    # Wednesday 23 December is a working day in England too; the citation is another.
    assert ticket.clock.rule.startswith("UK GDPR")


def test_the_word_of_the_staff_stays_whatever_is_found_out_later() -> None:
    chosen = clocks.choose(begun(Right.ACCESS), controller=EVERYWHERE, staff_choice="US-CA")
    later = clocks.choose(replace(chosen, person=LONDONER), controller=EVERYWHERE)
    assert (later.basis.law, later.basis.reason) == ("US-CA", ChoiceReason.STAFF)
    assert days(later) == ["2027-01-07"] * 3  # 45 days, and California rolls nothing
    back = clocks.choose(later, controller=EVERYWHERE, staff_choice="EU")
    assert days(back) == ["2026-12-23"] * 3


def test_an_unknown_law_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownRegime, match="there is no law 'XX'; write one of EU,"):
        clocks.choose(begun(Right.ACCESS), controller=SHOP, staff_choice="XX")


def test_california_gives_opting_out_a_procedure_of_its_own() -> None:
    controller = replace(SHOP, country="US", region="CA")
    assert "7026" in begun(Right.WITHDRAWAL, controller=controller).clock.rule
    assert "7021" in begun(Right.WITHDRAWAL, Right.ACCESS, controller=controller).clock.rule


def test_what_an_unverified_sender_is_told_does_not_depend_on_who_is_on_file() -> None:
    promised = set()
    for person in (None, ANNA, LONDONER, CALIFORNIAN):
        ticket = clocks.choose(replace(begun(Right.ACCESS), person=person), controller=EVERYWHERE)
        asked = clocks.asked(ticket, PauseReason.IDENTITY, at=NOW, controller=EVERYWHERE)
        promised.add(clocks.promised_by(asked, controller=EVERYWHERE))
        assert clocks.promised_by(asked, controller=EVERYWHERE) <= asked.clock.last_date
    assert promised == {date(2026, 12, 23)}


def test_identity_that_was_asked_promptly_makes_the_last_day_later_and_not_the_safe_one() -> None:
    ticket = clocks.asked(begun(Right.ACCESS), PauseReason.IDENTITY, at=noon(date(2026, 11, 24)), controller=SHOP)
    assert days(ticket) == ["2026-12-23"] * 3  # not before there is an answer
    assert ticket.basis.waiting_for is PauseReason.IDENTITY
    answered = clocks.answered(ticket, PauseReason.IDENTITY, at=noon(date(2026, 11, 30)), controller=SHOP)
    # Six days left out: Tuesday 29 December. The EDPB's reading is disputed, so the plan does not rely on it.
    assert days(answered) == ["2026-12-29", "2026-12-23", "2026-12-29"]
    assert answered.basis.waiting_for is None
    assert "EDPB 01/2022" in answered.clock.rule


def test_a_question_that_is_put_again_goes_on_from_its_first_day() -> None:
    first = clocks.asked(begun(Right.ACCESS), PauseReason.IDENTITY, at=noon(date(2026, 11, 24)), controller=SHOP)
    silent = replace(first, closes_on=date(2027, 2, 22))
    again = clocks.asked(silent, PauseReason.IDENTITY, at=noon(date(2026, 12, 20)), controller=SHOP)
    assert again.basis.pauses == (Pause(PauseReason.IDENTITY, date(2026, 11, 24)),)
    assert (again.basis.asked_at, again.closes_on) == (noon(date(2026, 12, 20)), None)


def test_an_answer_to_nothing_changes_nothing() -> None:
    ticket = begun(Right.ACCESS)
    assert clocks.answered(ticket, PauseReason.CLARIFICATION, at=noon(date(2026, 12, 1)), controller=SHOP) is ticket


def test_an_answer_before_the_question_by_the_calendar_counts_from_the_question() -> None:
    ticket = clocks.asked(begun(Right.ACCESS), PauseReason.IDENTITY, at=noon(date(2026, 11, 24)), controller=SHOP)
    answered = clocks.answered(ticket, PauseReason.IDENTITY, at=noon(date(2026, 11, 23)), controller=SHOP)
    assert answered.basis.pauses == (Pause(PauseReason.IDENTITY, date(2026, 11, 24), date(2026, 11, 24)),)


def test_an_extension_moves_every_date_once() -> None:
    ticket = clocks.extended(begun(Right.ACCESS), Extension(date(2026, 12, 18), COMPLEX), controller=SHOP)
    assert days(ticket) == ["2027-02-23"] * 3  # a Tuesday
    with pytest.raises(NotAllowed, match="already_extended"):
        clocks.extended(ticket, Extension(date(2026, 12, 19), COMPLEX), controller=SHOP)


@pytest.mark.parametrize(
    ("extension", "why"),
    [
        (Extension(date(2026, 12, 24), COMPLEX), "notice_late"),
        (Extension(date(2026, 12, 1)), "notice_without_reasons"),
    ],
)
def test_a_notice_without_effect_is_refused(extension: Extension, why: str) -> None:
    with pytest.raises(NotAllowed, match=why):
        clocks.extended(begun(Right.ACCESS), extension, controller=SHOP)


def test_reckoning_again_changes_nothing() -> None:
    ticket = clocks.asked(begun(Right.ACCESS), PauseReason.IDENTITY, at=noon(date(2026, 11, 24)), controller=SHOP)
    assert clocks.reckoned(ticket, controller=SHOP) == ticket


def test_dates_of_old_tables_are_reckoned_anew() -> None:
    # Christmas Day: the month ends on a day that older tables might not have known to be off.
    ticket = begun(Right.ACCESS, at=datetime(2026, 11, 25, 9, tzinfo=UTC))
    assert days(ticket) == ["2026-12-25", "2026-12-25", "2026-12-28"]
    old = replace(ticket, clock=replace(ticket.clock, last_date=date(2026, 12, 25)), basis=replace(BASIS, tables="0.1"))
    assert clocks.reckoned(old, controller=SHOP).clock == ticket.clock


def test_regional_days_off_count_only_where_they_are_meant_to() -> None:
    # Corpus Christi, Thursday 27 May 2027, is off in Bavaria and not in Berlin.
    at = datetime(2027, 4, 27, 9, tzinfo=UTC)
    bavaria = replace(SHOP, region="BY")
    assert days(begun(Right.ACCESS, at=at, controller=bavaria))[2] == "2027-05-27"
    regional = replace(bavaria, regional_days_off=True)
    assert days(begun(Right.ACCESS, at=at, controller=regional)) == ["2027-05-27", "2027-05-27", "2027-05-28"]


def test_the_longest_rule_fits_into_its_column() -> None:
    """Every pause, an extension and a roll at once, under each law."""
    width = tickets.c.rule.type.length
    for key in REGIMES:
        for day in range(25, 32):
            at = datetime(2026, 5, day, 9, tzinfo=UTC)
            ticket = clocks.choose(begun(Right.ACCESS, at=at), controller=SHOP, staff_choice=key)
            for reason in PauseReason:
                ticket = clocks.asked(ticket, reason, at=at, controller=SHOP)
                ticket = clocks.answered(ticket, reason, at=at, controller=SHOP)
            notice = Extension(at.date(), COMPLEX, named_date=date(2026, 8, 1))
            basis = replace(ticket.basis, extension=notice)
            assert len(clocks.reckoned(replace(ticket, basis=basis), controller=SHOP).clock.rule) <= width


def test_nobody_plans_for_a_later_day_than_the_acknowledgement_names() -> None:
    ticket = clocks.choose(replace(begun(Right.ACCESS), person=CALIFORNIAN), controller=EVERYWHERE)
    assert (ticket.basis.law, days(ticket)) == ("US-CA", ["2027-01-07", "2026-12-23", "2027-01-07"])


def test_what_is_asked_for_decides_the_procedure_and_not_what_is_still_open() -> None:
    controller = replace(SHOP, country="US", region="CA")
    ticket = begun(Right.ACCESS, Right.OBJECTION, controller=controller)
    refused = ticket.replace(replace(ticket.requests[0], status=Status.REFUSED))
    assert clocks.reckoned(refused, controller=controller).clock == ticket.clock


@pytest.mark.parametrize(
    ("law", "named", "why"),
    [
        ("EU", date(2027, 3, 1), "law_names_the_date"),
        ("CH", date(2026, 12, 23), "date_out_of_range"),
        ("CH", date(9999, 12, 31), "date_out_of_range"),
        ("CH", None, "notice_without_date"),
        ("BR", None, "no_extension"),
    ],
)
def test_a_day_that_moves_nothing_is_refused(law: str, named: date | None, why: str) -> None:
    ticket = clocks.choose(begun(Right.ACCESS), controller=SHOP, staff_choice=law)
    with pytest.raises(NotAllowed, match=why):
        clocks.extended(ticket, Extension(date(2026, 12, 1), COMPLEX, named), controller=SHOP)


def test_an_extension_that_another_law_does_not_know_can_be_made_by_that_law() -> None:
    extended = clocks.extended(begun(Right.ACCESS), Extension(date(2026, 12, 1), COMPLEX), controller=SHOP)
    swiss = clocks.choose(extended, controller=SHOP, staff_choice="CH")
    named = date(2027, 2, 1)
    again = clocks.extended(swiss, Extension(date(2026, 12, 2), COMPLEX, named), controller=SHOP)
    assert again.clock.last_date == named


def test_a_mail_that_came_before_the_question_does_not_answer_it() -> None:
    ticket = clocks.asked(begun(Right.ACCESS), PauseReason.CLARIFICATION, at=NOW + timedelta(hours=2), controller=SHOP)
    before = clocks.heard(ticket, at=NOW + timedelta(hours=1), controller=SHOP)
    assert (before.basis.waiting_for, before.basis.silent_since) == (
        PauseReason.CLARIFICATION,
        NOW + timedelta(hours=2),
    )
    after = clocks.heard(ticket, at=NOW + timedelta(hours=3), controller=SHOP)
    assert (after.basis.waiting_for, after.basis.silent_since) == (None, None)


@pytest.mark.parametrize(
    ("request_", "waits"),
    [
        (a_request(Right.ACCESS, Status.IDENTITY_ASKED), True),
        (a_request(Right.ACCESS, Status.TRIAGE, reason="unknown_sender"), True),
        (a_request(Right.ACCESS, Status.TRIAGE, reason="low_score"), False),
        (a_request(Right.ACCESS, Status.APPROVAL_ASKED), False),
    ],
)
def test_a_ticket_from_before_laws_were_chosen_gets_its_law_and_its_question(request_: Request, waits: bool) -> None:
    british = replace(SHOP, country="GB", region="ENG", zone=ZoneInfo("Europe/London"))
    old = a_ticket(request_, basis=Basis(), person=None)
    after = clocks.anew(old, controller=british)
    assert (after.basis.law, after.basis.reason) == ("UK", ChoiceReason.SEAT)
    assert after.basis.silent_since == (old.opened_at if waits else None)
