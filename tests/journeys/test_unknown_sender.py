"""A stranger is treated so that they do not learn whether they are on file."""

from email.message import EmailMessage

import sqlalchemy as sa

from bot.demo import crm_sample
from bot.demo.world import AGENT, APPROVER
from bot.slack.cards import NOTHING_FOUND
from storage import tables
from tests.journeys import crm_rows
from tests.journeys.journey import Journey, buttons, plain, reference_in, shown
from tests.journeys.letters import ANSWER, RECEIVED

KNOWN, STRANGER = "sophie.turner@example.org", "stranger@elsewhere.example"
BODY = "Hello,\n\nplease delete all the personal data that you hold about me."


async def test_a_stranger_reads_the_same_as_a_customer(journey: Journey) -> None:
    await journey.write(KNOWN, "Erase my data", BODY)
    await journey.write(STRANGER, "Erase my data", BODY)
    [to_stranger] = await journey.letters(STRANGER)
    to_known = await journey.letter(KNOWN, RECEIVED["en"])

    assert to_stranger.keys() == to_known.keys()
    assert _words(to_stranger) == _words(to_known)


async def test_a_stranger_gets_no_challenge_but_a_person_looks(journey: Journey) -> None:
    await journey.write(STRANGER, "Erase my data", BODY)
    [received] = await journey.letters(STRANGER)
    reference = reference_in(received)
    with journey.company.app.cases.store.database.read() as connection:
        assert connection.execute(tables.challenges.select()).all() == []
        assert [row.kind for row in connection.execute(tables.letters.select())] == ["acknowledgement"]
    card = journey.card(reference)
    assert "the sender's address is not in the CRM" in shown(card)
    assert STRANGER not in str(card)

    assert (await journey.click(AGENT, card, NOTHING_FOUND)).startswith("You do not have the role")
    assert await journey.click(APPROVER, card, NOTHING_FOUND) == f"{reference}: refused."
    answer = plain(await journey.letter(STRANGER, ANSWER["en"]))
    assert "have found no data about you (Article 12(4) GDPR). If you have used another address with us" in answer
    assert buttons(journey.card(reference)) == ["show"]
    assert len(await journey.letters(STRANGER)) == 2


async def test_an_address_of_two_customers_is_challenged_by_nobody(journey: Journey) -> None:
    customers = crm_sample.metadata.tables["customers"]
    crm_rows.execute(
        journey.company.crm, sa.update(customers).where(customers.c.email == "ann@example.org").values(email=KNOWN)
    )
    await journey.write(KNOWN, "Erase my data", BODY)
    [received] = await journey.letters(KNOWN)
    assert str(received["Subject"]).startswith(RECEIVED["en"])
    assert "several persons are on file under this address" in shown(journey.card(reference_in(received)))


def _words(letter: EmailMessage) -> dict[str, str]:
    """Return all that can be read in a letter, but for what has to differ from letter to letter."""
    differs = {"To", "Date", "Message-ID", "In-Reply-To", "References", "Content-Type"}
    words = {name: str(value) for name, value in letter.items() if name not in differs}
    words |= {part.get_content_type(): str(part.get_content()) for part in letter.iter_parts()}
    return {name: text.replace(reference_in(letter), "R-?") for name, text in words.items()}
