"""A world in memory for the demo page, with realistic mails, tickets and changes."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from bot.demo.page import (
    CommandHint,
    CrmChangeView,
    ExampleMail,
    MailboxView,
    MailView,
    PersonView,
    RequestView,
    TicketView,
    UnknownMailError,
)
from bot.demo.slack import Changes

INBOX = "privacy@shop.example"
ANNA = "anna.berg@mail.example"
LUCA = "luca.rossi@posta.example"
MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

LETTER = """<!doctype html><html lang="de">
<body style="font-family:sans-serif;max-width:34em;margin:0 auto;padding:16px">
<h2 style="color:#1d5fd1">Wir haben Ihre Anfrage erhalten</h2>
<p>Guten Tag,</p><p>Sie möchten, dass wir Ihre Daten löschen. Ihr Zeichen: <b>R-7KQ4M</b>. Wir antworten bis zum
<b>2. April 2026</b> (Art. 12 Abs. 3 DSGVO).</p>
<p><a href="http://127.0.0.1:8899/p/kq4m" style="background:#1d5fd1;color:#fff;padding:8px 14px;border-radius:6px">
Ihre Anfrage ansehen</a></p></body></html>"""


class FakeWorld:
    """Keeps the promises of DemoWorld in lists."""

    portal_url = "http://127.0.0.1:8899/"

    def __init__(self) -> None:
        self.changes = Changes()
        self.time = MONDAY
        self.mails: list[MailView] = []
        self.ticket_list: list[TicketView] = []
        self.change_list: list[CrmChangeView] = []
        self.advanced: list[int] = []
        self._numbers = itertools.count(1)

    async def now(self) -> datetime:
        return self.time

    async def mailboxes(self) -> Sequence[MailboxView]:
        named = {INBOX: "Privacy inbox"} | {person.address: person.name for person in self.people()}
        return [MailboxView(address, name, tuple(self._of(address))) for address, name in named.items()]

    async def write_mail(self, sender: str, subject: str, body: str) -> None:
        self.put(sender=sender, recipient=INBOX, subject=subject, text=body)

    async def reply(self, mail_id: str, body: str) -> None:
        mail = next((mail for mail in self.mails if mail.id == mail_id), None)
        if mail is None:
            raise UnknownMailError
        self.put(sender=mail.recipient, recipient=mail.sender, subject=f"Re: {mail.subject}", text=body)

    async def advance(self, days: int) -> None:
        self.advanced.append(days)
        self.time += timedelta(days=days)
        self.changes.tell()

    async def tickets(self) -> Sequence[TicketView]:
        return self.ticket_list

    async def crm_changes(self) -> Sequence[CrmChangeView]:
        return self.change_list

    def people(self) -> Sequence[PersonView]:
        return [
            PersonView(ANNA, "Anna Berg", "customer, writes German"),
            PersonView(LUCA, "Luca Rossi", "customer, writes Italian"),
            PersonView("joan.smith@mail.example", "Joan Smith", "has open invoices"),
            PersonView("stranger@else.example", "A stranger", "not in the CRM"),
        ]

    def examples(self) -> Sequence[ExampleMail]:
        return [
            ExampleMail(
                "en", "What do you hold on me?", "joan.smith@mail.example", "My data", "Please send me a copy."
            ),
            ExampleMail("de", "Bitte alles löschen", ANNA, "Löschung", "Bitte löschen Sie alle meine Daten."),
            ExampleMail("it", "Basta newsletter", LUCA, "Newsletter", "Non voglio più ricevere la newsletter."),
            ExampleMail("fr", "Corriger mon adresse", "amelie@courriel.example", "Adresse", "J'ai déménagé à Lyon."),
            ExampleMail("es", "Dos derechos a la vez", LUCA, "Mis datos", "Quiero una copia y después el borrado."),
        ]

    def commands(self) -> Sequence[CommandHint]:
        return [
            CommandHint("/privacy", "help", "What the bot can do"),
            CommandHint("/privacy", "list", "Open tickets by date"),
            CommandHint("/privacy", "show R-7KQ4M", "One ticket, only visible to you"),
        ]

    def put(self, *, sender: str, recipient: str, subject: str, text: str, html: str = "") -> MailView:
        """Add a mail to both mailboxes."""
        number = next(self._numbers)
        mail = MailView(f"<{number}@demo/x>", sender, recipient, subject, self.time, text, html)
        self.mails.append(mail)
        self.changes.tell()
        return mail

    def _of(self, address: str) -> list[MailView]:
        return [mail for mail in reversed(self.mails) if address in (mail.sender, mail.recipient)]


def furnish(world: FakeWorld) -> None:
    """Fill the world with what a few days of work leave behind."""
    world.put(sender=LUCA, recipient=INBOX, subject="Newsletter", text="Non voglio più ricevere la newsletter.")
    world.put(sender=INBOX, recipient=LUCA, subject="Abbiamo interrotto la newsletter [R-2H9TX]", text="Fatto subito.")
    world.put(
        sender="joan.smith@mail.example",
        recipient=INBOX,
        subject="My account and my data",
        text="Hello,\nI moved last month. My new address is 4 Mill Lane, Leeds. And what data do you hold on me?",
    )
    world.time += timedelta(minutes=7)
    world.put(
        sender=ANNA,
        recipient=INBOX,
        subject="Löschung meines Kundenkontos",
        text="Guten Tag,\nbitte löschen Sie mein Konto und alle meine Daten.\nAnna Berg",
    )
    world.put(
        sender=INBOX,
        recipient=ANNA,
        subject="Wir haben Ihre Anfrage erhalten [R-7KQ4M]",
        text="Guten Tag,\nIhr Zeichen: R-7KQ4M.\nAnsehen: http://127.0.0.1:8899/p/kq4m\n",
        html=LETTER,
    )
    rule = "One month from receipt, Art. 12(3) GDPR; ends on a working day (Regulation 1182/71)"
    anna = TicketView(
        reference="R-7KQ4M",
        state="waiting for approval",
        requests=(RequestView("deletion", "identity confirmed"),),
        received=date(2026, 3, 2),
        safe_date=date(2026, 3, 30),
        last_date=date(2026, 4, 2),
        rule=rule,
        is_open=True,
    )
    joan = replace(
        anna,
        reference="R-5BX8W",
        state="in work",
        requests=(RequestView("access", "collected"), RequestView("correction", "done")),
    )
    luca = replace(
        anna, reference="R-2H9TX", state="answered", requests=(RequestView("withdrawal", "done"),), is_open=False
    )
    world.ticket_list = [anna, joan, luca]
    world.change_list = [
        CrmChangeView(world.time, "addresses", "correct", "street", "11 High Street", "4 Mill Lane"),
        CrmChangeView(world.time, "addresses", "correct", "city", "York", "Leeds"),
        CrmChangeView(MONDAY, "consents", "suppress", "newsletter", "given 2024-05-17", "withdrawn 2026-03-02"),
        CrmChangeView(MONDAY, "call_logs", "delete", "", "3 rows", ""),
        CrmChangeView(MONDAY, "invoices", "anonymise", "contact_name", "O. Muster", "anonymised"),
    ]
    world.changes.tell()
