"""How messages, channels and views look on the wire, and what Slack refuses of what an app sends."""

import json
from collections.abc import Sequence
from typing import Any

from bot.demo.slack_blocks import block_problems, view_problems
from bot.demo.slack_state import (
    APP_ID,
    BOT_ID,
    BOT_USER_ID,
    TEAM_ID,
    Json,
    SlackChannel,
    SlackMessage,
    SlackRefusalError,
    SlackView,
)

LONGEST_TEXT = 40_000

# Sent as JSON inside a form field by clients that do not post JSON.
_NESTED = ("blocks", "metadata", "view")


def message_json(message: SlackMessage, *, with_metadata: bool = False) -> Json:
    """Return a message as Slack shows it to the app."""
    shown: Json = {
        "type": "message",
        "user": BOT_USER_ID,
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "team": TEAM_ID,
        "ts": message.ts,
        "text": message.text,
        "blocks": list(message.blocks),
    }
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.edited:
        shown["edited"] = {"user": BOT_USER_ID, "ts": message.edited}
    if with_metadata and message.metadata:
        shown["metadata"] = dict(message.metadata)
    return shown


def channel_json(channel: SlackChannel) -> Json:
    """Return a channel as interactions name it."""
    return {"id": channel.id, "name": "directmessage" if channel.dm_of else channel.name}


def view_json(view: SlackView, values: Json | None = None) -> Json:
    """Return a modal or home tab as Slack shows it to the app."""
    return {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        **view.body,
        "id": view.id,
        "hash": view.hash,
        "team_id": TEAM_ID,
        "app_id": APP_ID,
        "bot_id": BOT_ID,
        "root_view_id": view.id,
        "previous_view_id": None,
        "state": {"values": values or {}},
    }


def message_content(args: Json) -> Json:
    """Return text and blocks of what the app sends, or refuse as Slack would (no_text, invalid_blocks …)."""
    text, blocks = args.get("text") or "", args.get("blocks") or []
    if not text and not blocks:
        raise SlackRefusalError("no_text")
    if len(text) > LONGEST_TEXT:
        raise SlackRefusalError("msg_too_long")
    problems = _problems_of(blocks)
    if problems:
        raise SlackRefusalError("invalid_blocks", problems)
    return {"text": text, "blocks": blocks}


def checked_view(view: Any, *, kind: str) -> Json:
    """Return a view's body, or refuse with invalid_arguments as Slack would."""
    if not isinstance(view, dict) or view.get("type") != kind:
        raise SlackRefusalError("invalid_arguments", [f"view must be a {kind}"])
    problems = view_problems(view)
    if problems:
        raise SlackRefusalError("invalid_arguments", problems)
    return view


def _problems_of(blocks: Any) -> Sequence[str]:
    if not isinstance(blocks, list):
        return ["blocks must be a list"]
    return block_problems(blocks)


def unnested(args: Json) -> Json:
    """Return the arguments with the JSON texts among them read, so that all clients look alike."""
    return {name: _read(value) if name in _NESTED else value for name, value in args.items()}


def _read(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value  # refused by the checks of blocks, metadata and views
