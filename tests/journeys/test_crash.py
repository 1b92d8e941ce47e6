"""Killed at every step from mail to answer: nothing is lost, and nothing is done twice."""

import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.journeys.bot_process import Kill
from tests.journeys.crash_house import (
    Bot,
    Bots,
    Ending,
    House,
    bots,
    copy_of_emma,
    crm_rows,
    crm_without_emma,
    furnished,
    sample_crm,
)

__all__ = ["bots", "sample_crm"]  # fixtures

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

SEND = "bot.smtp.SmtpTransport.send"
DELIVER = "bot.outbox.Outbox.deliver"
POST = "bot.slack.app.SlackPoster.post"
# Of Emma's letters, in the order in which they are handed over.
FIRST, SECOND, ANSWER = 1, 2, 3

DELETION = [
    # 1. The mail is kept before it is flagged on the server.
    Kill("storage.store.Store.keep_mail"),
    Kill("bot.imap.ImapSession.mark"),
    # 2 to 8 are one transaction: read before it, decided within it, committed.
    Kill("handlers.intake.read"),
    Kill("handlers.intake.take_in"),
    Kill("bot.cases.Cases.take_in"),
    # 8. Acknowledgement, challenge and card leave: claimed, handed over, noted.
    Kill(SEND, "before", FIRST),
    Kill(SEND, "after", FIRST),
    Kill(DELIVER, "after", FIRST),
    Kill(SEND, "after", SECOND),
    Kill(POST, "before"),
    Kill(POST),
    Kill("bot.outbox.Outbox.notify"),
    # 9. Identity, approval, carrying out: each within its transaction and after its commit.
    Kill("handlers.identity.answer_by_link"),
    Kill("bot.cases.Cases.confirm"),
    Kill("handlers.deciding.approve"),
    Kill("bot.cases.Cases.approve"),
    Kill("handlers.carrying_out.intend"),
    Kill("handlers.carrying_out.do", "before"),
    Kill("storage.crm.erase.delete"),
    Kill("handlers.carrying_out.do"),
    Kill("handlers.carrying_out.conclude"),
    Kill("bot.cases.Cases.carry_out"),
    # 10. The answer leaves: claimed, handed over, noted.
    Kill(SEND, "before", ANSWER),
    Kill(SEND, "after", ANSWER),
    Kill("handlers.answering.answered"),
    Kill(DELIVER, "after", ANSWER),
]
HANDED_OVER = [kill for kill in DELETION if (kill.function, kill.when) == (SEND, "after")]

ACCESS = [
    Kill("handlers.identity.answer_by_code"),
    Kill("bot.cases.Cases.take_in", "after", 2),
    Kill("handlers.carrying_out.do"),
    Kill("handlers.carrying_out.conclude"),
    Kill("bot.cases.Cases.carry_out"),
]

WAITING = [
    Kill("handlers.planning.end_waiting"),
    Kill("bot.app.tick"),
    Kill("handlers.carrying_out.do"),
]


def ended_well(right: str, **more_letters: int) -> Ending:
    """Return the ending of a story with one request: everything once."""
    return Ending(
        tickets=1,
        executed=Counter({right: 1}),
        letters=Counter({"acknowledgement": 1, "challenge": 1, "answer": 1, **more_letters}),
        cards_twice=[],
        ticket_cards=1,
        journal_problem="",
    )


async def until_killed(house: House, bot: Bot) -> set[str]:
    """Play on until the bot has killed itself; return which letters may come again."""
    await house.play(bot, until=bot.ended.done)
    assert bot.ended.result() == -signal.SIGKILL
    return await house.arrived_unnoted()


@pytest.mark.parametrize("kill", DELETION, ids=str)
async def test_deletion_is_done_once_though_the_bot_was_killed(
    kill: Kill, bots: Bots, sample_crm: Path, tmp_path: Path
) -> None:
    async with furnished(tmp_path, bots=bots, sample_crm=sample_crm) as house:
        await house.write(
            "Delete me", "Hello,\n\nplease delete all the personal data you hold about me.\n\nEmma Clarke"
        )
        may_repeat = await until_killed(house, await house.start(kill=kill))
        bot = await house.start()
        await house.play(bot, until=house.is_over)

        assert await house.ending() == ended_well("deletion")
        assert bool(may_repeat) or kill not in HANDED_OVER
        assert await house.repeated() <= may_repeat
        assert crm_rows(tmp_path / "crm.db") == crm_without_emma(sample_crm, tmp_path)


@pytest.mark.parametrize("kill", ACCESS, ids=str)
async def test_copy_is_made_and_answered_once_though_the_bot_was_killed(
    kill: Kill, bots: Bots, sample_crm: Path, tmp_path: Path
) -> None:
    async with furnished(tmp_path, bots=bots, sample_crm=sample_crm) as house:
        house.by_code = True
        await house.write(
            "My data", "Hello,\n\nplease send me a copy of all the data you hold about me.\n\nEmma Clarke"
        )
        may_repeat = await until_killed(house, await house.start(kill=kill))
        bot = await house.start()
        await house.play(bot, until=house.is_over)

        assert await house.ending() == ended_well("access")
        assert await house.repeated() <= may_repeat
        assert crm_rows(tmp_path / "crm.db") == crm_rows(sample_crm)
        assert await house.fetched_copy() == copy_of_emma(sample_crm)


@pytest.mark.parametrize("kill", WAITING, ids=str)
async def test_erasure_after_the_waiting_period_is_done_once_though_the_bot_was_killed(
    kill: Kill, bots: Bots, sample_crm: Path, tmp_path: Path
) -> None:
    async with furnished(tmp_path, bots=bots, sample_crm=sample_crm, waiting_days=3) as house:
        await house.write(
            "Delete me", "Hello,\n\nplease delete all the personal data you hold about me.\n\nEmma Clarke"
        )
        bot = await house.start()
        await house.play(bot, until=house.is_waiting)
        await bot.kill()
        may_repeat = await until_killed(house, await house.start(days_ahead=4, kill=kill))
        bot = await house.start(days_ahead=4)
        await house.play(bot, until=house.is_over)

        assert await house.ending() == ended_well("deletion", waiting=1)
        assert await house.repeated() <= may_repeat
