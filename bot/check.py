"""`rightsdesk check`: try every connection, and say what is wrong and what to do about it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot.app import mailbox_settings, open_crm, open_store, smtp_settings
from bot.imap import LoginRefused, MailboxError
from bot.mailbox import Mailbox
from bot.settings import Settings, SettingsProblem
from bot.slack.app import make_client
from bot.smtp import DeliveryFailed, SmtpTransport
from handlers.crm import CrmError
from storage.crypto import KeyProblem
from storage.database import StoreProblem

SECONDS = 15.0


@dataclass(frozen=True)
class Finding:
    """The outcome of one trial: "ok", "off" (not configured) or "problem", with the remedy in its text."""

    part: str
    outcome: str
    text: str


async def check(settings: Settings) -> list[Finding]:
    """Try store, CRM, IMAP, SMTP and Slack, one after the other."""
    return [await trial for trial in _trials(settings)]


def _trials(settings: Settings) -> Iterator[Awaitable[Finding]]:
    yield _try("store", f"[store] url = {_without_password(settings.store.url)}", lambda: _store(settings))
    yield _configured("CRM", next(iter(settings.crm.databases.values()), ""), "[crm] url", lambda: _crm(settings))
    yield _configured("IMAP", settings.imap.host, "[imap] host", lambda: _imap(settings))
    yield _configured("SMTP", settings.smtp.host, "[smtp] host", lambda: _smtp(settings))
    slack = "" if settings.slack.mode == "off" else settings.slack.mode
    yield _configured("Slack", slack, "[slack] mode", lambda: _slack(settings), without=_WITHOUT_SLACK)


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    scheme = head.partition("://")[0]
    return f"{scheme}://…@{tail}" if at else url


async def _configured(
    part: str, value: str, key: str, trial: Callable[[], Awaitable[str]], *, without: str = ""
) -> Finding:
    if not value:
        return Finding(part, "off", f"not configured: set {key} to use it{without}")
    return await _try(part, f"{key} = {_without_password(value)}", trial)


async def _try(part: str, place: str, trial: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(part, "ok", await asyncio.wait_for(trial(), SECONDS))
    except TimeoutError:
        return Finding(part, "problem", f"{place}: no answer within {SECONDS:.0f} s. Is the host right, the port open?")
    except (SettingsProblem, KeyProblem, StoreProblem, CrmError, _Problem) as problem:
        return Finding(part, "problem", f"{place}: {problem}")
    except SQLAlchemyError as problem:
        remedy = "Is the server running, are user, password and database right?"
        return Finding(part, "problem", f"{place}: {type(problem).__name__}. {remedy}")
    except OSError as problem:
        return Finding(
            part, "problem", f"{place}: {problem.strerror or type(problem).__name__}. Is the server running?"
        )


class _Problem(Exception):
    """A problem put into words."""


async def _store(settings: Settings) -> str:
    store = await asyncio.to_thread(open_store, settings)
    store.close()
    return "tables are up to date, the key fits"


async def _crm(settings: Settings) -> str:
    crm = await asyncio.to_thread(open_crm, settings)
    await asyncio.to_thread(crm.check)
    return "the data map fits the database"


async def _imap(settings: Settings) -> str:
    try:
        await Mailbox(mailbox_settings(settings)).check()
    except LoginRefused:
        raise _Problem("the server refused the login: check user, and password or password_file") from None
    except MailboxError as problem:
        raise _Problem(f"{problem}: check host, port, tls, ca_file and folder") from None
    return f"folder {settings.imap.folder} can be read"


async def _smtp(settings: Settings) -> str:
    transport = SmtpTransport(smtp_settings(settings))
    try:
        await transport.check()
    except DeliveryFailed as problem:
        raise _Problem(f"{problem}: check host, port, tls and ca_file, then user and password") from None
    finally:
        await transport.close()
    return "the server takes mail"


async def _slack(settings: Settings) -> str:
    client = make_client(settings.slack)
    try:
        await client.auth_test()
        await client.conversations_history(channel=settings.slack.channel, limit=1)
        await _check_socket(settings)
    except SlackApiError as problem:
        error = problem.response.get("error", "unknown")
        remedy = _SLACK_REMEDIES.get(error, "see docs/slack.md")
        raise _Problem(f"Slack says {error}: {remedy}") from None
    except ClientError as problem:
        raise _Problem(f"{type(problem).__name__}: is api_url right?") from None
    if not settings.slack.approvers:
        raise _Problem("[slack] approvers is empty: nobody could approve anything")
    return "tokens and channel are right"


async def _check_socket(settings: Settings) -> None:
    if settings.slack.mode == "socket":
        await make_client(settings.slack).apps_connections_open(app_token=settings.slack.app)
    elif not settings.slack.signing:
        raise _Problem("[slack] signing_secret is not set: requests could not be told from forged ones")


_WITHOUT_SLACK = "; without it nobody can approve or decide"
_SLACK_REMEDIES = {
    "invalid_auth": "check bot_token (xoxb-…) and app_token (xapp-…)",
    "not_authed": "set RIGHTSDESK_SLACK__BOT_TOKEN or bot_token_file",
    "channel_not_found": "channel takes the channel's id (C…), and the bot must be invited into it",
    "not_in_channel": "invite the bot into the channel",
    "missing_scope": "add the scopes of docs/slack.md to the app, and install it again",
}
