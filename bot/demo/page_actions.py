"""What can be done on the demo page: each posted body checks itself and knows how to act."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from dateutil.relativedelta import relativedelta
from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.demo.page_world import DemoWorld
from bot.demo.slack import SlackLookalike

_STEPS = {
    "day": relativedelta(days=1),
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
}

# Neither may carry a line break: both become headers of a mail.
Address = Annotated[str, StringConstraints(pattern=r"^[^\s\x00-\x1f\x7f@<>\",;]+@[^\s\x00-\x1f\x7f@<>\",;]+$")]
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=500)]
Text = Annotated[str, StringConstraints(max_length=50_000)]
Name = Annotated[str, StringConstraints(max_length=255)]


@dataclass(frozen=True)
class Demo:
    """What an action works on; `read` collects the ids of mails that were looked at."""

    world: DemoWorld
    slack: SlackLookalike
    read: set[str] = field(default_factory=set)


class Action(BaseModel):
    """A posted body; strict, so that nothing unexpected gets further."""

    model_config = ConfigDict(extra="forbid", strict=True)

    async def act(self, demo: Demo) -> None:
        """Do it. Raises UnknownMailError or LookalikeError."""
        raise NotImplementedError


class WriteMail(Action):
    """Write to the privacy inbox."""

    sender: Address
    subject: Line
    body: Text

    async def act(self, demo: Demo) -> None:
        """Send the mail."""
        await demo.world.write_mail(self.sender, self.subject, self.body)


class ReplyToMail(Action):
    """Answer a mail as its recipient."""

    mail_id: Name
    body: Text

    async def act(self, demo: Demo) -> None:
        """Send the answer. Raises UnknownMailError."""
        await demo.world.reply(self.mail_id, self.body)


class MarkRead(Action):
    """Note that a mail was looked at."""

    mail_id: Name

    async def act(self, demo: Demo) -> None:
        """Count it as unread no longer."""
        demo.read.add(self.mail_id)


class Advance(Action):
    """Let time pass."""

    step: Literal["day", "week", "month"]

    async def act(self, demo: Demo) -> None:
        """Advance by days; a month is one of the calendar."""
        now = await demo.world.now()
        await demo.world.advance((now + _STEPS[self.step] - now).days)


class TypeCommand(Action):
    """Type a slash command."""

    user: Name
    channel: Name
    command: Name
    text: Line

    async def act(self, demo: Demo) -> None:
        """Deliver it; what the bot answers shows when it comes. Raises LookalikeError."""
        await demo.slack.command(self.user, self.channel, self.command, self.text, answers=0)


class Click(Action):
    """Use an element of a Slack message."""

    user: Name
    channel: Name
    ts: Name
    action_id: Name
    value: Text | None = None

    async def act(self, demo: Demo) -> None:
        """Deliver it. Raises LookalikeError."""
        await demo.slack.click(self.user, self.channel, self.ts, self.action_id, self.value)


class ClickInView(Action):
    """Use an element of a modal or of the home tab."""

    user: Name
    view_id: Name
    action_id: Name
    value: Text | None = None

    async def act(self, demo: Demo) -> None:
        """Deliver it. Raises LookalikeError."""
        await demo.slack.click_in_view(self.user, self.view_id, self.action_id, self.value)


class SubmitView(Action):
    """Submit a modal."""

    user: Name
    view_id: Name
    values: dict[Name, Text]

    async def act(self, demo: Demo) -> None:
        """Deliver it. Raises LookalikeError."""
        await demo.slack.submit_view(self.user, self.view_id, self.values)


class CloseView(Action):
    """Cancel a modal."""

    user: Name
    view_id: Name

    async def act(self, demo: Demo) -> None:
        """Close it. Raises LookalikeError."""
        demo.slack.close_view(self.user, self.view_id)


class OpenHome(Action):
    """Open the app's home tab."""

    user: Name

    async def act(self, demo: Demo) -> None:
        """Deliver it. Raises LookalikeError."""
        await demo.slack.open_home(self.user)


ACTIONS: Mapping[str, type[Action]] = {
    "mail": WriteMail,
    "reply": ReplyToMail,
    "read": MarkRead,
    "advance": Advance,
    "slack/command": TypeCommand,
    "slack/click": Click,
    "slack/view/click": ClickInView,
    "slack/view/submit": SubmitView,
    "slack/view/close": CloseView,
    "slack/home": OpenHome,
}
