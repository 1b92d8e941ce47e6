"""Identity: only the contact on file confirms, with the right code, in time, and in words of their own."""

from datetime import timedelta

import pytest

from tests.journeys.journey import CONFIRM, Journey, buttons, plain, reference_in, shown
from tests.journeys.letters import RECEIVED, WRONG_CODE

EMMA = "emma.clarke@example.org"
WAITING_FOR_PROOF = "*Access*: waiting for proof of identity"


@pytest.fixture
async def reference(journey: Journey) -> str:
    """The reference of a ticket whose challenge is on its way."""
    await journey.write(EMMA, "My data", "Hello,\n\nplease send me a copy of all the personal data you hold about me.")
    return reference_in(await journey.letter(EMMA, RECEIVED["en"]))


async def test_after_three_wrong_codes_the_challenge_is_dead(journey: Journey, reference: str) -> None:
    challenge, code = await journey.challenge(EMMA), await journey.code(EMMA)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for left in ("You have 2 more tries.", "You have one more try.", "there are no more tries"):
        await journey.reply(challenge, wrong)
        told = [letter for letter in await journey.letters(EMMA) if str(letter["Subject"]).startswith(WRONG_CODE["en"])]
        assert left in plain(told[-1])
    assert "a wrong confirmation code was sent too often" in shown(journey.card(reference))

    await journey.reply(challenge, code)
    [url] = CONFIRM.findall(plain(challenge))
    assert (await journey.visit(url))[0] == 410
    assert (await journey.visit(url, method="POST"))[0] == 410
    assert "*Access*: needs a decision" in shown(journey.card(reference))
    assert journey.steps(reference) == ["opened", "identity.asked"]


@pytest.mark.parametrize("words", ["That was not me.", ""], ids=["not me", "no words"])
async def test_a_reply_that_only_quotes_the_code_confirms_nothing(journey: Journey, reference: str, words: str) -> None:
    challenge, code = await journey.challenge(EMMA), await journey.code(EMMA)
    answer = await journey.reply(challenge, words)
    assert f"{code[:3]} {code[3:]}" in plain(answer), "the quotation holds the code"

    card = shown(journey.card(reference))
    assert WAITING_FOR_PROOF in card
    assert "the person has written again" in card
    assert journey.steps(reference) == ["opened", "identity.asked"]


async def test_a_code_from_another_address_confirms_nothing(journey: Journey, reference: str) -> None:
    await journey.reply(await journey.challenge(EMMA), await journey.code(EMMA), sender="mallory@elsewhere.example")
    assert journey.notices(reference) == [
        f"{reference}: it names a ticket, but comes from another address. Please look at it."
    ]
    assert WAITING_FOR_PROOF in shown(journey.card(reference))
    assert journey.mail_states()[-1] == ("quarantined", "near_miss")
    assert await journey.letters("mallory@elsewhere.example") == []

    await journey.confirm_by_code(EMMA)
    assert "*Access*: waiting for approval" in shown(journey.card(reference)), "the right one still can"


async def test_a_code_that_comes_too_late_confirms_nothing(journey: Journey, reference: str) -> None:
    challenge, code = await journey.challenge(EMMA), await journey.code(EMMA)
    journey.company.clock.move_to(journey.now + timedelta(hours=72, seconds=1))
    await journey.reply(challenge, code)
    card = shown(journey.card(reference))
    assert "*Access*: needs a decision" in card
    assert "the confirmation code expired without an answer" in card
    assert journey.steps(reference) == ["opened", "identity.asked"]


async def test_a_challenge_that_nobody_answers_is_closed(journey: Journey, reference: str) -> None:
    await journey.advance(days=3)
    assert WAITING_FOR_PROOF in shown(journey.card(reference)), "a reply may still be on its way"
    await journey.advance(days=1)
    card = shown(journey.card(reference))
    assert "the confirmation code expired without an answer" in card
    assert buttons(journey.card(reference)) == ["decide_0", "decide_1", "decide_2", "show", "refuse"]
    assert len(await journey.letters(EMMA)) == 2


async def test_a_code_confirms_its_own_ticket_only(journey: Journey, reference: str) -> None:
    code = await journey.code(EMMA)
    sophie = "sophie.turner@example.org"
    await journey.write(
        sophie, "My data", "Hello,\n\nplease send me a copy of all the personal data you hold about me."
    )
    await journey.reply(await journey.challenge(sophie), code)
    assert "You have 2 more tries." in plain(await journey.letter(sophie, WRONG_CODE["en"]))
    assert WAITING_FOR_PROOF in shown(journey.card(reference))
