"""Access: the copy that is fetched through the portal holds what the CRM holds, in the person's language."""

from datetime import timedelta

import pytest

from tests.journeys.access_story import ENGLISH, SLOVAK, Story, play
from tests.journeys.journey import COPY, Journey, plain, reference_in
from tests.journeys.letters import ANSWER, RECEIVED


@pytest.mark.parametrize("story", [ENGLISH, SLOVAK], ids=lambda story: story.language)
async def test_a_person_gets_a_copy_of_everything(journey: Journey, story: Story) -> None:
    await play(journey, story)


async def test_the_link_to_a_copy_expires_with_the_copy(journey: Journey) -> None:
    await journey.write(ENGLISH.sender, ENGLISH.subject, ENGLISH.body)
    reference = reference_in(await journey.letter(ENGLISH.sender, RECEIVED["en"]))
    await journey.confirm_by_link(ENGLISH.sender)
    await journey.approve(reference)
    answer = plain(await journey.letter(ENGLISH.sender, ANSWER["en"]))
    [link] = COPY.findall(answer)
    last_day = journey.company.app.cases.policy.today(journey.now) + timedelta(days=14)
    assert f"until {last_day.day} {last_day:%B %Y}" in answer

    await journey.advance(days=13)
    assert (await journey.visit(f"{link}/json"))[0] == 200
    await journey.advance(days=1)
    assert (await journey.visit(link))[0] == 410
    assert (await journey.visit(f"{link}/json"))[0] == 410
    assert (await journey.visit(f"{link}/xlsx"))[0] == 410
