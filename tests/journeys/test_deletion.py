"""Deletion: what the card lists is what happens, the law's share stays and is named, and nobody else is touched."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from bot.demo.world import SECOND_APPROVER
from tests.journeys import crm_rows
from tests.journeys.journey import CANCEL, Journey, plain, reference_in, shown
from tests.journeys.letters import ANSWER, RECEIVED, WAITING


@dataclass(frozen=True)
class Story:
    """A person's mail, and the lines of the answer. The seller keeps an invoice for `years` from a year's end."""

    language: str
    sender: str
    subject: str
    body: str
    years: int
    law: str
    deleted: str
    anonymised: str
    kept: str


GERMAN = Story(
    language="de",
    sender="lukas.brandt@example.org",
    subject="Löschung",
    body="Guten Tag,\n\nbitte löschen Sie alle meine personenbezogenen Daten.\n\nMit freundlichen Grüßen\nLukas Brandt",
    years=8,
    law="§ 14b UStG, § 147 AO, § 257 HGB",
    deleted="- {label} (Einträge: {rows})",
    anonymised="- Kundenstammdaten (Einträge: 1)",
    kept="- Rechnungen (Einträge: 1), bis zum 31. Dezember {year}, Rechtsgrundlage: {law}",
)
POLISH = Story(
    language="pl",
    sender="anna.nowak@example.org",
    subject="Usunięcie danych",
    body="Dzień dobry,\n\nproszę usunąć wszystkie moje dane osobowe z Państwa bazy.\n\nPozdrawiam\nAnna Nowak",
    years=6,  # five, from the end of the year in which the tax falls due
    law="art. 86 § 1 i art. 70 § 1 Ordynacji podatkowej",
    deleted="- {label} (liczba wpisów: {rows})",
    anonymised="- Dane klienta (liczba wpisów: 1)",
    kept="- Faktury (liczba wpisów: 1), do 31 grudnia {year} r., podstawa prawna: {law}",
)
LABELS = {
    "de": {"addresses": "Anschriften", "orders": "Bestellungen", "notes": "Notizen", "invoices": "Rechnungen"},
    "pl": {"addresses": "Adresy", "orders": "Zamówienia", "notes": "Notatki", "invoices": "Faktury"},
}


@pytest.mark.parametrize("story", [GERMAN, POLISH], ids=lambda story: story.language)
async def test_what_the_card_lists_is_what_happens(journey: Journey, story: Story) -> None:
    before = crm_rows.read(journey.company.crm)
    person = crm_rows.customer(before, story.sender)
    mine = crm_rows.of(before, person)

    await journey.write(story.sender, story.subject, story.body)
    reference = reference_in(await journey.letter(story.sender, RECEIVED[story.language]))
    await journey.confirm_by_code(story.sender)
    planned = _planned(shown(journey.card(reference)))
    await journey.approve(reference, user=SECOND_APPROVER)
    waiting = await journey.letter(story.sender, WAITING[story.language])
    assert "waiting period" in shown(journey.card(reference))

    await journey.advance(days=2)
    assert crm_rows.read(journey.company.crm) == before, "nothing goes before the waiting period is over"
    await journey.advance(days=1)
    after = crm_rows.read(journey.company.crm)

    assert crm_rows.of_others(after, person) == crm_rows.of_others(before, person)
    left = crm_rows.of(after, person)
    gone = {name: len(mine[name]) - len(left[name]) for name in mine}
    assert planned["deleted"] == Counter({_label(name): rows for name, rows in gone.items() if rows})
    assert planned["made anonymous"] == {"Customer record": 1}
    assert planned["kept until"] == {"Invoices": 2}
    assert left["customers"] == [_shell(person, left["customers"][0])]

    answer = plain(await journey.letter(story.sender, ANSWER[story.language]))
    for name, label in LABELS[story.language].items():
        assert story.deleted.format(label=label, rows=gone[name]) in answer
    assert story.anonymised in answer
    kept = [date.fromisoformat(str(row["issued_on"])).year for row in left["invoices"]]
    assert len(kept) == 2
    for year in kept:
        assert story.kept.format(year=year + story.years, law=story.law) in answer
    assert [(row["billing_email"], row["order_id"]) for row in left["invoices"]] == [(None, None)] * 2
    assert CANCEL.search(plain(waiting))
    assert journey.steps(reference) == ["opened", "identity.asked", "identity.confirmed", "approved", "carried_out"]


async def test_the_link_in_the_letter_stops_the_erasure(journey: Journey) -> None:
    before = crm_rows.read(journey.company.crm)
    await journey.write(GERMAN.sender, GERMAN.subject, GERMAN.body)
    reference = reference_in(await journey.letter(GERMAN.sender, RECEIVED["de"]))
    await journey.confirm_by_code(GERMAN.sender)
    await journey.approve(reference)
    waiting = await journey.letter(GERMAN.sender, WAITING["de"])
    day = journey.company.app.cases.policy.today(journey.now) + timedelta(days=3)
    assert f"warten wir damit bis zum {day.day}. " in plain(waiting)
    [url] = CANCEL.findall(plain(waiting))

    await journey.advance(days=2)
    status, page = await journey.visit(url)
    assert status == 200
    assert "Löschung stoppen?" in page.decode()
    assert "waiting period" in shown(journey.card(reference)), "looking stops nothing: mail scanners open links too"

    assert "Die Löschung ist gestoppt" in await journey.press(url)
    assert "*Deletion*: withdrawn" in shown(journey.card(reference))
    assert (await journey.visit(url))[0] == 410
    assert (await journey.visit(url, method="POST"))[0] == 410

    await journey.advance(days=5)
    assert crm_rows.read(journey.company.crm) == before
    assert journey.steps(reference) == ["opened", "identity.asked", "identity.confirmed", "approved"]


async def test_after_the_erasure_the_link_stops_nothing(journey: Journey) -> None:
    await journey.write(GERMAN.sender, GERMAN.subject, GERMAN.body)
    reference = reference_in(await journey.letter(GERMAN.sender, RECEIVED["de"]))
    await journey.confirm_by_code(GERMAN.sender)
    await journey.approve(reference)
    [url] = CANCEL.findall(plain(await journey.letter(GERMAN.sender, WAITING["de"])))
    await journey.advance(days=4)
    assert (await journey.visit(url, method="POST"))[0] == 410
    assert "*Deletion*: answered" in shown(journey.card(reference))


def _planned(card: str) -> dict[str, Counter[str]]:
    """Return what a card says will happen: by fate, the rows of each table."""
    planned: dict[str, Counter[str]] = {}
    for label, rows, fate in re.findall(r"• ([^:]+): (\d+) (deleted|made anonymous|kept until)", card):
        planned.setdefault(fate, Counter())[label] += int(rows)
    return planned


def _label(table: str) -> str:
    labels = {
        "addresses": "Addresses",
        "orders": "Orders",
        "order_items": "Ordered products",
        "invoices": "Invoices",
        "notes": "Notes",
        "consents": "Consents",
        "list_members": "Mailing lists",
        "interactions": "Contacts with us",
    }
    return labels[table]


def _shell(person: crm_rows.Row, left: crm_rows.Row) -> crm_rows.Row:
    """Return the record as it has to be once erased: a shell that the kept invoices refer to."""
    assert left["customer_number"] != person["customer_number"]
    nothing = dict.fromkeys(("email", "salutation", "phone", "birth_date", "company", "iban"))
    redacted = {name: left[name] for name in ("first_name", "last_name", "customer_number")}
    assert str(person["first_name"]) not in str(left["first_name"])
    assert str(person["last_name"]) not in str(left["last_name"])
    return {**person, **nothing, **redacted, "restricted": 1, "erased": 1}
