"""What people do in the look-alike, and what the app answers to it through ack, response_url or a modal."""

import itertools
import secrets
from dataclasses import dataclass, field

from bot.demo.slack_state import Json, SlackMessage, SlackRefusalError, Workspace
from bot.demo.slack_wire import checked_view, message_content

# "You can respond up to 5 times" (docs.slack.dev, handling user interaction).
MOST_ANSWERS = 5


@dataclass(frozen=True)
class Reply:
    """What came back for one interaction: the ack's payload, everything the app answered, modals it opened."""

    ack: Json
    answers: tuple[Json, ...]
    views: tuple[str, ...]

    @property
    def text(self) -> str:
        """The texts of all answers, one a line."""
        return "\n".join(answer["text"] for answer in self.answers if answer.get("text"))


@dataclass
class Interaction:
    """One thing a person did; `message` is the one clicked in, where there is one."""

    user: str
    channel: str
    message: SlackMessage | None
    trigger_id: str
    response_token: str
    ack: Json = field(default_factory=dict)
    answers: list[Json] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    posts: int = 0

    def opened(self, view_id: str) -> None:
        """Note a modal that the app opened for this."""
        self.views.append(view_id)

    @property
    def reply(self) -> Reply:
        """What came back until now."""
        return Reply(ack=self.ack, answers=tuple(self.answers), views=tuple(self.views))


class Interactions:
    """All interactions, found again by the two keys that the app is given."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._by_trigger: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    def begin(self, *, user: str, channel: str, message: SlackMessage | None = None) -> Interaction:
        """Note that a person did something."""
        interaction = Interaction(
            user=user,
            channel=channel,
            message=message,
            trigger_id=f"{next(self._numbers)}.{secrets.token_hex(8)}",
            response_token=secrets.token_urlsafe(16),
        )
        self._by_trigger[interaction.trigger_id] = interaction
        self._by_token[interaction.response_token] = interaction
        return interaction

    def by_trigger(self, trigger_id: str) -> Interaction:
        """Return the interaction whose trigger opens a modal; a trigger does so once."""
        interaction = self._by_trigger.get(trigger_id)
        if interaction is None:
            raise SlackRefusalError("invalid_trigger_id")
        if interaction.views:
            raise SlackRefusalError("exchanged_trigger_id")
        return interaction

    def by_token(self, token: str) -> Interaction:
        """Return the interaction behind a response_url; it may be used five times."""
        interaction = self._by_token.get(token)
        if interaction is None:
            raise SlackRefusalError("expired_url")
        if interaction.posts >= MOST_ANSWERS:
            raise SlackRefusalError("used_url")
        interaction.posts += 1
        return interaction


def answer(workspace: Workspace, interaction: Interaction, body: Json) -> None:
    """Do what an ack or a post to a response_url says: replace, delete, or show to one or to all."""
    original = interaction.message
    if body.get("delete_original") and original:
        workspace.remove(original)
    elif body.get("replace_original") and original:
        interaction.message = workspace.edit(original, **message_content(body))
    elif body.get("response_type") == "in_channel":
        workspace.post(channel=interaction.channel, **message_content(body))
    else:
        workspace.whisper(user=interaction.user, channel=interaction.channel, **message_content(body))
    interaction.answers.append(body)
    workspace.changes.tell()


def follow(workspace: Workspace, interaction: Interaction, view_id: str) -> None:
    """Do what the ack of a submitted modal says (response_action); without a word the modal closes."""
    ack = interaction.ack
    action = ack.get("response_action")
    if action == "errors":
        workspace.complain(view_id, ack["errors"])
    elif action == "update":
        workspace.change_view(view_id, checked_view(ack["view"], kind="modal"))
    elif action == "push":
        workspace.open_view(interaction.user, checked_view(ack["view"], kind="modal"))
    elif action == "clear":
        workspace.close_views(interaction.user)
    else:
        workspace.close_view(view_id)
