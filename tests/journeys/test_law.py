"""The law at work on real mail: silence, a question back, an extension, another law, the clock explained."""

import asyncio
from datetime import date, datetime, time, timedelta

from babel.dates import format_date

from bot.demo.world import AGENT, APPROVER
from handlers.tickets import Status, Ticket
from tests.journeys.journey import Journey, plain, reference_in, shown
from tests.journeys.letters import ANSWER, RECEIVED

EMMA, STRANGER = "emma.clarke@example.org", "stranger@elsewhere.example"
ACCESS = ("My data", "Hello,\n\nplease send me a copy of all the personal data you hold about me.")
UNCLEAR = (
    "Hello,\n\nI am not sure about this, but it might be good to know or maybe get rid of some of the details you keep "
    "about me. What do people usually do?"
)
NOT_YET = "We cannot act on your request yet"


async def test_silence_is_told_within_the_month_and_closes_after_ninety_days(journey: Journey) -> None:
    subjects = {}
    for sender in (EMMA, STRANGER):
        await journey.write(sender, *ACCESS)
    references = {sender: reference_in(await journey.letter(sender, RECEIVED["en"])) for sender in (EMMA, STRANGER)}
    ticket = the_ticket(journey, references[EMMA])
    await journey.move_to(_noon(journey, ticket.clock.safe_date))
    await ticked(journey)
    for sender, reference in references.items():
        notice = await journey.letter(sender, NOT_YET)
        subjects[sender] = plain(notice).replace(reference, "R")
        closes_on = the_ticket(journey, reference).closes_on
        assert closes_on == ticket.clock.received_on + timedelta(days=90)
        assert format_date(closes_on, "long", locale="en_GB") in plain(notice)
    assert subjects[EMMA] == subjects[STRANGER]  # an outsider learns nothing from our silence either

    await journey.move_to(_noon(journey, ticket.clock.received_on + timedelta(days=90)))
    await ticked(journey)
    assert the_ticket(journey, references[EMMA]).closed_at is None
    await journey.move_to(_noon(journey, ticket.clock.received_on + timedelta(days=91)))
    await ticked(journey)
    for reference in references.values():
        closed = the_ticket(journey, reference)
        assert [request.status for request in closed.requests] == [Status.CLOSED]
        assert closed.closed_at is not None


async def test_who_answers_after_the_notice_is_served_after_all(journey: Journey) -> None:
    await journey.write(EMMA, *ACCESS)
    reference = reference_in(await journey.letter(EMMA, RECEIVED["en"]))
    await journey.move_to(_noon(journey, the_ticket(journey, reference).clock.safe_date))
    await ticked(journey)
    await journey.reply(await journey.letter(EMMA, NOT_YET), "Sorry, I was away. It was me.")
    assert "the person has written again" in "\n".join(journey.notices(reference))
    await journey.advance(days=100)
    assert the_ticket(journey, reference).closed_at is None


async def test_staff_ask_back_and_the_answer_ends_the_waiting(journey: Journey) -> None:
    await journey.write(EMMA, "My details", UNCLEAR)
    [ticket] = await opened(journey)
    answer = await journey.command(AGENT, f"ask {ticket.reference} Do you want a copy, or should we erase something?")
    assert answer == f"{ticket.reference}: the person is asked."
    letter = await journey.letter(EMMA, "A question about your request")
    assert "Do you want a copy, or should we erase something?" in plain(letter)
    assert the_ticket(journey, ticket.reference).question == "clarification"

    await journey.move_to(_noon(journey, ticket.clock.received_on + timedelta(days=4)))
    await journey.reply(letter, "Just a copy, please.")
    after = the_ticket(journey, ticket.reference)
    assert (after.question, after.basis.waiting_for) == ("reply", None)
    # Asked on the day of receipt and answered four days later: disputed, so the safe date stays.
    assert after.clock.safe_date == ticket.clock.safe_date
    assert after.clock.nominal_date == ticket.clock.nominal_date + timedelta(days=4)


async def test_an_extension_is_told_with_its_reasons_and_only_once(journey: Journey) -> None:
    await journey.write(EMMA, *ACCESS)
    reference = reference_in(await journey.letter(EMMA, RECEIVED["en"]))
    await journey.confirm_by_code(EMMA)
    before = the_ticket(journey, reference)
    assert (await journey.command(AGENT, f"extend {reference} complexity Archives.")).startswith("You do not have")
    typed = f"extend {reference} complexity,number Three archives have to be searched."
    answer = await journey.command(APPROVER, typed)
    after = the_ticket(journey, reference)
    assert answer.replace("\u00a0", " ") == (
        f"{reference}: extended; the answer is due by {_medium(after.clock.safe_date)} "
        f"(last day {_medium(after.clock.last_date)}). The person is told."
    )
    assert after.clock.nominal_date > before.clock.nominal_date + timedelta(days=50)
    letter = plain(await journey.letter(EMMA, "We need more time for our answer"))
    assert "Three archives have to be searched." in letter
    assert format_date(after.clock.last_date, "long", locale="en_GB") in letter
    assert "The period was extended." in shown(journey.card(reference))

    assert await journey.command(APPROVER, typed) == f"{reference} was extended before. The law allows it once."
    [change] = [entry for entry in journey.journal(reference) if entry.event == "clock" and entry.actor == APPROVER]
    assert change.data["last_date_before"] == before.clock.last_date.isoformat()
    assert change.data["last_date"] == after.clock.last_date.isoformat()
    assert "s. 2" in str(change.data["rule"])

    await journey.approve(reference)
    await journey.letter(EMMA, ANSWER["en"])


async def test_the_clock_is_explained_and_another_law_moves_the_dates(journey: Journey) -> None:
    await journey.write(EMMA, *ACCESS)
    reference = reference_in(await journey.letter(EMMA, RECEIVED["en"]))
    card = shown(journey.card(reference))
    assert "Law: GDPR (by the company's seat)" in card

    told = (await journey.command(AGENT, f"clock {reference}")).replace("\u00a0", " ")
    clock = the_ticket(journey, reference).clock
    assert told.startswith(f"*{reference}* · GDPR (by the company's seat)\nReceived {_medium(clock.received_on)} · ")
    assert "the period: 1 month (GDPR Art. 12(3); Reg. 1182/71 Art. 3(2)(c))" in told
    assert "waiting for the person, proof of identity, does not move the date: there is no answer yet" in told

    assert (await journey.command(APPROVER, f"law {reference} XX")).startswith("Please name a law: `EU`, `EU-FR`, `UK`")
    await journey.command(APPROVER, f"law {reference} us-ca")
    changed = the_ticket(journey, reference).clock
    assert changed.last_date == clock.received_on + timedelta(days=45)
    assert "Law: California (CCPA) (chosen by staff)" in shown(journey.card(reference))
    assert "To be acknowledged by" in await journey.command(AGENT, f"clock {reference}")


async def opened(journey: Journey) -> list[Ticket]:
    tickets, _ = await asyncio.to_thread(journey.company.app.cases.open_tickets, limit=9)
    return tickets


def the_ticket(journey: Journey, reference: str) -> Ticket:
    ticket = journey.company.app.cases.ticket(reference)
    assert ticket is not None
    return ticket


async def ticked(journey: Journey) -> None:
    """Let the minute pass three times: what falls due happens once."""
    for _ in range(3):
        await asyncio.to_thread(journey.company.app.tick)
    await journey.settled()


def _medium(day: date) -> str:
    return format_date(day, "medium", locale="en_GB")


def _noon(journey: Journey, day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=journey.company.app.cases.policy.controller.zone)
