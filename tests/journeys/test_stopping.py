"""Withdrawal and objection to direct marketing: done at once, without a challenge and without an approval."""

from dataclasses import dataclass

import pytest

from bot.demo.world import APPROVER
from bot.slack.cards import DECIDE
from tests.journeys import crm_rows
from tests.journeys.journey import CONFIRM, Journey, buttons, plain, reference_in, shown
from tests.journeys.letters import ANSWER


@dataclass(frozen=True)
class Story:
    """A person's mail, the consents that end by it, and the letter's words."""

    language: str
    sender: str
    subject: str
    body: str
    ended: tuple[str, ...]
    lists: tuple[str, ...]
    words: str


SLOVAK = Story(
    language="sk",
    sender="zuzana.kovacova@example.org",
    subject="Newsletter",
    body="Dobrý deň,\n\nnechcem už dostávať newsletter, odhláste ma prosím.\n\nĎakujem\nZuzana Kováčová",
    ended=("newsletter",),
    lists=("newsletter",),
    words="Okamžite sme ukončili to, čo si už neželáte:\n\n- ",
)
ENGLISH = Story(
    language="en",
    sender="oliver.hughes@example.org",
    subject="Newsletter",
    body="Hello,\n\nplease unsubscribe me from your newsletter. I withdraw my consent.\n\nOliver Hughes",
    ended=("newsletter",),
    lists=("newsletter",),
    words="We have stopped at once what you no longer wish:\n\n- the newsletter",
)
OBJECTION = Story(
    language="de",
    sender="katharina.vogel@example.org",
    subject="Widerspruch gegen Werbung",
    body="Guten Tag,\n\nich widerspreche der Nutzung meiner Daten für Werbung per Post.\n\nKatharina Vogel",
    ended=("post",),
    lists=(),
    words="Das haben wir sofort umgesetzt (Artikel 21 Absatz 3 DSGVO).",
)


@pytest.mark.parametrize("story", [SLOVAK, ENGLISH, OBJECTION], ids=["withdrawal-sk", "withdrawal-en", "objection-de"])
async def test_what_is_not_wished_ends_at_once(journey: Journey, story: Story) -> None:
    before = crm_rows.read(journey.company.crm)
    mail = await journey.write(story.sender, story.subject, story.body)

    [answer] = await journey.letters(story.sender)
    assert str(answer["Subject"]).startswith(ANSWER[story.language])
    assert answer["In-Reply-To"] == mail["Message-ID"]
    assert story.words in plain(answer)
    assert not CONFIRM.search(plain(answer))
    reference = reference_in(answer)
    assert buttons(journey.card(reference)) == ["show"]
    assert journey.steps(reference) == ["opened", "carried_out"]
    assert crm_rows.read(journey.company.crm) == _stopped(before, story)


async def test_an_address_that_is_in_no_crm_is_stopped_just_so(journey: Journey) -> None:
    before = crm_rows.read(journey.company.crm)
    await journey.write("stranger@elsewhere.example", ENGLISH.subject, ENGLISH.body)

    [answer] = await journey.letters("stranger@elsewhere.example")
    assert ENGLISH.words in plain(answer)
    assert crm_rows.read(journey.company.crm) == before
    await journey.write(ENGLISH.sender, ENGLISH.subject, ENGLISH.body)
    [known] = await journey.letters(ENGLISH.sender)
    one, other = (plain(letter).replace(reference_in(letter), "") for letter in (answer, known))
    assert one == other, "the letter does not tell whether the address is on file"


@pytest.mark.parametrize(
    ("sender", "subject", "body"),
    [
        (
            "oliver.hughes@example.org",
            "Objection",
            "Hello,\n\nI object to the use of my data for direct marketing.\n\nOliver",
        ),
        (
            "katharina.vogel@example.org",
            "Widerspruch",
            "Guten Tag,\n\nich widerspreche der Verwendung meiner Daten für Direktwerbung.\n\nKatharina Vogel",
        ),
    ],
    ids=["en", "de"],
)
async def test_an_objection_to_direct_marketing_as_such_ends_all_of_it(
    journey: Journey, sender: str, subject: str, body: str
) -> None:
    await journey.write(sender, subject, body)
    assert crm_rows.customer(crm_rows.read(journey.company.crm), sender)["no_marketing"]


async def test_an_objection_to_anything_else_is_weighed_by_a_person(journey: Journey) -> None:
    before = crm_rows.read(journey.company.crm)
    await journey.write(OBJECTION.sender, "Objection", "Hello,\n\nI object to my purchases being analysed.")
    [received] = await journey.letters(OBJECTION.sender)
    card = journey.card(reference_in(received))
    assert "has to be weighed (Art. 21(1) GDPR)" in shown(card)
    assert "stopped at once" not in plain(received)
    assert crm_rows.read(journey.company.crm) == before

    await journey.click(APPROVER, card, next(button for button in buttons(card) if button.startswith(DECIDE)))
    assert str((await journey.letters(OBJECTION.sender))[-1]["Subject"]).startswith(ANSWER["en"])


def _stopped(tables: crm_rows.Tables, story: Story) -> crm_rows.Tables:
    """Return the tables as they have to be after the mail, and not otherwise."""
    person = crm_rows.customer(tables, story.sender)
    return {
        **tables,
        "consents": [
            {**row, "granted": 0} if row["customer_id"] == person["id"] and row["purpose"] in story.ended else row
            for row in tables["consents"]
        ],
        "list_members": [
            {**row, "status": "unsubscribed"}
            if row["email"] == person["email"] and row["list_code"] in story.lists
            else row
            for row in tables["list_members"]
        ],
    }
