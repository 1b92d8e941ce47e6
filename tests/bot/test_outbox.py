"""What leaves: the headers of a letter, what became of each attempt, and when we give up."""

import dataclasses
import email
import email.policy
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import select

from bot.cases import Cases, retry_after
from bot.outbox import CardRefused, Outbox, compose
from bot.smtp import DeliveryFailed
from handlers import answering, letters
from handlers.cards import Card
from handlers.letters import Letter
from handlers.mail import Mail
from handlers.rights import Right
from handlers.screen import Reason, screen
from handlers.tickets import Requester, Status, Ticket
from storage import journal, tables, work
from storage.outgoing import OutgoingCard, OutgoingLetter
from storage.records import LetterSecret
from storage.work import Kind
from tests.fakes import FakeClock
from tests.people import ANNA, NOW, POLICY, SHOP, a_mail, a_request, a_ticket

WORDS = LetterSecret(
    ANNA.email,
    "de",
    "Antwort [R-7KQ4M]",
    "Größe\n",
    "<p>Größe</p>",
    "mail-1@x.example",
    ("mail-0@x.example", "mail-1@x.example"),
)
LETTER = OutgoingLetter("0123abcd", "answer", "t", "R-7KQ4M", 1, NOW, WORDS)


def on_the_wire(letter: OutgoingLetter) -> EmailMessage:
    wire = compose(letter, policy=POLICY, now=NOW).as_bytes(policy=email.policy.SMTP)
    message = email.message_from_bytes(wire, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_letter_as_a_mail() -> None:
    message = on_the_wire(LETTER)
    headers = {
        "From": "Example Shop Ltd <privacy@shop.example>",
        "To": "anna.nowak@customer.example",
        "Subject": "Antwort [R-7KQ4M]",
        "Date": "Mon, 23 Nov 2026 09:00:00 +0000",
        "Message-ID": "<0123abcd@rightsdesk.shop.example>",
        "In-Reply-To": "<mail-1@x.example>",
        "References": "<mail-0@x.example> <mail-1@x.example>",
        "Auto-Submitted": "auto-replied",
        "Content-Language": "de",
        "X-Rightsdesk-Loop": "1",
    }
    assert {name: message[name] for name in headers} == headers
    assert set(message.keys()) == {*headers, "MIME-Version", "Content-Type"}
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert (text.get_content(), html.get_content()) == ("Größe\r\n", "<p>Größe</p>\r\n")


def test_each_attempt_has_the_same_message_id() -> None:
    again = dataclasses.replace(LETTER, attempt=7)
    assert on_the_wire(again)["Message-ID"] == on_the_wire(LETTER)["Message-ID"]


@pytest.mark.parametrize(
    ("kind", "marked"),
    [
        ("acknowledgement", "auto-replied"),
        ("answer", "auto-replied"),
        ("code_wrong", "auto-replied"),
        ("challenge", "auto-generated"),
        ("waiting", "auto-generated"),
        ("week", "auto-generated"),
    ],
)
def test_a_letter_says_whether_it_answers(kind: str, marked: str) -> None:
    assert on_the_wire(dataclasses.replace(LETTER, kind=kind))["Auto-Submitted"] == marked


def test_a_letter_outside_a_thread() -> None:
    message = on_the_wire(dataclasses.replace(LETTER, words=dataclasses.replace(WORDS, in_reply_to="", references=())))
    assert (message["In-Reply-To"], message["References"]) == (None, None)


def test_our_own_letter_that_comes_back_is_known() -> None:
    wire = compose(LETTER, policy=POLICY, now=NOW).as_bytes()
    mail = Mail.from_bytes(wire, arrived_at=NOW)
    found = screen(mail, own_addresses=frozenset(), own_message_id_domains=frozenset(), max_bytes=POLICY.max_bytes)
    assert found.reason is Reason.LOOP


EVIL = "x\r\nBcc: evil@evil.example\r\n\r\n<b>"


@pytest.mark.parametrize("field", ["to", "subject", "in_reply_to", "references"])
def test_no_header_can_be_smuggled_in(field: str) -> None:
    value: Any = (EVIL,) if field == "references" else EVIL
    letter = dataclasses.replace(LETTER, words=dataclasses.replace(WORDS, **{field: value}))
    with pytest.raises(ValueError, match=r"[Hh]eader"):
        compose(letter, policy=POLICY, now=NOW)


@pytest.mark.parametrize(
    "header",
    [
        "Message-ID: <a\x0bb@x.example>",
        "Message-ID: <a\r\n b@x.example>",
        "Message-ID: <ä@x.example>",
        "Message-ID: <" + "x" * 2_000 + "@x.example>",
        "Message-ID: <=?utf-8?q?x=0ABcc=3A_evil=40evil=2Eexample?=@x.example>",
        "References: <" + "> <".join(f"{n}@x.example" for n in range(500)) + ">",
        "Message-ID: <\x85@x.example>",
    ],
)
def test_whatever_id_a_mail_had_the_answer_to_it_can_be_sent(cases: Cases, header: str) -> None:
    raw = f"{header}\r\n".encode() + a_mail().replace(b"Message-ID", b"X-Other")
    mail = Mail.from_bytes(raw, arrived_at=NOW)
    requester = Requester(mail.from_address, mail.from_name, mail.subject, mail.message_id, mail.references)
    ticket = a_ticket(a_request(Right.WITHDRAWAL, Status.CARRIED_OUT), requester=requester)
    letter = letters.acknowledgement(ticket, policy=POLICY)
    words = dataclasses.replace(WORDS, in_reply_to=letter.in_reply_to, references=letter.references)
    message = on_the_wire(dataclasses.replace(LETTER, words=words))
    assert message["Bcc"] is None
    assert message["X-Rightsdesk-Loop"] == "1"


@pytest.mark.parametrize("name", ["in_reply_to", "references"])
def test_an_encoded_word_is_not_cited(name: str) -> None:
    evil = "=?utf-8?q?x=0ABcc=3A_evil=40evil=2Eexample?=@x.example"
    value: Any = (evil, "a@x.example") if name == "references" else evil
    words = dataclasses.replace(WORDS, **{name: value})
    message = on_the_wire(dataclasses.replace(LETTER, words=words))
    cited = (None, None) if name == "in_reply_to" else ("<mail-1@x.example>", "<a@x.example>")
    assert (message["In-Reply-To"], message["References"]) == cited
    assert message["Bcc"] is None


def test_an_encoded_word_is_no_senders_address() -> None:
    evil = "=?utf-8?q?x=0ABcc=3A_evil=40evil=2Eexample?=@x.example"
    mail = Mail.from_bytes(a_mail(sender=evil), arrived_at=NOW)
    assert (mail.from_address, mail.defects) == ("", ("sender_unreadable",))


@pytest.mark.parametrize("name", ["Müller & Söhne, „Laden“", 'Quote " and <angle>', "x" * 200])
def test_any_company_name_can_sign(name: str) -> None:
    policy = dataclasses.replace(POLICY, controller=dataclasses.replace(SHOP, name=name))
    wire = compose(LETTER, policy=policy, now=NOW).as_bytes(policy=email.policy.SMTP)
    [sender] = email.message_from_bytes(wire, policy=email.policy.default)["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, SHOP.address)


class Server:
    """A mail server and a Slack that answer as they are told."""

    def __init__(self) -> None:
        self.problem: Exception | None = None
        self.taken: list[tuple[str, str, str]] = []
        self.posted: list[OutgoingCard] = []

    async def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        if self.problem:
            raise self.problem
        self.taken.append((sender, recipient, message["Subject"]))

    async def post(self, card: OutgoingCard) -> tuple[str, str]:
        if self.problem:
            raise self.problem
        self.posted.append(card)
        return "C1", "1.5"


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def outbox(cases: Cases, server: Server, clock: FakeClock) -> Outbox:
    return Outbox(cases, transport=server, poster=server, clock=clock)


def queued(cases: Cases) -> work.Work:
    """Queue the answer of a ticket whose request is carried out."""
    with cases.unit() as unit:
        answering.tell(unit, a_ticket(a_request(Right.OBJECTION, Status.CARRIED_OUT)), policy=POLICY, actor="")
    return due(cases, Kind.DELIVER)[0]


def due(cases: Cases, kind: Kind) -> list[work.Work]:
    with cases.store.database.read() as connection:
        return work.due(connection, kinds=[kind], now=cases.clock())


def the_ticket(cases: Cases) -> Ticket:
    ticket = cases.ticket("R-7KQ4M")
    assert ticket is not None
    return ticket


def row(cases: Cases) -> tuple[object, ...]:
    columns = tables.letters.c
    with cases.store.database.read() as connection:
        return tuple(connection.execute(select(columns.state, columns.attempt, columns.problem)).one())


def events(cases: Cases) -> list[str]:
    with cases.store.database.read() as connection:
        return [entry.event for _, entry in journal.read(connection)]


async def test_an_answer_that_left_closes_its_ticket(cases: Cases, outbox: Outbox, server: Server) -> None:
    one = queued(cases)
    assert await outbox.deliver(one.id, attempt=one.attempt) == "sent"
    assert await outbox.deliver(one.id, attempt=one.attempt) == "not ours"
    assert server.taken == [(SHOP.address, ANNA.email, "Our answer to your request [R-7KQ4M]")]
    ticket = the_ticket(cases)
    assert (ticket.requests[0].status, ticket.closed_at) == (Status.ANSWERED, NOW)
    assert events(cases)[-2:] == ["letter.sent", "status"]
    assert due(cases, Kind.DELIVER) == []


async def test_a_temporary_failure_is_tried_again_later(
    cases: Cases, outbox: Outbox, server: Server, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    one = queued(cases)
    server.problem = DeliveryFailed(451, False)
    assert await outbox.deliver(one.id, attempt=1) == "later"
    assert row(cases) == ("ready", 2, "451")
    assert due(cases, Kind.DELIVER) == []
    clock.now = NOW + retry_after(1)
    [again] = due(cases, Kind.DELIVER)
    server.problem = None
    assert await outbox.deliver(again.id, attempt=1) == "not ours"
    assert await outbox.deliver(again.id, attempt=again.attempt) == "sent"
    assert "anna" not in caplog.text.lower()


@pytest.mark.parametrize(
    ("problem", "later"),
    [(DeliveryFailed(550, True), timedelta(0)), (DeliveryFailed(0, False), timedelta(days=3, seconds=1))],
)
async def test_we_give_up_and_tell_the_staff(
    cases: Cases, outbox: Outbox, server: Server, clock: FakeClock, *, problem: DeliveryFailed, later: timedelta
) -> None:
    one = queued(cases)
    server.problem, clock.now = problem, NOW + later
    assert await outbox.deliver(one.id, attempt=1) == "failed"
    assert row(cases) == ("failed", 1, str(problem.code))
    assert events(cases)[-1] == "letter.failed"
    with cases.store.database.read() as connection:
        query = select(tables.cards.c.content).where(tables.cards.c.topic == f"letter:{one.id}")
        content = connection.execute(query).scalar_one()
    detail = str(problem.code)
    assert content == {"kind": "failed", "reference": "R-7KQ4M", "reason": "letter_failed", "detail": detail}
    assert the_ticket(cases).closed_at is None


async def test_a_letter_of_no_ticket_leaves_and_fails_alike(cases: Cases, outbox: Outbox, server: Server) -> None:
    context = {"controller": SHOP, "authority": SHOP.authority, "reference": "", "tries_left": 1}
    for problem, outcome in ((None, "sent"), (DeliveryFailed(550, True), "failed")):
        server.problem = problem
        with cases.unit() as unit:
            unit.add_internal_letter(Letter("code_wrong", "en", "dpo@shop.example", context))
        [one] = due(cases, Kind.DELIVER)
        assert await outbox.deliver(one.id, attempt=one.attempt) == outcome


async def test_a_card_is_posted_once_and_postponed_as_slack_says(
    cases: Cases, outbox: Outbox, server: Server, clock: FakeClock
) -> None:
    with cases.unit() as unit:
        unit.put_card(Card("t", {"n": 1}))
    [one] = due(cases, Kind.NOTIFY)
    server.problem = CardRefused("ratelimited", retry_after=timedelta(seconds=7))
    assert await outbox.notify(one.id, attempt=1) == "later"
    clock.now = NOW + timedelta(seconds=6)
    assert due(cases, Kind.NOTIFY) == []
    clock.now = NOW + timedelta(seconds=7)
    [again] = due(cases, Kind.NOTIFY)
    server.problem = CardRefused("fatal_error")
    assert await outbox.notify(again.id, attempt=again.attempt) == "later"
    clock.now += retry_after(again.attempt)
    [last] = due(cases, Kind.NOTIFY)
    server.problem = None
    assert await outbox.notify(last.id, attempt=last.attempt) == "posted"
    assert await outbox.notify(last.id, attempt=last.attempt) == "not ours"
    assert [(card.topic, card.attempt) for card in server.posted] == [("t", 3)]


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (10_000, 3600)])
def test_the_time_between_tries_doubles_up_to_an_hour(attempt: int, seconds: int) -> None:
    assert retry_after(attempt) == timedelta(seconds=seconds)
