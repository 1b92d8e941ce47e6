"""The main story, from the mail to the copy that is fetched; told on every kind of server."""

import io
import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl

from tests.journeys import crm_rows
from tests.journeys.journey import COPY, Journey, buttons, plain, reference_in, shown
from tests.journeys.letters import ANSWER, CONFIRM, RECEIVED

# Keys and flags of the database, and the seller's own country: nothing about the person.
TECHNICAL = {"id", "customer_id", "order_id", "erased", "seller_country"}


@dataclass(frozen=True)
class Story:
    """A person's mail, and words that the letters and files must hold."""

    language: str
    sender: str
    subject: str
    body: str
    understood: str
    greeting: str
    invoices: str
    sheet: str
    columns: tuple[str, ...]


ENGLISH = Story(
    language="en",
    sender="emma.clarke@example.org",
    subject="My data",
    body="Hello,\n\nplease send me a copy of all the personal data you hold about me.\n\nKind regards\nEmma Clarke",
    understood="- a copy of your data (access)",
    greeting="Dear Emma Clarke,",
    invoices="- Invoices (records: 3). Purpose: To invoice and to keep the books that the law demands. "
    "Recipients: Our accounting staff, our tax adviser and the tax office. "
    "Kept: Until the statutory period for accounting records ends.",
    sheet="Invoices",
    columns=(
        "Invoice number",
        "Issued on",
        "Total",
        "Name on the invoice",
        "Address on the invoice",
        "E-mail address",
    ),
)
GERMAN = Story(
    language="de",
    sender="jonas.weber@example.org",
    subject="Auskunft",
    body="Guten Tag,\n\nbitte senden Sie mir eine Kopie aller Daten, die Sie über mich gespeichert haben.\n\n"
    "Viele Grüße\nJonas Weber",
    understood="- Kopie Ihrer Daten (Auskunft)",
    greeting="Guten Tag Jonas Weber,",
    invoices="- Rechnungen (Einträge: 3). Zweck: Abrechnung und gesetzlich vorgeschriebene Buchführung. "
    "Empfänger: Unsere Buchhaltung, unsere Steuerberatung und das Finanzamt. "
    "Speicherdauer: Bis zum Ende der gesetzlichen Aufbewahrungsfrist.",
    sheet="Rechnungen",
    columns=(
        "Rechnungsnummer",
        "Ausgestellt am",
        "Gesamtbetrag",
        "Name auf der Rechnung",
        "Anschrift auf der Rechnung",
        "E-Mail-Adresse",
    ),
)
SLOVAK = Story(
    language="sk",
    sender="martin.horvath@example.org",
    subject="Moje údaje",
    body="Dobrý deň,\n\nprosím o kópiu všetkých osobných údajov, ktoré o mne spracúvate.\n\n"
    "S pozdravom\nMartin Horváth",
    understood="- kópia Vašich údajov (prístup k údajom)",
    greeting="Martin Horváth",
    invoices="- Faktúry (počet záznamov: 3). Účel: Fakturácia a zákonom vyžadované účtovníctvo. "
    "Príjemcovia: Naše účtovné oddelenie, náš daňový poradca a daňový úrad. "
    "Doba uchovávania: Do konca zákonnej lehoty na uchovávanie účtovných záznamov.",
    sheet="Faktúry",
    columns=(
        "Číslo faktúry",
        "Dátum vystavenia",
        "Celková suma",
        "Meno na faktúre",
        "Adresa na faktúre",
        "E-mailová adresa",
    ),
)


async def play(journey: Journey, story: Story) -> None:
    """Let a person ask for their data, confirm, and fetch the copy; look at everything that people see meanwhile."""
    tables = crm_rows.read(journey.company.crm)
    mine = crm_rows.of(tables, crm_rows.customer(tables, story.sender))

    mail = await journey.write(story.sender, story.subject, story.body)
    received = await journey.letter(story.sender, RECEIVED[story.language])
    asked = await journey.letter(story.sender, CONFIRM[story.language])
    reference = reference_in(received)
    assert received["In-Reply-To"] == mail["Message-ID"]
    assert received["Auto-Submitted"] == "auto-replied"
    assert story.understood in plain(received)
    assert asked["In-Reply-To"] is None
    assert story.greeting in plain(asked)
    assert len(await journey.letters(story.sender)) == 2

    await journey.confirm_by_code(story.sender)
    assert f"• Invoices: {len(mine['invoices'])} copied" in shown(journey.card(reference))
    assert len(await journey.letters(story.sender)) == 2, "nothing leaves before the approval"

    assert await journey.approve(reference) == f"{reference}: approved."
    answer = await journey.letter(story.sender, ANSWER[story.language])
    assert answer["In-Reply-To"] == mail["Message-ID"]
    assert answer["Content-Language"] == story.language
    assert story.greeting in plain(answer)
    assert story.invoices in plain(answer)

    [link] = COPY.findall(plain(answer))
    status, page = await journey.visit(link)
    assert status == 200
    assert f'<html lang="{story.language}">' in page.decode()
    copy = json.loads((await journey.visit(f"{link}/json"))[1])
    _assert_holds(copy, mine)
    book = openpyxl.load_workbook(io.BytesIO((await journey.visit(f"{link}/xlsx"))[1]))
    _assert_same(book, copy)
    assert tuple(cell.value for cell in book[story.sheet][1]) == story.columns

    assert "*Access*: answered" in shown(journey.card(reference))
    assert buttons(journey.card(reference)) == ["show"]
    assert journey.steps(reference) == ["opened", "identity.asked", "identity.confirmed", "approved", "carried_out"]
    assert [e.data["file"] for e in journey.journal(reference) if e.event == "copy.fetched"] == ["json", "xlsx"]
    assert crm_rows.read(journey.company.crm) == tables, "a copy changes nothing"


def _assert_holds(copy: dict[str, Any], mine: crm_rows.Tables) -> None:
    """The file has every row of the person, with every column that is about the person."""
    assert {table["table"]: len(table["rows"]) for table in copy["tables"]} == {
        name: len(rows) for name, rows in mine.items() if name != "mailing_lists"
    }
    for table in copy["tables"]:
        expected = [{name: row[name] for name in row if name not in TECHNICAL} for row in mine[table["table"]]]
        assert [_comparable(row) for row in table["rows"]] == [_comparable(row) for row in expected]


def _assert_same(book: openpyxl.Workbook, copy: dict[str, Any]) -> None:
    # Before the tables the contents, behind them the consents, if the CRM notes any.
    labels = [table["label"] for table in copy["tables"]]
    assert book.sheetnames[1 : 1 + len(labels)] == labels
    assert len(book.sheetnames) == 1 + len(labels) + bool(copy["consents"])
    for table in copy["tables"]:
        rows = book[table["label"]].iter_rows(min_row=2, values_only=True)
        for row, expected in zip(rows, table["rows"], strict=True):
            assert _comparable(dict(zip(expected, row, strict=True))) == _comparable(expected)


def _comparable(row: crm_rows.Row) -> dict[str, object]:
    return {name: _one(name, value) for name, value in row.items()}


def _one(name: str, value: object) -> object:
    """Return a value that is the same from the database, from JSON and from a spreadsheet."""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return Decimal(str(value)).quantize(Decimal("0.01")) if name in {"total", "price"} else value
