"""The Slack look-alike with named people, and ways to run a real slack-bolt app against it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import SlackChannel, SlackLookalike, SlackUser

BOT_TOKEN = "xoxb-demo"
APP_TOKEN = "xapp-demo"
SIGNING_SECRET = "signing-demo"

# Officer decides and approves; Second is the second person for deletions; Guest has no role.
OFFICER = SlackUser(id="U0OFFICER", name="olga", real_name="Olga Officer", email="olga@shop.example")
SECOND = SlackUser(id="U0SECOND", name="simon", real_name="Simon Second", email="simon@shop.example", locale="de-DE")
GUEST = SlackUser(id="U0GUEST", name="greta", real_name="Greta Guest", email="greta@shop.example")
PRIVACY = SlackChannel(id="C0PRIVACY", name="privacy")


@pytest.fixture
async def slack() -> AsyncIterator[SlackLookalike]:
    """A look-alike with three members and one channel."""
    async with SlackLookalike(
        users=[OFFICER, SECOND, GUEST],
        channels=[PRIVACY],
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        signing_secret=SIGNING_SECRET,
    ) as lookalike:
        yield lookalike


@pytest.fixture
def slack_client(slack: SlackLookalike) -> AsyncWebClient:
    """The bot's Web API client."""
    return AsyncWebClient(token=BOT_TOKEN, base_url=slack.base_url)


@asynccontextmanager
async def over_socket_mode(app: AsyncApp, slack: SlackLookalike) -> AsyncIterator[None]:
    """Run the app in Socket Mode."""
    handler = AsyncSocketModeHandler(app, APP_TOKEN, web_client=AsyncWebClient(base_url=slack.base_url))
    await handler.connect_async()
    await slack.connected()
    try:
        yield
    finally:
        await handler.close_async()


@asynccontextmanager
async def over_http(app: AsyncApp, slack: SlackLookalike) -> AsyncIterator[None]:
    """Run the app behind a request URL; its own signature check is on."""

    async def serve(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", serve)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.deliver_over_http(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    try:
        yield
    finally:
        await runner.cleanup()
