"""A second mail of the same person: it joins or is linked, and never gets in the way of the first."""

from datetime import timedelta
from email.message import EmailMessage

from bot.demo.world import APPROVER, SECOND_APPROVER
from handlers.challenge import codes_in
from tests.journeys import crm_rows
from tests.journeys.journey import CONFIRM, COPY, Journey, plain, reference_in, shown
from tests.journeys.letters import ANSWER, RECEIVED

EMMA = "emma.clarke@example.org"
STRANGER = "nobody.known@elsewhere.example"
COPY_PLEASE = "Hello,\n\nplease send me a copy of all the personal data you hold about me.\n\nEmma Clarke"
ERASE_PLEASE = "Hello,\n\nplease delete my account and all the personal data you have about me.\n\nEmma Clarke"
STOP_PLEASE = "Hello,\n\nplease unsubscribe me from your newsletter, I do not want it any more.\n\nEmma Clarke"


async def challenges(journey: Journey, address: str = EMMA) -> list[EmailMessage]:
    """Return the letters that ask for a confirmation, in their order."""
    return [one for one in await journey.letters(address) if CONFIRM.search(plain(one))]


async def received(journey: Journey, address: str = EMMA) -> list[str]:
    """Return the references of the acknowledgements, in their order."""
    letters = await journey.letters(address)
    return [reference_in(one) for one in letters if str(one["Subject"]).startswith(RECEIVED["en"])]


async def confirm(journey: Journey, challenge: EmailMessage) -> None:
    """Answer a letter with the code in it."""
    [code] = codes_in(plain(challenge))
    await journey.reply(challenge, code)


async def test_it_joins_and_the_first_code_still_confirms(journey: Journey) -> None:
    await journey.write(EMMA, "My data", COPY_PLEASE)
    again = await journey.write(EMMA, "My data, again", COPY_PLEASE)
    assert journey.mail_states() == [("ticket", ""), ("joined", "duplicate")]
    reference, same = await received(journey)
    assert reference == same
    last = [one for one in await journey.letters(EMMA) if one["In-Reply-To"] == again["Message-ID"]]
    assert [reference_in(one) for one in last] == [reference], "it stands below the mail that it answers"

    [challenge] = await challenges(journey)
    await journey.write(EMMA, "My data, at last", COPY_PLEASE)
    assert len(await received(journey)) == 2, "once a day"
    await confirm(journey, challenge)
    assert "*Access*: waiting for approval" in shown(journey.card(reference))
    assert len(journey.messages) == 1


async def test_a_stranger_reads_the_same(journey: Journey) -> None:
    for _ in range(3):
        await journey.write(STRANGER, "My data", COPY_PLEASE.replace("Emma Clarke", "Someone"))
    assert [state for state, _ in journey.mail_states()] == ["ticket", "joined", "joined"]
    first, second = await received(journey, STRANGER)
    assert first == second
    assert len(await journey.letters(STRANGER)) == 2


async def test_after_the_code_has_expired_it_brings_a_new_one(journey: Journey) -> None:
    await journey.write(EMMA, "My data", COPY_PLEASE)
    [reference] = await received(journey)
    await journey.advance(days=4)
    assert "the confirmation code expired without an answer" in shown(journey.card(reference))

    await journey.write(EMMA, "My data, again", COPY_PLEASE)
    assert await received(journey) == [reference, reference]
    old, new = await challenges(journey)
    card = shown(journey.card(reference))
    assert "*Access*: waiting for proof of identity" in card
    assert "expired" not in card
    [old_url], [new_url] = (CONFIRM.findall(plain(one)) for one in (old, new))
    assert (await journey.visit(old_url))[0] == 410
    assert "Thank you" in await journey.press(new_url)
    assert "*Access*: waiting for approval" in shown(journey.card(reference))


async def test_another_right_is_linked_and_its_erasure_waits_for_the_copy(journey: Journey) -> None:
    person = crm_rows.customer(crm_rows.read(journey.company.crm), EMMA)
    await journey.write(EMMA, "My data", COPY_PLEASE)
    await journey.write(EMMA, "My account", ERASE_PLEASE)
    copy, erasure = await received(journey)
    assert f"See also {erasure}." in shown(journey.card(copy))
    assert f"See also {copy}." in shown(journey.card(erasure))

    for challenge in await challenges(journey):
        await confirm(journey, challenge)
    await journey.approve(erasure, user=SECOND_APPROVER)
    await journey.advance(days=3)
    assert "*Deletion*: being carried out" in shown(journey.card(erasure))
    assert crm_rows.of(crm_rows.read(journey.company.crm), person)["notes"], "the copy is not made yet"

    await journey.approve(copy)
    assert "*Deletion*: answered" in shown(journey.card(erasure)), "woken by the copy"
    assert crm_rows.of(crm_rows.read(journey.company.crm), person)["notes"] == []
    answers = [one for one in await journey.letters(EMMA) if str(one["Subject"]).startswith(ANSWER["en"])]
    assert [reference_in(one) for one in answers] == [copy, erasure]
    assert COPY.search(plain(answers[0]))


async def test_a_copy_that_nobody_confirms_holds_up_no_erasure(journey: Journey) -> None:
    await journey.write(EMMA, "My data", COPY_PLEASE)
    await journey.write(EMMA, "My account", ERASE_PLEASE)
    _, erasure = await received(journey)
    await confirm(journey, (await challenges(journey))[1])
    await journey.approve(erasure, user=SECOND_APPROVER)
    await journey.advance(days=3)
    assert "*Deletion*: answered" in shown(journey.card(erasure))


async def test_merged_tickets_are_confirmed_by_the_link_of_the_younger(journey: Journey) -> None:
    await journey.write(EMMA, "My data", COPY_PLEASE)
    await journey.write(EMMA, "My account", ERASE_PLEASE)
    older, younger = await received(journey)
    mine, theirs = await challenges(journey)
    answer = await journey.command(APPROVER, f"merge {younger} {older}")
    assert answer == f"Merged: everything goes on in {older}."
    card = shown(journey.card(older))
    assert "*Access*: waiting for proof of identity" in card
    assert "*Deletion*: waiting for proof of identity" in card
    assert f"Merged into {older}, where it goes on." in shown(journey.card(younger))

    [url] = CONFIRM.findall(plain(theirs))
    page = (await journey.visit(url))[1].decode()
    assert "erasure" in page
    assert "copy" not in page
    assert "Thank you" in await journey.press(url)
    card = shown(journey.card(older))
    assert "*Access*: waiting for proof of identity" in card
    assert "*Deletion*: waiting for approval" in card
    await confirm(journey, mine)
    assert "*Access*: waiting for approval" in shown(journey.card(older))

    await journey.reply(theirs, "Is there any news?")
    assert journey.notices(older) == [f"{older}: the person has written again. Please look at it."]
    told = await journey.command(APPROVER, f"show {older}")
    assert "copy of all the personal data" in told
    assert "delete my account" in told
    assert "any news" in told
    merged = [(entry.actor, entry.data["into"]) for entry in journey.journal(younger) if entry.event == "merged"]
    assert merged == [(APPROVER, older)]

    await journey.approve(older, user=SECOND_APPROVER)
    await journey.advance(days=3)
    answers = [one for one in await journey.letters(EMMA) if str(one["Subject"]).startswith(ANSWER["en"])]
    assert [reference_in(one) for one in answers] == [older], "one ticket, one answer"


async def test_a_split_ticket_goes_on_by_itself(journey: Journey) -> None:
    both = COPY_PLEASE.replace("\n\nEmma", "\n\nAnd then please delete my account and everything about me.\n\nEmma")
    await journey.write(EMMA, "Copy and deletion", both)
    [reference] = await received(journey)
    answer = await journey.command(APPROVER, f"split {reference} deletion")
    _, other = await received(journey)
    assert answer == f"{reference}: Deletion now in {other}."
    assert f"Split off from {reference}." in shown(journey.card(other))

    first, second = await challenges(journey)
    await confirm(journey, first)
    assert "*Access*: waiting for approval" in shown(journey.card(reference))
    assert "*Deletion*: waiting for proof of identity" in shown(journey.card(other)), "its own letter confirms it"
    await confirm(journey, second)
    assert "*Deletion*: waiting for approval" in shown(journey.card(other))
    await journey.approve(reference)
    [answered] = [one for one in await journey.letters(EMMA) if str(one["Subject"]).startswith(ANSWER["en"])]
    assert reference_in(answered) == reference, "without waiting for the erasure"
    assert "delete my account" in await journey.command(APPROVER, f"show {other}")


async def test_a_right_that_was_answered_often_is_marked_and_carried_out_as_ever(journey: Journey) -> None:
    for _ in range(4):
        await journey.write(EMMA, "Newsletter", STOP_PLEASE)
        journey.company.clock.move_to(journey.now + timedelta(hours=1))
    answers = [one for one in await journey.letters(EMMA) if str(one["Subject"]).startswith(ANSWER["en"])]
    references = [reference_in(one) for one in answers]
    assert len(references) == 4
    cards = [shown(journey.card(reference)) for reference in references]
    assert ["asked before" in card for card in cards] == [False, True, True, True]
    assert ["Perhaps excessive" in card for card in cards] == [False, False, False, True]
    assert all(f"{reference} (answered " in cards[3] for reference in references[:3])
    assert all("*Withdrawal of consent*: answered" in card for card in cards)
    assert "Perhaps excessive" in await journey.command(APPROVER, f"show {references[3]}")
