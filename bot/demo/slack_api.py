"""The Web API methods a bot needs, answered from the look-alike's workspace without any I/O."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.slack_interactions import Interactions
from bot.demo.slack_state import BOT_ID, BOT_USER_ID, TEAM_ID, Json, SlackRefusalError, SlackView, Workspace
from bot.demo.slack_wire import checked_view, message_content, message_json, view_json

MOST_HISTORY = 999
USUAL_HISTORY = 100


class WebApi:
    """Answers Web API calls; every call is checked for its token first."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        interactions: Interactions,
        bot_token: str,
        app_token: str,
        socket_url: Callable[[], str],
    ) -> None:
        self._workspace = workspace
        self._interactions = interactions
        self._tokens = {bot_token: "bot", app_token: "app"}
        self._socket_url = socket_url
        self._methods: Mapping[str, Callable[[Json], Json]] = {
            "auth.test": self._auth_test,
            "apps.connections.open": self._connections_open,
            "chat.postMessage": self._post_message,
            "chat.postEphemeral": self._post_ephemeral,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.history": self._history,
            "conversations.open": self._open_direct,
            "users.info": self._users_info,
            "views.open": self._views_open,
            "views.update": self._views_update,
            "views.publish": self._views_publish,
        }

    def call(self, method: str, *, token: str, args: Json) -> Json:
        """Carry out one call and return Slack's answer, a refusal included."""
        try:
            answer = self._allowed(method, token)(args)
        except SlackRefusalError as refusal:
            messages = [f"[ERROR] {detail}" for detail in refusal.details]
            return {"ok": False, "error": refusal.code, "response_metadata": {"messages": messages}}
        return {"ok": True, **answer}

    def _allowed(self, method: str, token: str) -> Callable[[Json], Json]:
        if not token:
            raise SlackRefusalError("not_authed")
        if token not in self._tokens:
            raise SlackRefusalError("invalid_auth")
        if method not in self._methods:
            raise SlackRefusalError("unknown_method")
        if self._tokens[token] != ("app" if method == "apps.connections.open" else "bot"):
            raise SlackRefusalError("not_allowed_token_type")
        return self._methods[method]

    def _auth_test(self, _args: Json) -> Json:
        return {
            "url": "https://demo.slack.example/",
            "team": "Demo",
            "team_id": TEAM_ID,
            "user": "rightsdesk",
            "user_id": BOT_USER_ID,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def _connections_open(self, _args: Json) -> Json:
        return {"url": self._socket_url()}

    def _post_message(self, args: Json) -> Json:
        channel = self._workspace.channel(_required(args, "channel"))
        message = self._workspace.post(
            channel=channel.id,
            thread_ts=args.get("thread_ts") or "",
            metadata=_metadata(args),
            **message_content(args),
        )
        return {"channel": channel.id, "ts": message.ts, "message": message_json(message, with_metadata=True)}

    def _post_ephemeral(self, args: Json) -> Json:
        channel = self._workspace.channel(_required(args, "channel"))
        user = _required(args, "user")
        if all(member.id != user for member in self._workspace.state.users):
            raise SlackRefusalError("user_not_in_channel")
        message = self._workspace.whisper(user=user, channel=channel.id, **message_content(args))
        return {"message_ts": message.ts}

    def _update(self, args: Json) -> Json:
        """Change a message; parts that are not given stay as they are (reference of chat.update)."""
        channel = self._workspace.channel(_required(args, "channel"))
        message = self._workspace.message(channel.id, _required(args, "ts"))
        given = message_content(args)
        changed = self._workspace.edit(
            message,
            text=given["text"] if "text" in args else None,
            blocks=given["blocks"] if "blocks" in args else None,
            metadata=_metadata(args),
        )
        shown = message_json(changed, with_metadata=True)
        return {"channel": channel.id, "ts": changed.ts, "text": changed.text, "message": shown}

    def _delete(self, args: Json) -> Json:
        channel = self._workspace.channel(_required(args, "channel"))
        message = self._workspace.message(channel.id, _required(args, "ts"))
        self._workspace.remove(message)
        return {"channel": channel.id, "ts": message.ts}

    def _history(self, args: Json) -> Json:
        """List a channel's messages, newest first, without the replies inside threads."""
        channel = self._workspace.channel(_required(args, "channel"))
        found = [
            message
            for message in reversed(self._workspace.state.messages.get(channel.id, ()))
            if message.thread_ts in ("", message.ts) and _in_range(message.ts, args)
        ]
        start, limit = int(args.get("cursor") or 0), min(int(args.get("limit") or USUAL_HISTORY), MOST_HISTORY)
        more = len(found) > start + limit
        metadata = _is_on(args.get("include_all_metadata"))
        return {
            "messages": [message_json(message, with_metadata=metadata) for message in found[start : start + limit]],
            "has_more": more,
            "response_metadata": {"next_cursor": str(start + limit) if more else ""},
        }

    def _open_direct(self, args: Json) -> Json:
        channel = self._workspace.direct(_required(args, "users"))
        return {"channel": {"id": channel.id, "is_im": True, "user": channel.dm_of}}

    def _users_info(self, args: Json) -> Json:
        user = self._workspace.user(_required(args, "user"))
        offset = datetime.now(UTC).astimezone(ZoneInfo(user.tz)).utcoffset()
        locale = {"locale": user.locale} if _is_on(args.get("include_locale")) else {}
        profile = {"real_name": user.real_name, "display_name": user.name, "email": user.email}
        return {
            "user": {
                "id": user.id,
                "team_id": TEAM_ID,
                "name": user.name,
                "real_name": user.real_name,
                "deleted": False,
                "is_bot": False,
                "tz": user.tz,
                "tz_offset": int(offset.total_seconds()) if offset else 0,
                "profile": profile,
                **locale,
            }
        }

    def _views_open(self, args: Json) -> Json:
        interaction = self._interactions.by_trigger(_required(args, "trigger_id"))
        body = _view(args, kind="modal")
        view = self._workspace.open_view(interaction.user, body)
        interaction.opened(view.id)
        self._workspace.changes.tell()
        return {"view": view_json(view)}

    def _views_update(self, args: Json) -> Json:
        _user, view = self._view_named(args)
        if args.get("hash") not in (None, view.hash):
            raise SlackRefusalError("hash_conflict")
        return {"view": view_json(self._workspace.change_view(view.id, _view(args, kind=view.body["type"])))}

    def _view_named(self, args: Json) -> tuple[str, SlackView]:
        if "external_id" not in args:
            return self._workspace.view(_required(args, "view_id"))
        for user, views in self._workspace.state.views.items():
            for view in views:
                if view.body.get("external_id") == args["external_id"]:
                    return user, view
        raise SlackRefusalError("not_found")

    def _views_publish(self, args: Json) -> Json:
        user = self._workspace.user(_required(args, "user_id"))
        known = self._workspace.state.homes.get(user.id)
        if known and args.get("hash") not in (None, known.hash):
            raise SlackRefusalError("hash_conflict")
        return {"view": view_json(self._workspace.publish_home(user.id, _view(args, kind="home")))}


def _view(args: Json, *, kind: str) -> Json:
    return checked_view(args.get("view"), kind=kind)


def _metadata(args: Json) -> Json | None:
    metadata = args.get("metadata")
    if metadata and not (isinstance(metadata, dict) and {"event_type", "event_payload"} <= metadata.keys()):
        raise SlackRefusalError("invalid_metadata_format")
    return metadata


def _required(args: Json, name: str) -> str:
    value = args.get(name)
    if not value:
        raise SlackRefusalError("invalid_arguments", [f"missing required field: {name}"])
    return str(value)


def _in_range(ts: str, args: Json) -> bool:
    oldest, latest = args.get("oldest") or "0", args.get("latest") or "inf"
    if _is_on(args.get("inclusive")):
        return float(oldest) <= float(ts) <= float(latest)
    return float(oldest) < float(ts) < float(latest)


def _is_on(flag: Any) -> bool:
    return str(flag).lower() in ("1", "true")
