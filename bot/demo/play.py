"""`rightsdesk demo`: serve the page, or play the story once without a person and say how every mail ended."""

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from bot.demo.page import DemoPage
from bot.demo.slack_state import SlackMessage
from bot.demo.story import INBOX, Scene, reply, scenes, write
from bot.demo.world import APPROVER, CHANNEL, DPO, SECOND_APPROVER, World, demonstration, parse
from bot.slack.cards import APPROVE, DECIDE, NOTHING_FOUND
from handlers.challenge import codes_in
from handlers.tickets import Status, Ticket
from storage import mails

QUIET_SECONDS = 120.0
POLL_SECONDS = 0.1
WAITING_DAYS = 4  # the waiting period of erasures, and a day
DAYS_TO_SUMMARY = 7
LINK = re.compile(r"http://\S+/c/[\w-]+")
HOST = "127.0.0.1"

console = Console(stderr=True)


async def serve(*, port: int) -> None:
    """Serve the demo's page until stopped."""
    with tempfile.TemporaryDirectory(prefix="rightsdesk-demo-") as folder:
        console.print("Starting mail server, CRM, Slack look-alike and bot …")
        async with demonstration(Path(folder)) as world:
            runner = web.AppRunner(DemoPage(world, world.parts.slack).application(), access_log=None)
            await runner.setup()
            try:
                await web.TCPSite(runner, HOST, port).start()
            except OSError:
                await web.TCPSite(runner, HOST, 0).start()
            console.print(f"\n[bold]Open http://{HOST}:{runner.addresses[0][1]}[/]  (stop with Ctrl-C)\n")
            await _send_story(world)
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            await runner.cleanup()


@dataclass(frozen=True)
class Ending:
    """How one mail ended."""

    scene: Scene
    became: str
    reference: str
    rights: tuple[str, ...]
    letters: int

    @property
    def is_as_told(self) -> bool:
        """Did it end as it should?"""
        return self.became == self.scene.becomes and self.rights == tuple(sorted(self.scene.rights))


async def play_once(*, as_json: bool) -> int:
    """Play the story to its end; return the exit status."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with (
        tempfile.TemporaryDirectory(prefix="rightsdesk-demo-") as folder,
        Progress(*columns, console=console, transient=True) as progress,
    ):
        step = progress.add_task("starting mail server, CRM, Slack look-alike and bot")
        async with demonstration(Path(folder)) as world:
            player = Player(world, say=lambda text: progress.update(step, description=text))
            endings = await player.play()
            figures = await player.figures(endings)
    if as_json:
        print(json.dumps(figures))  # noqa: T201  (the output)
    else:
        _print(endings, figures)
    return 0 if not figures["failed"] and figures["summary"] else 1


async def _send_story(world: World) -> None:
    for scene in scenes():
        await world.send(write(scene.sender, scene.subject, scene.body, now=world.parts.clock(), headers=scene.headers))


class Player:
    """Does what people would do: sends, confirms, decides, approves, and lets time pass."""

    def __init__(self, world: World, *, say: Callable[[str], None]) -> None:
        self._world = world
        self._parts = world.parts
        self._say = say
        self.triage = 0

    async def play(self) -> list[Ending]:
        """Play all scenes; return how each mail ended."""
        self._say("sending the mails")
        await _send_story(self._world)
        await self._quiet(mails_expected=len(scenes()))
        self._say("deciding what a person has to decide")
        await self._decide()
        self._say("confirming identities")
        await self._confirm()
        self._say("approving in Slack")
        await self._approve()
        self._say("letting the waiting period of the erasures pass")
        await self._world.advance(WAITING_DAYS)
        await self._quiet()
        self._say("waiting for Monday's summary")
        await self._world.advance(DAYS_TO_SUMMARY)
        await self._quiet()
        return [await self._ending(scene) for scene in scenes()]

    async def _quiet(self, *, mails_expected: int | None = None) -> None:
        """Wait until nothing is under way. Raises TimeoutError."""
        async with asyncio.timeout(QUIET_SECONDS):
            while not await asyncio.to_thread(self._is_quiet, mails_expected):
                self._parts.app.engine.wake()
                await asyncio.sleep(POLL_SECONDS)

    def _is_quiet(self, mails_expected: int | None) -> bool:
        with self._parts.app.cases.store.database.read() as connection:
            kept = mails.count(connection)
        if mails_expected is not None and kept < mails_expected:
            return False
        return self._parts.app.engine.is_idle()

    async def _decide(self) -> None:
        """Answer the questions on the cards; deciding what is asked can bring up that nobody is on file."""
        asked = set()
        while open_questions := [scene for scene in scenes() if await self._question_of(scene)]:
            for scene in open_questions:
                card = self._card_of(await self._ticket_of(scene))
                await self._click(APPROVER, card, *_decision(card, scene))
            asked |= {scene.name for scene in open_questions}
            await self._quiet()
        self.triage = len(asked)

    async def _question_of(self, scene: Scene) -> str:
        ticket = await self._ticket_of(scene)
        return ticket.question if ticket else ""

    async def _confirm(self) -> None:
        replies = 0
        for scene in scenes():
            challenge = await self._challenge_to(scene.sender)
            if challenge is None or scene.by == "none":
                continue
            text = challenge.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # our letters have a text
            if scene.by == "code":
                code = codes_in(text)[0]
                await self._world.send(reply(challenge, f"{code}", now=self._parts.clock()))
                replies += 1
            else:
                await self._press_button(LINK.findall(text)[0])
        await self._quiet(mails_expected=len(scenes()) + replies)

    async def _challenge_to(self, address: str) -> EmailMessage | None:
        letters = [parse(raw) for raw in await self._parts.mail.messages(address)]
        found = [letter for letter in letters if LINK.search(_plain(letter))]
        return found[-1] if found else None

    async def _press_button(self, url: str) -> None:
        async with aiohttp.ClientSession() as session, session.post(url) as response:
            response.raise_for_status()

    async def _approve(self) -> None:
        for message in self._messages():
            if any(element.get("action_id") == APPROVE for element in _elements(message)):
                # The one who decided in triage does not approve the erasure that follows.
                await self._click(SECOND_APPROVER, message, APPROVE, None)
        await self._quiet()

    async def _click(self, user: str, card: SlackMessage, action: str, value: str | None) -> None:
        await self._parts.slack.click(user, CHANNEL, card.ts, action, value, answers=1)

    def _messages(self) -> Sequence[SlackMessage]:
        return self._parts.slack.state.messages[CHANNEL]

    def _card_of(self, ticket: Ticket | None) -> SlackMessage:
        if ticket is None:
            raise LookupError("no ticket")
        return next(message for message in self._messages() if ticket.reference in str(message.blocks))

    async def _ticket_of(self, scene: Scene) -> Ticket | None:
        tickets = await asyncio.to_thread(self._world.newest)
        return next((ticket for ticket in tickets if ticket.requester.address == scene.sender), None)

    async def _ending(self, scene: Scene) -> Ending:
        ticket = await self._ticket_of(scene)
        letters = len(await self._parts.mail.messages(scene.sender))
        if ticket is None:
            return Ending(scene, "ignored", "", (), letters)
        rights = tuple(sorted(request.right for request in ticket.requests if request.status is not Status.CLOSED))
        return Ending(scene, "answered" if ticket.answered_at else "open", ticket.reference, rights, letters)

    async def figures(self, endings: Sequence[Ending]) -> dict[str, int]:
        """Return the figures of the play."""
        await asyncio.to_thread(self._parts.watch.look, self._parts.clock())
        summaries = [parse(raw) for raw in await self._parts.mail.messages(DPO)]
        return {
            "mails": len(endings),
            "tickets": sum(bool(ending.reference) for ending in endings),
            "answered": sum(ending.became == "answered" for ending in endings),
            "ignored": sum(ending.became == "ignored" for ending in endings),
            "triage": self.triage,
            "failed": sum(not ending.is_as_told for ending in endings),
            "letters": sum(ending.letters for ending in endings),
            "crm_changes": len(self._parts.watch.changes),
            "summary": sum(parseaddr(str(letter["From"]))[1] == INBOX for letter in summaries),
        }


def _plain(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return body.get_content() if body else ""


def _elements(message: SlackMessage) -> list[dict[str, Any]]:
    return [element for block in message.blocks for element in block.get("elements", [])]


def _decision(card: SlackMessage, scene: Scene) -> tuple[str, str | None]:
    """Return the action and value that decide as the story wants it."""
    elements = {str(element.get("action_id", "")): element for element in _elements(card)}
    if NOTHING_FOUND in elements:
        return NOTHING_FOUND, None
    wanted = f" {','.join(scene.rights)}"
    for action, element in elements.items():
        if action.startswith(DECIDE):
            values = [element.get("value"), *(option["value"] for option in element.get("options", []))]
            found = next((str(value) for value in values if str(value).endswith(wanted)), None)
            if found:
                return action, found
    raise LookupError(f"the card does not offer{wanted}")


def _print(endings: Sequence[Ending], figures: dict[str, int]) -> None:
    table = Table("Mail", "Language", "Ticket", "Rights", "Became", "Letters", "")
    for ending in endings:
        mark = "[green]✓[/]" if ending.is_as_told else "[red]✗[/]"
        rights = ", ".join(ending.rights)
        table.add_row(
            ending.scene.name,
            ending.scene.language,
            ending.reference,
            rights,
            ending.became,
            str(ending.letters),
            mark,
        )
    out = Console(file=sys.stdout)
    out.print(table)
    out.print(", ".join(f"{name}: {value}" for name, value in figures.items()))
