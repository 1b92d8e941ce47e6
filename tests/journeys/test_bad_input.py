"""Bad mails through real SMTP and IMAP: each ends in a known state, and the bot goes on working."""

import io
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import aiohttp
import openpyxl
import pytest
import sqlalchemy as sa

from bot.demo.crm_sample import customers, notes
from bot.demo.play import LINK
from bot.demo.story import INBOX, write
from bot.demo.world import AGENT, APPROVER, CHANNEL, World, demonstration, parse
from bot.slack.cards import APPROVE
from handlers.intake import TICKETS_A_DAY
from tests.journeys.crash_house import COPY_LINK, text_of
from tests.journeys.hostile import (
    ACKNOWLEDGED,
    NO_SENDER,
    NO_TEXT,
    REQUEST,
    TRIAGE,
    VICTIM,
    Case,
    case_of,
    deep,
    encoded_word,
    mail,
    multipart,
    post,
    put,
    sender_of,
    typed,
)
from tests.journeys.quiet import quiet

pytestmark = pytest.mark.slow

GOOD, EMMA = "greta.good@elsewhere.example", "emma.clarke@example.org"
MEGABYTE = 1024 * 1024
ASKED = REQUEST.encode()


def sent(name: str, becomes: str, *, body: bytes = ASKED, **headers: bytes | None) -> Case:
    """Return a case whose mail differs from a good one in these headers."""
    changed = {key.replace("_", "-"): value for key, value in headers.items()}
    return Case(name, mail(name, changed, body=body), becomes)


def from_whom(name: str, pattern: str) -> Case:
    """Return a case whose From header holds the sender's address and the victim's."""
    value = pattern.format(sender=sender_of(name), victim=VICTIM)
    return Case(name, mail(name, {"From": value.encode("latin-1")}), ACKNOWLEDGED)


HEADERS = (
    Case("", b"", NO_SENDER),
    sent("no From", NO_SENDER, From=None),
    sent("no Date", ACKNOWLEDGED, Date=None),
    sent("absurd Date", ACKNOWLEDGED, Date=b"Mon, 99 Foo 99999 99:99:99 +9999"),
    sent("no Message-ID", ACKNOWLEDGED, Message_ID=None),
    sent("odd Message-ID", ACKNOWLEDGED, Message_ID=b'<\xfc"(,;:@[x]>'),
    sent("request in the subject", ACKNOWLEDGED, Subject=ASKED.splitlines()[2], body=b""),
    sent("nothing said", NO_TEXT, Subject=None, body=b""),
    sent("two senders", NO_SENDER, From=b"a@one.example, b@two.example"),
    from_whom("victim in the name", '"{victim}" <{sender}>'),
    from_whom("victim in a comment", "{sender} ({victim})"),
    from_whom("8-bit name", "J\xf6rg M\xfcller <{sender}>"),
    sent("8-bit subject", ACKNOWLEDGED, Subject=b"Ausk\xfcnfte"),
    sent("folded Bcc", ACKNOWLEDGED, Subject=f"My data\r\n Bcc: {VICTIM}".encode()),
    sent("Bcc in an encoded word", ACKNOWLEDGED, Subject=encoded_word(f"My data\r\nBcc: {VICTIM}")),
    sent("Bcc after a lone CR", ACKNOWLEDGED, Subject=f"My data\rBcc: {VICTIM}".encode()),
    sent("Bcc in a Message-ID", ACKNOWLEDGED, Message_ID=f"<1@x>\r\n Bcc: {VICTIM}".encode()),
    sent("NUL in the subject", ACKNOWLEDGED, Subject=b"My\0 data"),
    sent(
        "ten thousand recipients",
        ACKNOWLEDGED,
        To=INBOX.encode() + b"".join(b",\r\n f%d@x.example" % n for n in range(10_000)),
    ),
    sent("many references", ACKNOWLEDGED, References=b"\r\n ".join(b"<%d@x.example>" % n for n in range(5_000))),
)
LONG_LINES = (
    sent("address of 10 kB", NO_SENDER, From=b"a" * 10_000 + b"@example.org"),
    sent("domain of 10 kB", NO_SENDER, From=b"a@" + b"a." * 5_000 + b"example"),
    sent("subject of 100 kB", TRIAGE, Subject=b"data " * 20_000),
    sent("line of 1 MB", "triage unreadable", body=ASKED + b"x" * MEGABYTE),
)
PLAIN = b"Content-Type: text/plain\n\n" + ASKED
BODIES = (
    Case("boundary never closed", multipart("boundary never closed", b"--edge\n" + PLAIN), ACKNOWLEDGED),
    Case("boundary never opened", multipart("boundary never opened", PLAIN), ACKNOWLEDGED),
    Case("boundary unnamed", typed("boundary unnamed", "multipart/mixed", b"--edge\n" + PLAIN), ACKNOWLEDGED),
    Case("wrong charset", typed("wrong charset", "text/plain; charset=utf-8", b"\xdcber: " + ASKED), ACKNOWLEDGED),
    Case("unknown charset", typed("unknown charset", "text/plain; charset=x-martian", ASKED), ACKNOWLEDGED),
    Case("charset continued", typed("charset continued", "text/plain; charset*=x'y'%FF", ASKED), ACKNOWLEDGED),
    Case("no base64", typed("no base64", "text/plain", ASKED, encoding="base64"), "triage unreadable"),
    sent("NUL bytes", ACKNOWLEDGED, body=b"\0\0" + ASKED.replace(b"data", b"da\0ta")),
    Case("nested 15 deep", deep("nested 15 deep", 15, PLAIN), ACKNOWLEDGED),
    Case("nested 90 deep", deep("nested 90 deep", 90, PLAIN), TRIAGE),
    Case("only an attachment", typed("only an attachment", "application/pdf", b"JVBERi0=", encoding="base64"), NO_TEXT),
    Case("script alone", typed("script alone", "text/html", b"<script>alert(1)</script>"), TRIAGE),
    sent("right to left", "triage unreadable", body=ASKED + "\u202e\u2066\ufeff".encode()),
)
FILLER = (b"x" * 75 + b"\n") * (30 * MEGABYTE // 77)
OVERSIZED = (sent("30 MB", "quarantined oversized", body=ASKED + FILLER),)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The demonstration: every server real, on loopback."""
    async with demonstration(tmp_path) as world:
        yield world


def rows(world: World, query: str) -> list[tuple[str, ...]]:
    """Return the rows of a query on the bot's store."""
    with closing(sqlite3.connect(world.parts.app.settings.store.url.removeprefix("sqlite:///"))) as connection:
        return connection.execute(query).fetchall()


OUTCOMES = """
SELECT DISTINCT mails.id,
  CASE WHEN mails.state <> 'ticket' THEN mails.state WHEN letters.id IS NULL THEN 'triage' ELSE 'acknowledged' END
  || ' ' || coalesce(nullif(mails.reason, ''), tickets.question)
FROM mails LEFT JOIN tickets ON tickets.id = mails.ticket_id
LEFT JOIN letters ON letters.ticket_id = tickets.id AND letters.kind = 'acknowledgement'
"""


def outcomes(world: World) -> Counter[tuple[str, str]]:
    """Return how often the mails of each case came to each end."""
    store = world.parts.app.cases.store
    found: Counter[tuple[str, str]] = Counter()
    for mail_id, outcome in rows(world, OUTCOMES):
        kept = store.mail(mail_id)
        assert kept is not None
        found[case_of(kept.raw), outcome] += 1
    return found


async def letters_to(world: World, address: str) -> list[EmailMessage]:
    """Return what a person got."""
    return [parse(raw) for raw in await world.parts.mail.messages(address)]


async def still_works(world: World, *, kept: int) -> None:
    """A good mail after the bad ones is acknowledged."""
    await world.send(write(GOOD, "My data", REQUEST, now=world.parts.clock()))
    await quiet(world, kept=kept + 1)
    (letter,) = await letters_to(world, GOOD)
    assert letter["Auto-Submitted"] == "auto-replied"


@pytest.mark.parametrize(
    ("cases", "hand_in"),
    [(HEADERS, post), (LONG_LINES, put), (BODIES, post), (OVERSIZED, post)],
    ids=["headers", "long lines", "bodies", "oversized"],
)
async def test_every_bad_mail_ends_in_a_known_state(
    world: World, cases: Sequence[Case], hand_in: Callable[[World, bytes], Awaitable[None]]
) -> None:
    for case in cases:
        await hand_in(world, case.raw)
    await quiet(world, kept=len(cases))

    assert outcomes(world) == Counter((case.name, case.becomes) for case in cases)
    for case in cases:
        address = sender_of(case.name)
        assert [one["To"] for one in await letters_to(world, address)] == [address] * (case.becomes == ACKNOWLEDGED)
    assert await letters_to(world, VICTIM) == []
    await still_works(world, kept=len(cases))


async def test_same_mail_twenty_times_is_one_mail(world: World) -> None:
    for number in range(20):
        # Each delivery adds its own trace; the sender's part is the same.
        await post(world, b"Received: by hop%d.example\r\n%b" % (number, mail("twenty")))
    await still_works(world, kept=1)

    assert outcomes(world) == Counter({("twenty", ACKNOWLEDGED): 1, ("", ACKNOWLEDGED): 1})
    assert len(await letters_to(world, sender_of("twenty"))) == 1


async def test_flood_from_one_address_is_dammed(world: World) -> None:
    count = TICKETS_A_DAY + 3
    for number in range(count):
        body = b"Please correct my phone number. My new phone number is +48 22 555 01 0%d." % number
        await post(world, mail("flood", {"Subject": b"My number, %d" % number}, body=body))
    await still_works(world, kept=count)

    assert outcomes(world) == Counter(
        {("flood", ACKNOWLEDGED): TICKETS_A_DAY, ("flood", "quarantined too_many"): 3, ("", ACKNOWLEDGED): 1}
    )


async def test_flood_of_the_same_from_one_address_is_one_ticket_and_two_letters(world: World) -> None:
    count = TICKETS_A_DAY + 3
    for number in range(count):
        await post(world, mail("flood", {"Subject": b"My data, %d" % number}))
    await still_works(world, kept=count)

    assert outcomes(world) == Counter(
        {("flood", ACKNOWLEDGED): 1, ("flood", "joined duplicate"): count - 1, ("", ACKNOWLEDGED): 1}
    )
    assert len(await letters_to(world, sender_of("flood"))) == 2


TEMPLATE = "{{ 7777*7777 }} {% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}"
COMPUTED, CLASSES = "60481729", "<class"
MARKUP = "<script>alert(1)</script> [click](https://evil.example) <https://evil.example|click>"
MENTIONS = f"<!channel> <!here> <@{APPROVER}>"
FORMULA = '=HYPERLINK("https://evil.example";"open")'
HOSTILE = f"{TEMPLATE} {MARKUP} {MENTIONS}"


async def test_what_a_stranger_writes_is_neither_executed_nor_shown_as_markup(world: World) -> None:
    name = "stranger"
    headers = {"Subject": HOSTILE.encode(), "From": encoded_word(HOSTILE) + f" <{sender_of(name)}>".encode()}
    await post(world, mail(name, headers, body=f"{REQUEST}\n{HOSTILE}\n".encode()))
    await quiet(world, kept=1)
    (ticket,) = world.newest()

    shown = (await world.parts.slack.command(AGENT, CHANNEL, "/privacy", f"show {ticket.reference}")).text
    assert [mark for mark in ("<!", "<@", "<http") if mark in shown] == []
    assert "&lt;!channel&gt;" in shown
    told = [payload for payload in world.parts.slack.payloads if "response_url" not in payload]
    assert told
    assert [payload for payload in told if any(mark in payload for mark in ("evil.example", "<!", COMPUTED))] == []
    for letter in await letters_to(world, sender_of(name)):
        assert_harmless(letter)
    await still_works(world, kept=1)


async def test_what_the_crm_holds_is_neither_executed_nor_shown_as_markup(world: World) -> None:
    await plant_in_crm(world)
    await world.send(write(EMMA, "My data", REQUEST, now=world.parts.clock()))
    await quiet(world, kept=1)
    (challenge,) = [one for one in await letters_to(world, EMMA) if LINK.search(text_of(one))]
    await press(LINK.findall(text_of(challenge))[0])
    await quiet(world, kept=1)
    (card,) = world.parts.slack.state.messages[CHANNEL]
    await world.parts.slack.click(APPROVER, CHANNEL, card.ts, APPROVE, answers=1)
    await quiet(world, kept=1)

    letters = await letters_to(world, EMMA)
    assert len(letters) == 3
    assert "{{ 7777*7777 }}" in text_of(challenge)  # the name is printed as it stands
    for letter in letters:
        assert_harmless(letter)
    copy_url = next(found.group() for one in letters if (found := COPY_LINK.search(text_of(one))))
    cells = await spreadsheet_cells(f"{copy_url}/xlsx")
    assert cells[FORMULA] == {"s"}
    assert "f" not in set().union(*cells.values())


async def test_formula_as_a_new_value_is_left_to_a_person(world: World) -> None:
    before = await world.crm_changes()
    await world.send(write(EMMA, "Correction", f"Please correct my last name to {FORMULA}.", now=world.parts.clock()))
    await quiet(world, kept=1)

    (ticket,) = world.newest()
    assert [(request.right, request.status) for request in ticket.requests] == [("correction", "triage")]
    assert await world.crm_changes() == before


async def plant_in_crm(world: World) -> None:
    """Give Emma a hostile name and a formula for a note."""
    engine = sa.create_engine(world.parts.app.settings.crm.url)
    with engine.begin() as connection:
        emma = connection.execute(sa.select(customers.c.id).where(customers.c.email == EMMA)).scalar_one()
        connection.execute(sa.update(customers).where(customers.c.id == emma).values(first_name=HOSTILE))
        connection.execute(sa.update(notes).where(notes.c.customer_id == emma).values(body=FORMULA))
    engine.dispose()


async def press(url: str) -> None:
    """Confirm by the button behind a link."""
    async with aiohttp.ClientSession() as session, session.post(url) as response:
        assert response.status == 200


def assert_harmless(letter: EmailMessage) -> None:
    """Assert that nothing in a letter was computed, and nothing in its HTML is markup of a stranger's."""
    html = letter.get_body(("html",))
    assert html is not None
    content = str(html.get_content())
    for text in (str(letter["Subject"]), text_of(letter), content):
        assert COMPUTED not in text
        assert CLASSES not in text
    assert "<script" not in content
    assert 'href="https://evil' not in content
    assert "<!channel" not in content


async def spreadsheet_cells(url: str) -> dict[object, set[str]]:
    """Return the values in a spreadsheet with the types of the cells that hold them."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        book = openpyxl.load_workbook(io.BytesIO(await response.read()))
    found: dict[object, set[str]] = {}
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                found.setdefault(cell.value, set()).add(cell.data_type)
    return found
