"""The bolt app: acknowledge first, then work; and the poster that puts cards into the channel."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import ClientError
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.outbox import CardRefused
from bot.settings import SlackSection
from bot.slack.cards import APPROVE, DECIDE, NOTHING_FOUND, REFUSE, SHOW, card_blocks, card_text
from bot.slack.commands import Commands
from bot.slack.words import Words
from storage.outgoing import OutgoingCard

COMMAND = "/privacy"
EVENT_TYPE = "rightsdesk_card"
HISTORY = 100
Body = Mapping[str, Any]


def make_client(settings: SlackSection) -> AsyncWebClient:
    """Return a Web API client."""
    return AsyncWebClient(token=settings.bot, base_url=settings.api_url)


def make_app(settings: SlackSection, client: AsyncWebClient, commands: Commands) -> AsyncApp:
    """Return the bolt app with its listeners. Without a signing secret, only Socket Mode can reach it."""
    app = AsyncApp(
        client=client,
        signing_secret=settings.signing or None,
        request_verification_enabled=bool(settings.signing),
        process_before_response=False,
    )

    @app.command(COMMAND)
    async def command(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        await respond(await commands.run(body["user_id"], body.get("text", "")))

    @app.action(APPROVE)
    async def approve(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        reference, _, fingerprint = _value(body).partition(" ")
        await _whisper(respond, await commands.approve(_user(body), reference, fingerprint))

    @app.action(REFUSE)
    async def refuse(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        reference, _, ground = _value(body).partition(" ")
        await _whisper(respond, await commands.refuse(_user(body), reference, ground))

    @app.action(NOTHING_FOUND)
    async def nothing_found(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        await _whisper(respond, await commands.refuse(_user(body), _value(body), NOTHING_FOUND))

    @app.action(re.compile(rf"{DECIDE}_\d+"))
    async def decide(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        reference, _, rights = _value(body).partition(" ")
        await _whisper(respond, await commands.decide(_user(body), reference, rights))

    @app.action(SHOW)
    async def show(ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        await _whisper(respond, await commands.show(_user(body), _value(body)))

    return app


def _user(body: Body) -> str:
    user: str = body["user"]["id"]
    return user


def _value(body: Body) -> str:
    """Return the value of the button or of the option that was chosen."""
    action = body["actions"][0]
    value: str = action["selected_option"]["value"] if "selected_option" in action else action["value"]
    return value


async def _whisper(respond: AsyncRespond, text: str) -> None:
    """Answer so that only the one who clicked sees it, and the card stays."""
    await respond(text, response_type="ephemeral", replace_original=False)


class SlackPoster:
    """Posts cards, and replaces them when their ticket moves on."""

    def __init__(self, client: AsyncWebClient, *, channel: str, words: Words) -> None:
        self._client = client
        self._channel = channel
        self._words = words

    async def post(self, card: OutgoingCard) -> tuple[str, str]:
        """Post or replace a card; return channel and time stamp. Raises CardRefused."""
        text, blocks = card_text(card.content, self._words), card_blocks(card.content, self._words)
        try:
            return await self._post(card, text, blocks)
        except SlackApiError as problem:
            raise CardRefused(_reason(problem), retry_after=_retry_after(problem)) from None
        except (ClientError, TimeoutError, OSError) as problem:
            raise CardRefused(type(problem).__name__) from None

    async def _post(self, card: OutgoingCard, text: str, blocks: list[dict[str, Any]]) -> tuple[str, str]:
        channel, slack_ts = card.channel or self._channel, card.slack_ts
        if not slack_ts and card.was_begun:
            slack_ts = await self._posted_before(channel, card.topic)
        if slack_ts and await self._is_updated(channel, slack_ts, text, blocks):
            return channel, slack_ts
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"topic": card.topic}}
        posted = await self._client.chat_postMessage(channel=channel, text=text, blocks=blocks, metadata=metadata)
        return str(posted["channel"]), str(posted["ts"])

    async def _is_updated(self, channel: str, slack_ts: str, text: str, blocks: list[dict[str, Any]]) -> bool:
        """Replace a card; False if somebody deleted it, so that it is posted anew."""
        try:
            await self._client.chat_update(channel=channel, ts=slack_ts, text=text, blocks=blocks)
        except SlackApiError as problem:
            if _reason(problem) != "message_not_found":
                raise
            return False
        return True

    async def _posted_before(self, channel: str, topic: str) -> str:
        """Return the time stamp of a card that was posted but not noted, because the process ended in between."""
        history = await self._client.conversations_history(channel=channel, limit=HISTORY, include_all_metadata=True)
        for message in history["messages"]:
            metadata = message.get("metadata", {})
            if metadata.get("event_type") == EVENT_TYPE and metadata["event_payload"].get("topic") == topic:
                return str(message["ts"])
        return ""


def _reason(problem: SlackApiError) -> str:
    return str(problem.response.get("error", "unknown")) if isinstance(problem.response.data, dict) else "unreadable"


def _retry_after(problem: SlackApiError) -> timedelta | None:
    seconds = problem.response.headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if str(seconds).isdigit() else None
