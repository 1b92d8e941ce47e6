"""What the passing of time brings: reminders, each once, and the summary of the week."""

import asyncio
from datetime import date, datetime, time, timedelta
from email.utils import parseaddr

from babel.dates import format_date

from bot.demo.story import INBOX
from bot.demo.world import CHANNEL, DPO, SECOND_APPROVER
from tests.journeys.journey import Journey, plain, reference_in, shown
from tests.journeys.letters import ANSWER, RECEIVED

EMMA, ZUZANA, OLIVER = "emma.clarke@example.org", "zuzana.kovacova@example.org", "oliver.hughes@example.org"
ACCESS = ("My data", "Hello,\n\nplease send me a copy of all the personal data you hold about me.")


async def test_each_reminder_comes_once(journey: Journey) -> None:
    await journey.write(EMMA, *ACCESS)
    reference = reference_in(await journey.letter(EMMA, RECEIVED["en"]))
    await journey.confirm_by_code(EMMA)
    [opened] = [entry for entry in journey.journal(reference) if entry.event == "opened"]
    safe, last = (date.fromisoformat(str(opened.data[name])) for name in ("safe_date", "last_date"))
    about = f"{reference} (Access)"
    day, last_day = (format_date(one, "medium", locale="en_GB") for one in (safe, last))
    told: list[str] = []
    for days_left, reminder in [
        (8, ""),
        (7, f"{about}: *7 days* left until the safe date {day}."),
        (6, ""),
        (4, ""),
        (3, f"{about}: *3 days* left until the safe date {day}."),
        (2, ""),
        (1, f"{about}: *one day* left until the safe date {day}."),
        (0, ""),
        (-1, f"{about} is *overdue*: the safe date was {day}, the last day is {last_day}."),
        (-2, ""),
        (-40, ""),
    ]:
        await journey.move_to(_at(journey, safe - timedelta(days=days_left), 12))
        for _ in range(3):
            await asyncio.to_thread(journey.company.app.tick)
        await journey.settled()
        told += [reminder] if reminder else []
        notices = [notice for notice in journey.notices(reference) if "/privacy extend" not in notice]
        assert notices == told, f"{days_left} days before the safe date"
    assert len(journey.notices(reference)) == len(told) + 1  # and once, that an extension has to be told by now


async def test_a_ticket_that_is_answered_is_not_reminded_of(journey: Journey) -> None:
    await journey.write(EMMA, *ACCESS)
    reference = reference_in(await journey.letter(EMMA, RECEIVED["en"]))
    await journey.confirm_by_code(EMMA)
    await journey.approve(reference, user=SECOND_APPROVER)
    await journey.letter(EMMA, ANSWER["en"])
    await journey.advance(days=40)
    assert journey.notices(reference) == []


async def test_the_summary_of_the_week_comes_on_monday_once(journey: Journey) -> None:
    await journey.write(EMMA, *ACCESS)
    await journey.write(ZUZANA, "Newsletter", "Dobrý deň,\n\nnechcem už dostávať newsletter, odhláste ma prosím.")
    await journey.write("stranger@elsewhere.example", *ACCESS)
    today = journey.company.app.cases.policy.today(journey.now)
    monday = today - timedelta(days=today.weekday())

    await journey.move_to(_at(journey, monday + timedelta(days=7), 7))
    assert await journey.letters(DPO) == []
    await journey.move_to(_at(journey, monday + timedelta(days=7), 8))
    for _ in range(3):
        await asyncio.to_thread(journey.company.app.tick)
    await journey.settled()

    [letter] = await journey.letters(DPO)
    year, week, _ = monday.isocalendar()
    assert str(letter["Subject"]) == f"Privacy requests: week {year}-W{week:02}"
    assert parseaddr(str(letter["From"]))[1] == INBOX
    waiting = _waiting_for_decision(journey)
    assert "- Opened: 3\n- Answered: 1\n- Open today: 2\n- At risk (safe date within 7 days): 0\n" in plain(letter)
    assert f"- Late (safe date has passed): 0\n- Waiting for a decision: {waiting}\n" in plain(letter)
    [posted] = [m for m in journey.company.slack.state.messages[CHANNEL] if "Privacy requests, week" in m.text]
    assert shown(posted) == (
        f"*Privacy requests, week {year}-W{week:02}*\n• Opened: 3\n• Answered: 1\n• Open: 2\n"
        f"• Waiting for a decision: {waiting}\n• At risk: none\n• Late: none"
    )

    await journey.move_to(_at(journey, monday + timedelta(days=13), 23))
    assert len(await journey.letters(DPO)) == 1
    await journey.move_to(_at(journey, monday + timedelta(days=14), 8))
    assert len(await journey.letters(DPO)) == 2


def _at(journey: Journey, day: date, hour: int) -> datetime:
    """Return a moment on the wall clock at the company's seat."""
    return datetime.combine(day, time(hour), tzinfo=journey.company.app.cases.policy.controller.zone)


def _waiting_for_decision(journey: Journey) -> int:
    """Return how many cards ask for a decision; on which day the challenge ran out depends on the day of the test."""
    return sum("please decide" in shown(message) for message in journey.messages)
