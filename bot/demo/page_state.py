"""The demo page's whole state as JSON: the world's views and the Slack look-alike's."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from bot.demo.page_world import DemoWorld, MailboxView, MailView
from bot.demo.slack import BOT_USER_ID, SlackLookalike, SlackMessage, SlackView

Json = dict[str, Any]


async def page_state(world: DemoWorld, slack: SlackLookalike, read: Collection[str]) -> Json:
    """Return everything the page shows; `read` holds the ids of mails already looked at."""
    return {
        "now": (await world.now()).isoformat(),
        "portal": world.portal_url,
        "mailboxes": [_mailbox(mailbox, read) for mailbox in await world.mailboxes()],
        "tickets": [_plain(asdict(ticket)) for ticket in await world.tickets()],
        "crm": [_plain(asdict(change)) for change in await world.crm_changes()],
        "people": [asdict(person) for person in world.people()],
        "examples": [asdict(example) for example in world.examples()],
        "commands": [asdict(command) for command in world.commands()],
        "slack": _slack(slack),
    }


def _mailbox(mailbox: MailboxView, read: Collection[str]) -> Json:
    mails = [_mail(mail, mailbox, read) for mail in mailbox.mails]
    unread = sum(mail["unread"] for mail in mails)
    return {"address": mailbox.address, "name": mailbox.name, "unread": unread, "mails": mails}


def _mail(mail: MailView, mailbox: MailboxView, read: Collection[str]) -> Json:
    """Return a mail without its HTML, which the page only ever loads into a sandbox."""
    sent = mail.sender == mailbox.address
    return {
        "id": mail.id,
        "sender": mail.sender,
        "recipient": mail.recipient,
        "subject": mail.subject,
        "at": mail.at.isoformat(),
        "text": mail.text,
        "has_html": bool(mail.html),
        "sent": sent,
        "unread": not sent and mail.id not in read,
    }


def _slack(slack: SlackLookalike) -> Json:
    state = slack.state
    return {
        "bot": BOT_USER_ID,
        "users": [{"id": user.id, "name": user.name, "real_name": user.real_name} for user in state.users],
        "channels": [asdict(channel) for channel in state.channels],
        "messages": {channel: _messages(messages) for channel, messages in state.messages.items()},
        "ephemerals": {user: _messages(messages) for user, messages in state.ephemerals.items()},
        "views": {user: [_view(view) for view in views] for user, views in state.views.items()},
        "homes": {user: _view(view) for user, view in state.homes.items()},
    }


def _messages(messages: Sequence[SlackMessage]) -> list[Json]:
    return [
        {
            "channel": message.channel,
            "ts": message.ts,
            "text": message.text,
            "blocks": list(message.blocks),
            "thread_ts": message.thread_ts,
            "edited": message.edited,
            "only_for": message.only_for,
        }
        for message in messages
    ]


def _view(view: SlackView) -> Json:
    return {"id": view.id, "hash": view.hash, "body": view.body, "errors": dict(view.errors)}


def _plain(values: Json) -> Json:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
