"""Portability, restriction, and two rights in one mail."""

import json

from bot.demo.world import SECOND_APPROVER
from tests.journeys import crm_rows
from tests.journeys.journey import COPY, Journey, plain, reference_in, shown
from tests.journeys.letters import ANSWER, RECEIVED, WAITING

LUKAS, MARTIN, SOPHIE = "lukas.brandt@example.org", "martin.horvath@example.org", "sophie.turner@example.org"


async def test_a_portable_file_holds_only_what_the_person_provided(journey: Journey) -> None:
    tables = crm_rows.read(journey.company.crm)
    mine = crm_rows.of(tables, crm_rows.customer(tables, LUKAS))
    await journey.write(
        LUKAS,
        "Datenübertragbarkeit",
        "Sehr geehrte Damen und Herren,\n\nich wechsle den Anbieter. Bitte geben Sie mir meine Daten in einem "
        "maschinenlesbaren Format, damit ich sie zu einem anderen Anbieter mitnehmen kann.\n\nLukas Brandt",
    )
    reference = reference_in(await journey.letter(LUKAS, RECEIVED["de"]))
    await journey.confirm_by_link(LUKAS)
    await journey.approve(reference)

    answer = plain(await journey.letter(LUKAS, ANSWER["de"]))
    assert "in einem strukturierten, gängigen und maschinenlesbaren Format (JSON)" in answer
    assert "Notizen" not in answer
    [link] = COPY.findall(answer)
    copy = json.loads((await journey.visit(f"{link}/json"))[1])
    provided = {"customers", "addresses", "orders", "order_items", "consents", "list_members", "interactions"}
    assert {table["table"]: len(table["rows"]) for table in copy["tables"]} == {
        name: len(rows) for name, rows in mine.items() if name in provided
    }
    assert (await journey.visit(f"{link}/xlsx"))[0] == 410, "a spreadsheet is for people, not for providers"


async def test_a_restricted_record_is_flagged_and_otherwise_as_it_was(journey: Journey) -> None:
    before = crm_rows.read(journey.company.crm)
    await journey.write(
        MARTIN,
        "Obmedzenie spracúvania",
        "Dobrý deň,\n\nprosím, nepoužívajte moje údaje, kým sa nevyrieši moja sťažnosť na nesprávne záznamy, "
        "ale nemažte ich.\n\nMartin Horváth",
    )
    reference = reference_in(await journey.letter(MARTIN, RECEIVED["sk"]))
    await journey.confirm_by_code(MARTIN)
    assert "• the record will be locked" in shown(journey.card(reference))
    await journey.approve(reference)

    assert "Vaše údaje sú teraz zablokované." in plain(await journey.letter(MARTIN, ANSWER["sk"]))
    flags = {"restricted": 1, "no_marketing": 1}
    assert crm_rows.read(journey.company.crm) == {
        **before,
        "customers": [{**row, **flags} if row["email"] == MARTIN else row for row in before["customers"]],
    }


async def test_a_copy_is_made_before_the_erasure_and_fetched_after_it(journey: Journey) -> None:
    before = crm_rows.read(journey.company.crm)
    person = crm_rows.customer(before, SOPHIE)
    await journey.write(
        SOPHIE,
        "Copy and deletion",
        "Hi,\n\nplease send me a copy of my data and then delete my account and everything you have about me.\n\n"
        "Sophie Turner",
    )
    received = await journey.letter(SOPHIE, RECEIVED["en"])
    assert "- a copy of your data (access)\n- the erasure of your data\n" in plain(received)
    reference = reference_in(received)
    await journey.confirm_by_link(SOPHIE)
    await journey.approve(reference, user=SECOND_APPROVER)
    await journey.letter(SOPHIE, WAITING["en"])
    assert "*Access*: carried out, answer being prepared\n" in shown(journey.card(reference))
    assert "*Deletion*: waiting period" in shown(journey.card(reference))
    await journey.advance(days=3)

    assert crm_rows.of(crm_rows.read(journey.company.crm), person)["notes"] == []
    answer = plain(await journey.letter(SOPHIE, ANSWER["en"]))
    assert answer.index("A copy of your data (access)") < answer.index("The erasure of your data")
    [link] = COPY.findall(answer)
    await journey.advance(days=13)
    copy = json.loads((await journey.visit(f"{link}/json"))[1])
    [record] = next(table["rows"] for table in copy["tables"] if table["table"] == "customers")
    assert record["email"] == SOPHIE
    assert record["customer_number"] == person["customer_number"]
    carried_out = [e.data["right"] for e in journey.journal(reference) if e.event == "carried_out"]
    assert carried_out == ["access", "deletion"]
    assert len(await journey.letters(SOPHIE)) == 4, "received, confirm, waiting and one answer"
