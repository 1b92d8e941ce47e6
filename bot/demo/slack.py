"""A small server that behaves like Slack towards a real slack-bolt app, for the demonstration and the tests."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Self, TypeVar

import aiohttp

from bot.demo.slack_blocks import Block, Element, filled, find_element, missing, used
from bot.demo.slack_delivery import (
    COMMANDS,
    EVENTS,
    INTERACTIVE,
    Delivery,
    HttpMode,
    SocketMode,
)
from bot.demo.slack_interactions import Interaction, Interactions, Reply, answer, follow
from bot.demo.slack_server import SlackServer
from bot.demo.slack_state import (
    APP_ID,
    BOT_USER_ID,
    TEAM_ID,
    AppUnreachableError,
    Changes,
    Json,
    LookalikeError,
    NoAnswerError,
    NothingThereError,
    SlackChannel,
    SlackMessage,
    SlackRefusalError,
    SlackState,
    SlackUser,
    SlackView,
    Workspace,
)
from bot.demo.slack_wire import channel_json, message_json, view_json

__all__ = [
    "BOT_USER_ID",
    "AppUnreachableError",
    "Changes",
    "LookalikeError",
    "NoAnswerError",
    "NothingThereError",
    "Reply",
    "SlackChannel",
    "SlackLookalike",
    "SlackMessage",
    "SlackState",
    "SlackUser",
    "SlackView",
]

# How long a test or a page waits for what the app does after its ack.
ANSWER_SECONDS = 10.0

Found = TypeVar("Found")

_TEAM = {"id": TEAM_ID, "domain": "demo"}


class SlackLookalike:
    """The server on a free loopback port; use as an async context manager.

    It delivers through Socket Mode until `deliver_over_http` is called. What a person does raises LookalikeError
    when Slack would show that person an error.
    """

    def __init__(
        self,
        *,
        users: Iterable[SlackUser],
        channels: Iterable[SlackChannel],
        bot_token: str,
        app_token: str,
        signing_secret: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._signing_secret = signing_secret
        self._workspace = Workspace(users=users, channels=channels, clock=clock)
        self._interactions = Interactions()
        self._sockets = SocketMode()
        self._delivery: Delivery = self._sockets
        self._server = SlackServer(
            workspace=self._workspace,
            interactions=self._interactions,
            sockets=self._sockets,
            bot_token=bot_token,
            app_token=app_token,
        )

    async def __aenter__(self) -> Self:
        """Start listening."""
        await self._server.start()
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Close all connections and stop listening."""
        await self._session.close()
        await self._server.stop()

    @property
    def base_url(self) -> str:
        """The Web API's address, for AsyncWebClient(base_url=…)."""
        return f"{self._server.root}/api/"

    @property
    def payloads(self) -> tuple[str, ...]:
        """Everything the app ever sent, each as JSON, to be searched for what must not be there."""
        return tuple(self._server.payloads)

    @property
    def state(self) -> SlackState:
        """Everything that can be seen in the workspace now."""
        return self._workspace.state

    @property
    def changes(self) -> Changes:
        """Told whenever `state` changed or the app answered."""
        return self._workspace.changes

    async def connected(self) -> None:
        """Wait until an app is on the line in Socket Mode."""
        while not self._sockets.is_connected:
            await self._sockets.arrivals.after(self._sockets.arrivals.count)

    async def refresh(self) -> None:
        """Make the app come back on a new Socket Mode connection."""
        await self._sockets.refresh()

    def deliver_over_http(self, url: str) -> None:
        """Deliver by signed requests to this URL from now on."""
        self._delivery = HttpMode(url=url, signing_secret=self._signing_secret, session=self._session)

    def fail(self, method: str, *, calls: int = 1, status: int = 429, retry_after: int = 1) -> None:
        """Answer the next calls of a Web API method with 429 and Retry-After, or with a 5xx status."""
        self._server.fail(method, calls=calls, status=status, retry_after=retry_after)

    async def until(self, is_so: Callable[[SlackState], bool]) -> SlackState:
        """Wait until the state is as asked and return it. Raises NoAnswerError after some seconds."""
        return await self._wait(lambda: self.state if is_so(self.state) else None)

    async def command(self, user_id: str, channel_id: str, command: str, text: str = "", *, answers: int = 1) -> Reply:
        """Type a slash command; wait for the ack and this many answers (texts and modals)."""
        user, channel = self._workspace.user(user_id), self._workspace.channel(channel_id)
        interaction = self._interactions.begin(user=user.id, channel=channel.id)
        payload = {
            "command": command,
            "text": text,
            "api_app_id": APP_ID,
            "team_id": TEAM_ID,
            "team_domain": _TEAM["domain"],
            "user_id": user.id,
            "user_name": user.name,
            "channel_id": channel.id,
            "channel_name": channel_json(channel)["name"],
            "is_enterprise_install": "false",
            "trigger_id": interaction.trigger_id,
            "response_url": self._response_url(interaction),
        }
        await self._deliver(COMMANDS, payload, interaction)
        if interaction.ack:
            answer(self._workspace, interaction, interaction.ack)
        return await self._reply(interaction, answers)

    async def click(
        self, user_id: str, channel_id: str, ts: str, action_id: str, value: str | None = None, *, answers: int = 0
    ) -> Reply:
        """Use an element of a message; `value` picks one of several buttons with that id, or an option."""
        message = self._visible(user_id, channel_id, ts)
        interaction = self._interactions.begin(user=user_id, channel=message.channel, message=message)
        container = {
            "type": "message",
            "message_ts": ts,
            "channel_id": message.channel,
            "is_ephemeral": bool(message.only_for),
        }
        payload = {
            **self._action(interaction, message.blocks, action_id, value),
            "container": container,
            "channel": channel_json(self._workspace.channel(message.channel)),
            "response_url": self._response_url(interaction),
        }
        if not message.only_for:  # Slack does not repeat an ephemeral message
            payload["message"] = message_json(message, with_metadata=True)
        await self._deliver(INTERACTIVE, payload, interaction)
        return await self._reply(interaction, answers)

    async def click_in_view(
        self, user_id: str, view_id: str, action_id: str, value: str | None = None, *, answers: int = 0
    ) -> Reply:
        """Use an element of a modal or of the home tab."""
        view = self._own_view(user_id, view_id)
        interaction = self._interactions.begin(user=user_id, channel="")
        payload = {
            **self._action(interaction, view.body["blocks"], action_id, value),
            "container": {"type": "view", "view_id": view_id},
            "view": view_json(view),
        }
        await self._deliver(INTERACTIVE, payload, interaction)
        return await self._reply(interaction, answers)

    async def submit_view(self, user_id: str, view_id: str, values: Mapping[str, str]) -> Reply:
        """Submit a modal with one value per block_id of its inputs. Raises NothingThereError if one is missing."""
        view = self._own_view(user_id, view_id)
        empty = missing(view.body["blocks"], values)
        if empty:
            raise NothingThereError(f"inputs not filled: {', '.join(empty)}")
        interaction = self._interactions.begin(user=user_id, channel="")
        payload = {
            **self._interactive("view_submission", interaction),
            "view": view_json(view, filled(view.body["blocks"], values)),
            "response_urls": [],
        }
        await self._deliver(INTERACTIVE, payload, interaction)
        follow(self._workspace, interaction, view_id)
        return interaction.reply

    def close_view(self, user_id: str, view_id: str) -> None:
        """Cancel a modal."""
        self._own_view(user_id, view_id)
        self._workspace.close_view(view_id)

    async def open_home(self, user_id: str) -> None:
        """Open the app's home tab."""
        user = self._workspace.user(user_id)
        event = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self._workspace.direct(user.id).id,
            "tab": "home",
            "event_ts": f"{time.time():.6f}",
        }
        payload = {
            "type": "event_callback",
            "api_app_id": APP_ID,
            "team_id": TEAM_ID,
            "event_id": f"Ev{time.time_ns()}",
            "event_time": int(time.time()),
            "event": event,
        }
        await self._delivery.deliver(EVENTS, payload)

    async def _deliver(self, kind: str, payload: Json, interaction: Interaction) -> None:
        interaction.ack = await self._delivery.deliver(kind, payload)
        if interaction.ack:
            self._server.note("ack", interaction.ack)

    async def _reply(self, interaction: Interaction, answers: int) -> Reply:
        def reply() -> Reply | None:
            return interaction.reply if len(interaction.answers) + len(interaction.views) >= answers else None

        return await self._wait(reply)

    async def _wait(self, look: Callable[[], Found | None]) -> Found:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while (found := look()) is None:
                    await self.changes.after(self.changes.count)
                return found
        except TimeoutError:
            raise NoAnswerError("the app did not do what was waited for") from None

    def _interactive(self, kind: str, interaction: Interaction) -> Json:
        user = self._workspace.user(interaction.user)
        return {
            "type": kind,
            "api_app_id": APP_ID,
            "token": "",
            "team": _TEAM,
            "enterprise": None,
            "is_enterprise_install": False,
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM_ID},
            "trigger_id": interaction.trigger_id,
        }

    def _action(self, interaction: Interaction, blocks: Iterable[Block], action_id: str, value: str | None) -> Json:
        block, element = _element(blocks, action_id, value)
        action = {
            "action_id": action_id,
            "block_id": block["block_id"],
            "action_ts": f"{time.time():.6f}",
            **used(element, value),
        }
        return {
            **self._interactive("block_actions", interaction),
            "actions": [action],
            "state": {"values": {}},
        }

    def _visible(self, user_id: str, channel_id: str, ts: str) -> SlackMessage:
        """Return the message that this user can see there. Raises NothingThereError."""
        own = (
            message
            for message in self.state.ephemerals.get(user_id, ())
            if (message.channel, message.ts) == (channel_id, ts)
        )
        try:
            return next(own, None) or self._workspace.message(channel_id, ts)
        except SlackRefusalError:
            raise NothingThereError(f"no message {ts} for {user_id}") from None

    def _own_view(self, user_id: str, view_id: str) -> SlackView:
        """Return the modal or home tab that this user has open. Raises NothingThereError."""
        try:
            owner, view = self._workspace.view(view_id)
        except SlackRefusalError:
            owner = ""
        if owner != user_id:
            raise NothingThereError(f"no view {view_id} for {user_id}")
        return view

    def _response_url(self, interaction: Interaction) -> str:
        return f"{self._server.root}/respond/{interaction.response_token}"


def _element(blocks: Iterable[Block], action_id: str, value: str | None) -> tuple[Block, Element]:
    found = find_element(blocks, action_id, value)
    if found is None:
        raise NothingThereError(f"no element {action_id}")
    return found
