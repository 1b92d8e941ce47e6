"""Correction: the new value stands in the CRM, the letter says from what to what, the card says neither."""

from dataclasses import dataclass

import pytest

from tests.journeys import crm_rows
from tests.journeys.journey import Journey, plain, reference_in, shown
from tests.journeys.letters import ANSWER, RECEIVED


@dataclass(frozen=True)
class Story:
    """A person's mail, where the new values belong, and the line of the letter that tells of each."""

    language: str
    sender: str
    subject: str
    body: str
    table: str
    new: dict[str, str]
    lines: dict[str, str]
    on_card: str


GERMAN = Story(
    language="de",
    sender="jonas.weber@example.org",
    subject="Adressänderung",
    body="Guten Tag,\n\nbitte ändern Sie meine Adresse. Meine neue Adresse ist Lindenweg 12, 10115 Berlin.\n\n"
    "Viele Grüße\nJonas Weber",
    table="addresses",
    new={"street": "Lindenweg 12", "postcode": "10115", "city": "Berlin"},
    lines={
        "street": "- Straße und Hausnummer: {new} (vorher: {old})",
        "postcode": "- Postleitzahl: {new} (vorher: {old})",
        "city": "- Ort: {new} (vorher: {old})",
    },
    on_card="• Street and number will be corrected (addresses)",
)
POLISH = Story(
    language="pl",
    sender="piotr.zielinski@example.org",
    subject="Zmiana numeru telefonu",
    body="Dzień dobry,\n\nproszę o zmianę mojego numeru telefonu. Mój nowy numer telefonu to +48 22 555 01 99.\n\n"
    "Pozdrawiam\nPiotr Zieliński",
    table="customers",
    new={"phone": "+48 22 555 01 99"},
    lines={"phone": "- Telefon: {new} (poprzednio: {old})"},
    on_card="• Telephone will be corrected (customers)",
)


@pytest.mark.parametrize("story", [GERMAN, POLISH], ids=lambda story: story.language)
async def test_a_corrected_value_is_written_where_the_old_one_stood(journey: Journey, story: Story) -> None:
    before = crm_rows.read(journey.company.crm)
    [old] = _rows(before, story)

    await journey.write(story.sender, story.subject, story.body)
    reference = reference_in(await journey.letter(story.sender, RECEIVED[story.language]))
    await journey.confirm_by_link(story.sender)
    card = shown(journey.card(reference))
    assert story.on_card in card
    assert not any(value in card for value in story.new.values())
    await journey.approve(reference)

    answer = plain(await journey.letter(story.sender, ANSWER[story.language]))
    changed = {name: new for name, new in story.new.items() if new != old[name]}
    assert changed
    for name, new in changed.items():
        assert story.lines[name].format(new=new, old=old[name]) in answer
    after = crm_rows.read(journey.company.crm)
    assert _rows(after, story) == [{**old, **story.new}]
    assert {**after, story.table: None} == {**before, story.table: None}
    assert [row for row in after[story.table] if row["id"] != old["id"]] == [
        row for row in before[story.table] if row["id"] != old["id"]
    ]
    assert journey.steps(reference) == ["opened", "identity.asked", "identity.confirmed", "approved", "carried_out"]


def _rows(tables: crm_rows.Tables, story: Story) -> list[crm_rows.Row]:
    """Return the row that the correction is about: the record, or the home address."""
    mine = crm_rows.of(tables, crm_rows.customer(tables, story.sender))[story.table]
    return [row for row in mine if row.get("kind", "home") == "home"]
