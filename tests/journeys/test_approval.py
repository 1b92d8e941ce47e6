"""Approval in Slack: by the right person, of the plan that was shown, by a request that Slack has signed."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot.demo import crm_sample
from bot.demo.slack import AppUnreachableError
from bot.demo.world import AGENT, APPROVER, CHANNEL, OUTSIDER, SECOND_APPROVER, SIGNING_SECRET
from bot.settings import Settings
from bot.slack.cards import APPROVE, SHOW
from handlers.ports import Recogniser
from tests.journeys import crm_rows
from tests.journeys.company import open_company
from tests.journeys.journey import Journey, buttons, reference_in, shown
from tests.journeys.letters import ANSWER, RECEIVED

EMMA, ANNA, DANA = "emma.clarke@example.org", "anna.nowak@example.org", "dana@shop.example"
ACCESS = ("My data", "Hello,\n\nplease send me a copy of all the personal data you hold about me.")
DELETION = ("Erase my data", "Hello,\n\nplease delete all the personal data that you hold about me.")
UNCLEAR = (
    "Hello,\n\nI am not sure about this, but it might be good to know or maybe get rid of some of the details you keep "
    "about me. What do people usually do?"
)
NO_ROLE = "You do not have the role for this (approver)."
OWN_REQUEST = "You cannot approve this: it is your own request, or you decided it yourself. Please ask a second person."
PLAN_CHANGED = "The data changed since the card was made. Please look at the new card and approve again."

OverHttp = Callable[[str], AbstractAsyncContextManager[Journey]]


@pytest.fixture
def over_http(time_limit: None, tmp_path: Path, recogniser: Recogniser, crm: Path) -> OverHttp:
    """Open a company whose Slack delivers over HTTP, signing with the secret given."""

    def change(settings: Settings) -> Settings:
        slack = settings.slack.model_copy(update={"mode": "http", "signing_secret": SecretStr(SIGNING_SECRET)})
        return settings.model_copy(update={"slack": slack})

    @asynccontextmanager
    async def opened(signing_secret: str) -> AsyncIterator[Journey]:
        async with open_company(
            tmp_path, recogniser=recogniser, crm=crm, change=change, signing_secret=signing_secret
        ) as company:
            company.slack.deliver_over_http(f"{company.app.settings.portal.url}/slack/events")
            yield Journey(company)

    return opened


async def _ready_for_approval(journey: Journey, sender: str, words: tuple[str, str]) -> str:
    await journey.write(sender, *words)
    reference = reference_in(await journey.letter(sender, RECEIVED["en"]))
    await journey.confirm_by_code(sender)
    assert APPROVE in buttons(journey.card(reference))
    return reference


async def test_a_click_that_slack_has_signed_approves(over_http: OverHttp) -> None:
    async with over_http(SIGNING_SECRET) as journey:
        reference = await _ready_for_approval(journey, EMMA, ACCESS)
        assert await journey.approve(reference) == f"{reference}: approved."
        await journey.letter(EMMA, ANSWER["en"])


async def test_a_click_that_somebody_else_has_signed_is_turned_away(over_http: OverHttp) -> None:
    async with over_http("guessed") as journey:
        reference = await _ready_for_approval(journey, EMMA, ACCESS)
        before = journey.card(reference)
        with pytest.raises(AppUnreachableError, match="401"):
            await journey.approve(reference)
        with pytest.raises(AppUnreachableError, match="401"):
            await journey.command(APPROVER, f"approve {reference}")
        await journey.settled()
        assert journey.card(reference) == before
        assert journey.steps(reference) == ["opened", "identity.asked", "identity.confirmed"]


async def test_who_has_not_the_role_approves_nothing(journey: Journey) -> None:
    reference = await _ready_for_approval(journey, EMMA, ACCESS)
    for user in (OUTSIDER, AGENT):
        assert await journey.approve(reference, user=user) == NO_ROLE
        assert await journey.command(user, f"approve {reference}") == NO_ROLE
        assert await journey.command(user, f"refuse {reference} unfounded") == NO_ROLE
    for text in ("list", f"show {reference}"):
        assert (await journey.command(OUTSIDER, text)).startswith("You do not have the role")
    assert (await journey.click(OUTSIDER, journey.card(reference), SHOW)).startswith("You do not have the role")
    assert EMMA in await journey.command(AGENT, f"show {reference}")
    assert journey.steps(reference) == ["opened", "identity.asked", "identity.confirmed"]


async def test_nobody_approves_their_own_request(journey: Journey) -> None:
    customers = crm_sample.metadata.tables["customers"]
    crm_rows.execute(journey.company.crm, sa.update(customers).where(customers.c.email == EMMA).values(email=DANA))
    reference = await _ready_for_approval(journey, DANA, ACCESS)
    assert await journey.approve(reference, user=APPROVER) == OWN_REQUEST
    assert APPROVE in buttons(journey.card(reference))

    assert await journey.approve(reference, user=SECOND_APPROVER) == f"{reference}: approved."
    await journey.letter(DANA, ANSWER["en"])


async def test_who_decided_that_a_deletion_is_asked_does_not_approve_it(journey: Journey) -> None:
    await journey.write(EMMA, "My details", UNCLEAR)
    [card] = journey.messages
    assert "a deletion may be asked, but not clearly enough" in shown(card)
    assert await journey.letters(EMMA) == [], "nothing is said before it is clear what is asked"
    reference = shown(card).partition(":")[0]
    assert await journey.click(APPROVER, card, "decide_0", f"{reference} deletion") == f"{reference}: decided."
    await journey.confirm_by_code(EMMA)

    assert await journey.approve(reference, user=APPROVER) == OWN_REQUEST
    assert await journey.command(APPROVER, f"approve {reference}") == OWN_REQUEST
    assert await journey.approve(reference, user=SECOND_APPROVER) == f"{reference}: approved."
    assert "waiting period" in shown(journey.card(reference))


async def test_what_was_approved_before_the_data_changed_is_planned_anew(journey: Journey) -> None:
    reference = await _ready_for_approval(journey, ANNA, DELETION)
    person = crm_rows.customer(crm_rows.read(journey.company.crm), ANNA)
    await journey.approve(reference)
    note = {"customer_id": person["id"], "written_on": journey.now.date(), "body": "Called again."}
    crm_rows.execute(journey.company.crm, sa.insert(crm_sample.metadata.tables["notes"]).values(note))
    before = crm_rows.read(journey.company.crm)

    await journey.advance(days=3)
    assert crm_rows.read(journey.company.crm) == before, "the old approval does not cover the new row"
    card = shown(journey.card(reference))
    assert "*Deletion*: waiting for approval" in card
    assert "• Notes: 4 deleted" in card
    assert "Approved by" not in card

    await journey.approve(reference, user=SECOND_APPROVER)
    await journey.advance(days=3)
    assert crm_rows.of(crm_rows.read(journey.company.crm), person)["notes"] == []
    assert journey.steps(reference).count("carried_out") == 1


async def test_a_click_on_a_card_that_shows_an_old_plan_approves_nothing(journey: Journey) -> None:
    reference = await _ready_for_approval(journey, ANNA, DELETION)
    person = crm_rows.customer(crm_rows.read(journey.company.crm), ANNA)
    journey.company.slack.fail("chat.update", calls=100, retry_after=7 * 86_400)  # the card stays as it is
    await journey.approve(reference)
    note = {"customer_id": person["id"], "written_on": journey.now.date(), "body": "Called again."}
    crm_rows.execute(journey.company.crm, sa.insert(crm_sample.metadata.tables["notes"]).values(note))
    await journey.advance(days=3)
    assert "• Notes: 3 deleted" in shown(journey.card(reference))

    assert await journey.approve(reference) == PLAN_CHANGED
    assert journey.steps(reference).count("approved") == 1

    journey.company.slack.fail("chat.update", calls=0)
    await journey.move_to(journey.now + timedelta(days=7))
    assert "• Notes: 4 deleted" in shown(journey.card(reference))
    assert await journey.approve(reference) == f"{reference}: approved."
    assert [m.channel for m in journey.messages if reference in shown(m) and buttons(m)[0] == APPROVE] == []
    assert journey.company.slack.state.messages.keys() == {CHANNEL}
