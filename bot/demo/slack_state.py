"""What the Slack look-alike holds, as values; Workspace is the one place that changes it."""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.demo.slack_blocks import with_block_ids

Json = dict[str, Any]  # Slack's JSON: loose here, at the edge

TEAM_ID = "T0DEMO"
APP_ID = "A0DEMO"
BOT_ID = "B0DEMO"
BOT_USER_ID = "U0DEMOBOT"


class LookalikeError(Exception):
    """What a person wanted to do in the look-alike could not be done."""


class AppUnreachableError(LookalikeError):
    """No app is connected, or it refused what was delivered (Slack shows dispatch_failed)."""


class NoAnswerError(LookalikeError):
    """The app did not acknowledge or answer in time (Slack shows operation_timeout)."""


class NothingThereError(LookalikeError):
    """The message, view or element to be used does not exist, or an input is missing."""


class SlackRefusalError(LookalikeError):
    """Slack answers with this error code instead of doing what was asked."""

    def __init__(self, code: str, details: Sequence[str] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.details = tuple(details)


@dataclass(frozen=True)
class SlackUser:
    """A member of the workspace."""

    id: str
    name: str
    real_name: str
    email: str
    tz: str = "Europe/Berlin"
    locale: str = "en-GB"


@dataclass(frozen=True)
class SlackChannel:
    """A channel, or the app's direct conversation with `dm_of`."""

    id: str
    name: str
    dm_of: str = ""


@dataclass(frozen=True)
class SlackMessage:
    """A message of the app; `only_for` names the one user who sees an ephemeral one."""

    channel: str
    ts: str
    text: str
    blocks: tuple[Json, ...] = ()
    thread_ts: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    edited: str = ""  # ts of the last change
    only_for: str = ""


@dataclass(frozen=True)
class SlackView:
    """An open modal or a home tab; `errors` are the app's complaints by block_id."""

    id: str
    hash: str
    body: Json
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SlackState:
    """Everything that can be seen in the workspace, oldest first; the last of a user's views is on top."""

    users: tuple[SlackUser, ...]
    channels: tuple[SlackChannel, ...]
    messages: Mapping[str, tuple[SlackMessage, ...]] = field(default_factory=dict)  # by channel
    ephemerals: Mapping[str, tuple[SlackMessage, ...]] = field(default_factory=dict)  # by user
    views: Mapping[str, tuple[SlackView, ...]] = field(default_factory=dict)  # by user
    homes: Mapping[str, SlackView] = field(default_factory=dict)  # by user


class Changes:
    """Counts changes and wakes whoever waits for the next; to be told from the event loop's thread."""

    def __init__(self) -> None:
        self.count = 0
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Note one more change."""
        self.count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def after(self, seen: int) -> int:
        """Wait until there were more changes than `seen`; return their number."""
        while self.count <= seen:
            await self._next.wait()
        return self.count


class Workspace:
    """The workspace as the app may change it; every refusal is a SlackRefusalError."""

    def __init__(
        self, *, users: Iterable[SlackUser], channels: Iterable[SlackChannel], clock: Callable[[], float]
    ) -> None:
        self.state = SlackState(users=tuple(users), channels=tuple(channels))
        self.changes = Changes()
        self._clock = clock
        self._last_ts = 0.0
        self._numbers = itertools.count(1)

    def user(self, user_id: str) -> SlackUser:
        """Return the user, or refuse with user_not_found."""
        found = next((user for user in self.state.users if user.id == user_id), None)
        if found is None:
            raise SlackRefusalError("user_not_found")
        return found

    def channel(self, channel_id: str) -> SlackChannel:
        """Return the channel; a user's id means the direct conversation. Refuse with channel_not_found."""
        if any(user.id == channel_id for user in self.state.users):
            return self.direct(channel_id)
        found = next((channel for channel in self.state.channels if channel.id == channel_id), None)
        if found is None:
            raise SlackRefusalError("channel_not_found")
        return found

    def direct(self, user_id: str) -> SlackChannel:
        """Return the direct conversation with a user, opened on first use."""
        user = self.user(user_id)
        known = next((channel for channel in self.state.channels if channel.dm_of == user_id), None)
        if known is not None:
            return known
        opened = SlackChannel(id=f"D{user.id[1:]}", name=user.name, dm_of=user.id)
        self._put(channels=(*self.state.channels, opened))
        return opened

    def message(self, channel_id: str, ts: str) -> SlackMessage:
        """Return a message of the channel, or refuse with message_not_found."""
        found = next((message for message in self.state.messages.get(channel_id, ()) if message.ts == ts), None)
        if found is None:
            raise SlackRefusalError("message_not_found")
        return found

    def post(
        self,
        *,
        channel: str,
        text: str,
        blocks: Iterable[Json] = (),
        thread_ts: str = "",
        metadata: Mapping[str, Any] | None = None,
    ) -> SlackMessage:
        """Put a message at the end of a channel."""
        message = SlackMessage(
            channel=channel,
            ts=self._next_ts(),
            text=text,
            blocks=with_block_ids(blocks),
            thread_ts=thread_ts,
            metadata=metadata or {},
        )
        self._put_messages(channel, (*self.state.messages.get(channel, ()), message))
        return message

    def edit(
        self,
        message: SlackMessage,
        *,
        text: str | None = None,
        blocks: Iterable[Json] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> SlackMessage:
        """Change the given parts of a message, public or ephemeral; what is None stays."""
        changed = replace(
            message,
            text=message.text if text is None else text,
            blocks=message.blocks if blocks is None else with_block_ids(blocks),
            metadata=message.metadata if metadata is None else metadata,
            edited=self._next_ts(),
        )
        self._swap(message, (changed,))
        return changed

    def remove(self, message: SlackMessage) -> None:
        """Take a message, public or ephemeral, away."""
        self._swap(message, ())

    def whisper(self, *, user: str, channel: str, text: str, blocks: Iterable[Json] = ()) -> SlackMessage:
        """Show a message to one user only."""
        message = SlackMessage(
            channel=channel, ts=self._next_ts(), text=text, blocks=with_block_ids(blocks), only_for=user
        )
        self._put_ephemerals(user, (*self.state.ephemerals.get(user, ()), message))
        return message

    def open_view(self, user_id: str, body: Json) -> SlackView:
        """Put a modal on top of the user's others."""
        view = self._new_view(f"V{next(self._numbers):06}", body)
        self._put_views(user_id, (*self.state.views.get(user_id, ()), view))
        return view

    def view(self, view_id: str) -> tuple[str, SlackView]:
        """Return the user and the open modal or home tab, or refuse with not_found."""
        modals = ((user, view) for user, views in self.state.views.items() for view in views)
        for user, view in itertools.chain(modals, self.state.homes.items()):
            if view.id == view_id:
                return user, view
        raise SlackRefusalError("not_found")

    def change_view(self, view_id: str, body: Json) -> SlackView:
        """Replace what an open modal or home tab shows, and forget its errors."""
        user, old = self.view(view_id)
        return self._swap_view(user, old, self._new_view(view_id, body))

    def complain(self, view_id: str, errors: Mapping[str, str]) -> None:
        """Show the app's errors beside the inputs of an open modal."""
        user, old = self.view(view_id)
        self._swap_view(user, old, replace(old, errors=dict(errors)))

    def close_view(self, view_id: str) -> None:
        """Take a modal away."""
        user, old = self.view(view_id)
        self._put_views(user, tuple(view for view in self.state.views.get(user, ()) if view.id != old.id))

    def close_views(self, user_id: str) -> None:
        """Take all modals of a user away."""
        self._put_views(user_id, ())

    def publish_home(self, user_id: str, body: Json) -> SlackView:
        """Replace the user's home tab."""
        known = self.state.homes.get(user_id)
        view = self._new_view(known.id if known else f"V{next(self._numbers):06}", body)
        self._put(homes={**self.state.homes, user_id: view})
        return view

    def _next_ts(self) -> str:
        """Return a time stamp that no message has yet, as Slack's ids of messages are."""
        self._last_ts = max(round(self._clock(), 6), round(self._last_ts + 1e-4, 6))
        return f"{self._last_ts:.6f}"

    def _new_view(self, view_id: str, body: Json) -> SlackView:
        shown = {**body, "blocks": list(with_block_ids(body["blocks"]))}
        return SlackView(id=view_id, hash=f"{next(self._numbers)}.demo", body=shown)

    def _swap(self, old: SlackMessage, new: tuple[SlackMessage, ...]) -> None:
        if old.only_for:
            self._put_ephemerals(old.only_for, _swapped(self.state.ephemerals[old.only_for], old, new))
            return
        self._put_messages(old.channel, _swapped(self.state.messages[old.channel], old, new))

    def _swap_view(self, user: str, old: SlackView, new: SlackView) -> SlackView:
        if self.state.homes.get(user) == old:
            self._put(homes={**self.state.homes, user: new})
            return new
        self._put_views(user, tuple(new if view.id == old.id else view for view in self.state.views[user]))
        return new

    def _put_messages(self, channel: str, messages: tuple[SlackMessage, ...]) -> None:
        self._put(messages={**self.state.messages, channel: messages})

    def _put_ephemerals(self, user: str, messages: tuple[SlackMessage, ...]) -> None:
        self._put(ephemerals={**self.state.ephemerals, user: messages})

    def _put_views(self, user: str, views: tuple[SlackView, ...]) -> None:
        self._put(views={**self.state.views, user: views})

    def _put(self, **parts: Any) -> None:
        self.state = replace(self.state, **parts)
        self.changes.tell()


def _swapped(
    messages: tuple[SlackMessage, ...], old: SlackMessage, new: tuple[SlackMessage, ...]
) -> tuple[SlackMessage, ...]:
    return tuple(itertools.chain.from_iterable(new if message.ts == old.ts else (message,) for message in messages))
