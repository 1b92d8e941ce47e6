"""What people do in a journey, as verbs: each returns when the bot has nothing left to do about it."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage

import aiohttp
from sqlalchemy import select

from bot.demo.slack import SlackMessage
from bot.demo.story import reply, write
from bot.demo.world import APPROVER, CHANNEL, parse
from bot.slack.cards import APPROVE
from handlers.challenge import codes_in
from handlers.intake import REFERENCE
from handlers.journal import Entry
from storage import journal, mails, tables, work
from storage.work import Kind
from tests.journeys.company import Company

WAIT_SECONDS = 30.0
LOOK_SECONDS = 0.02
CONFIRM, CANCEL, COPY = (re.compile(rf"http://\S+/{kind}/[\w-]+") for kind in "cxd")
# The steps that carry a request, as the journal names them.
STEPS = ("opened", "identity.asked", "identity.confirmed", "approved", "carried_out")


def plain(letter: EmailMessage) -> str:
    """Return a letter's text as it is read, whatever its line ends and spaces."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").replace("\u00a0", " ")


def reference_in(letter: EmailMessage) -> str:
    """Return the reference in a letter's subject."""
    found = REFERENCE.search(str(letter["Subject"]))
    assert found is not None
    return found.group()


def shown(message: SlackMessage) -> str:
    """Return what a card shows, without its buttons."""
    lines = []
    for block in message.blocks:
        texts = [block["text"]] if "text" in block else [e for e in block["elements"] if "action_id" not in e]
        lines += [text["text"] for text in texts]
    return "\n".join(lines)


def buttons(message: SlackMessage) -> list[str]:
    """Return the ids of what can be clicked on a card."""
    return [
        element["action_id"]
        for block in message.blocks
        for element in block.get("elements", [])
        if "action_id" in element
    ]


class Journey:
    """People around a company: those who write to it, and its staff."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self._handed_in = 0

    @property
    def now(self) -> datetime:
        """The company's time."""
        return self.company.clock()

    async def settled(self) -> None:
        """Wait until every mail handed in is kept, and nothing is due. Raises TimeoutError, which names what is."""
        due: Sequence[object] = ()
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while due := await asyncio.to_thread(self._due):
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            raise TimeoutError(f"still to be done: {due}") from None

    def _due(self) -> Sequence[object]:
        with self.company.app.cases.store.database.read() as connection:
            kept = mails.count(connection)
            if kept < self._handed_in:
                return [f"{self._handed_in - kept} mails to be fetched"]
            return work.due(connection, kinds=list(Kind), now=self.now)

    # The person

    async def write(
        self, sender: str, subject: str, body: str, *, headers: Mapping[str, str] | None = None
    ) -> EmailMessage:
        """Write a mail to the privacy inbox."""
        message = write(sender, subject, body, now=self.now, headers=headers)
        await self.send(message)
        return message

    async def reply(self, letter: EmailMessage, body: str, *, sender: str = "") -> EmailMessage:
        """Answer a letter, quoting it, perhaps from another address."""
        message = reply(letter, body, now=self.now)
        if sender:
            message.replace_header("From", sender)
        await self.send(message)
        return message

    async def send(self, message: EmailMessage) -> None:
        """Send a mail that the bot has not seen before."""
        await self.hand_in(message.as_bytes(policy=policy.SMTPUTF8))
        await self.settled()

    async def hand_in(self, raw: bytes, *, is_new: bool = True) -> None:
        """Hand in a mail without waiting; one that is not new will not be kept again."""
        self._handed_in += is_new
        await self.company.hand_in(raw, self.company.app.settings.controller.address)

    async def letters(self, address: str) -> list[EmailMessage]:
        """Return the letters that an address got."""
        return [parse(raw) for raw in await self.company.mail.messages(address)]

    async def letter(self, address: str, subject: str) -> EmailMessage:
        """Return the one letter with a subject that begins so."""
        [found] = [one for one in await self.letters(address) if str(one["Subject"]).startswith(subject)]
        return found

    async def challenge(self, address: str) -> EmailMessage:
        """Return the one letter that asks for a confirmation."""
        [found] = [one for one in await self.letters(address) if CONFIRM.search(plain(one))]
        return found

    async def code(self, address: str) -> str:
        """Return the confirmation code that an address got."""
        [code] = codes_in(plain(await self.challenge(address)))
        return code

    async def confirm_by_code(self, address: str) -> None:
        """Answer the challenge with its code."""
        challenge = await self.challenge(address)
        await self.reply(challenge, await self.code(address))

    async def confirm_by_link(self, address: str) -> str:
        """Open the challenge's link and press the button; return the page that follows."""
        [url] = CONFIRM.findall(plain(await self.challenge(address)))
        return await self.press(url)

    async def press(self, url: str) -> str:
        """Press the button of a page."""
        status, page = await self.visit(url, method="POST")
        assert status == 200
        await self.settled()
        return page.decode()

    async def visit(self, url: str, *, method: str = "GET") -> tuple[int, bytes]:
        """Open a page or file; return status and content."""
        timeout = aiohttp.ClientTimeout(total=WAIT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.request(method, url) as response:
            return response.status, await response.read()

    # The staff

    @property
    def messages(self) -> Sequence[SlackMessage]:
        """The messages in the privacy channel."""
        return self.company.slack.state.messages.get(CHANNEL, ())

    def card(self, reference: str) -> SlackMessage:
        """Return the one card of a ticket."""
        cards = [message for message in self.messages if message.blocks[0]["type"] == "header"]
        [found] = [card for card in cards if reference in card.blocks[0]["text"]["text"]]  # others may name it below
        return found

    def notices(self, reference: str) -> list[str]:
        """Return what else the channel was told about a ticket."""
        return [shown(m) for m in self.messages if m.blocks[0]["type"] != "header" and shown(m).startswith(reference)]

    async def click(self, user: str, card: SlackMessage, action: str, value: str | None = None) -> str:
        """Use a button or menu of a card; return the answer."""
        answer = await self.company.slack.click(user, CHANNEL, card.ts, action, value, answers=1)
        await self.settled()
        return answer.text

    async def approve(self, reference: str, *, user: str = APPROVER) -> str:
        """Approve what a card shows."""
        return await self.click(user, self.card(reference), APPROVE)

    async def command(self, user: str, text: str) -> str:
        """Type /privacy and a text; return the answer."""
        answer = await self.company.slack.command(user, CHANNEL, "/privacy", text)
        await self.settled()
        return answer.text

    # Time and records

    async def advance(self, *, days: int) -> None:
        """Let days pass, and everything happen that falls due on them."""
        for _ in range(days):
            await self.move_to(self.now + timedelta(days=1))

    async def move_to(self, moment: datetime) -> None:
        """Make it this moment, and let everything happen that is due by then."""
        self.company.clock.move_to(moment)
        await asyncio.to_thread(self.company.app.tick)
        self.company.app.engine.wake()
        await self.settled()

    def journal(self, reference: str = "") -> list[Entry]:
        """Return the journal of a ticket, after checking that the whole is intact."""
        store = self.company.app.cases.store
        with store.database.read() as connection:
            assert journal.verify(connection, store.keyring.journal).problem == ""
            return [entry for _, entry in journal.read(connection, reference=reference)]

    def steps(self, reference: str) -> list[str]:
        """Return the steps that a ticket took."""
        return [entry.event for entry in self.journal(reference) if entry.event in STEPS]

    def mail_states(self) -> list[tuple[str, str]]:
        """Return what became of the mails, in their order: state and reason."""
        with self.company.app.cases.store.database.read() as connection:
            columns = tables.mails.c
            rows = connection.execute(select(columns.state, columns.reason).order_by(columns.fetched_at))
            return [(row.state, row.reason) for row in rows]
