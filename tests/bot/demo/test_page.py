"""The demo page's endpoints, with a world in memory, the Slack look-alike and a real slack-bolt app."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.page import DemoPage
from bot.demo.slack import SlackLookalike
from tests.demo_page_fixture import ANNA, INBOX, LETTER, FakeWorld, furnish
from tests.slack_lookalike_fixture import OFFICER, PRIVACY, SIGNING_SECRET, over_socket_mode

Browser = TestClient[Any, Any]

MODAL = {
    "type": "modal",
    "callback_id": "reason",
    "title": {"type": "plain_text", "text": "Refuse"},
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Why?"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "actions",
            "elements": [
                {"type": "button", "action_id": "seen", "text": {"type": "plain_text", "text": "Seen"}, "value": "1"}
            ],
        },
    ],
}
CARD = MODAL["blocks"][1:]


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


@pytest.fixture
async def browser(world: FakeWorld, slack: SlackLookalike) -> AsyncIterator[Browser]:
    async with TestClient(TestServer(DemoPage(world, slack).application())) as client:
        yield client


@pytest.fixture
async def seen(slack: SlackLookalike, slack_client: AsyncWebClient) -> AsyncIterator[list[str]]:
    """Run an app on the line; collect the kinds of what reached it."""
    app = AsyncApp(client=slack_client, signing_secret=SIGNING_SECRET)
    kinds: list[str] = []

    @app.command("/privacy")
    async def command(ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        kinds.append(command["text"])
        await client.views_open(trigger_id=command["trigger_id"], view=MODAL)

    @app.action("seen")
    async def click(ack: Any, body: dict[str, Any]) -> None:
        kinds.append(f"{body['container']['type']} {body['actions'][0]['value']}")
        await ack()

    @app.view("reason")
    async def submitted(ack: Any, view: dict[str, Any]) -> None:
        kinds.append(view["state"]["values"]["reason"]["text"]["value"])
        await ack()

    @app.event("app_home_opened")
    async def home(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [{"type": "divider"}]})

    async with over_socket_mode(app, slack):
        yield kinds


async def token_of(browser: Browser) -> str:
    page = await (await browser.get("/")).text()
    return page.split('name="demo-token" content="')[1].split('"')[0]


async def post(browser: Browser, name: str, **body: object) -> tuple[int, dict[str, Any]]:
    answer = await browser.post(f"/api/{name}", json=body, headers={"X-Demo-Token": await token_of(browser)})
    return answer.status, await answer.json()


async def state_of(browser: Browser) -> dict[str, Any]:
    state: dict[str, Any] = await (await browser.get("/api/state")).json()
    return state


async def test_page_allows_no_inline_script_and_nothing_from_elsewhere(browser: Browser) -> None:
    answer = await browser.get("/")
    page = await answer.text()

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert page.count("<script") == page.count('<script type="module" src="/static/app.js"') == 1
    assert "http://" not in page
    assert "https://" not in page
    assert " style=" not in page


async def test_every_script_and_style_is_served(browser: Browser) -> None:
    for name in ("app", "blocks", "dom", "mail", "mrkdwn", "outcome", "server", "slack", "words"):
        answer = await browser.get(f"/static/{name}.js")
        assert answer.status == 200
        assert answer.content_type.endswith("/javascript")
        assert "innerHTML" not in await answer.text()
    assert (await browser.get("/static/style.css")).status == 200


async def test_state_of_a_furnished_world(browser: Browser, world: FakeWorld) -> None:
    furnish(world)
    state = await state_of(browser)

    assert [(box["address"], box["unread"]) for box in state["mailboxes"]][:2] == [(INBOX, 3), (ANNA, 1)]
    assert state["tickets"][0] == {
        "reference": "R-7KQ4M",
        "state": "waiting for approval",
        "requests": [{"right": "deletion", "status": "identity confirmed"}],
        "received": "2026-03-02",
        "safe_date": "2026-03-30",
        "last_date": "2026-04-02",
        "rule": "One month from receipt, Art. 12(3) GDPR; ends on a working day (Regulation 1182/71)",
        "is_open": True,
    }
    assert state["crm"][0]["before"] == "11 High Street"
    assert [example["language"] for example in state["examples"]] == ["en", "de", "it", "fr", "es"]
    assert [channel["name"] for channel in state["slack"]["channels"]] == ["privacy"]
    assert LETTER not in json.dumps(state)


async def test_mail_is_written_read_and_answered(browser: Browser, world: FakeWorld) -> None:
    assert await post(browser, "mail", sender=ANNA, subject="Löschung", body="Bitte") == (200, {"ok": True})
    letter = world.put(sender=INBOX, recipient=ANNA, subject="Erhalten", text="Ihr Zeichen")
    await post(browser, "reply", mail_id=letter.id, body="Danke")
    await post(browser, "read", mail_id=letter.id)

    assert [(mail.sender, mail.recipient, mail.subject, mail.text) for mail in world.mails] == [
        (ANNA, INBOX, "Löschung", "Bitte"),
        (INBOX, ANNA, "Erhalten", "Ihr Zeichen"),
        (ANNA, INBOX, "Re: Erhalten", "Danke"),
    ]
    assert [box["unread"] for box in (await state_of(browser))["mailboxes"]][:2] == [2, 0]


async def test_reply_to_a_mail_that_is_gone_is_refused(browser: Browser) -> None:
    assert await post(browser, "reply", mail_id="nope", body="x") == (404, {"ok": False, "error": "no_mail"})


@pytest.mark.parametrize(
    "body",
    [
        {"sender": "no address", "subject": "x", "body": "x"},
        {"sender": "a@mail.example\nBcc: b@mail.example", "subject": "x", "body": "x"},
        {"sender": "a@mail.example", "subject": "x\r\nBcc: b@mail.example", "body": "x"},
        {"sender": "a@mail.example", "subject": "x\n", "body": "x"},
        {"sender": "a@mail.example\n", "subject": "x", "body": "x"},
        {"sender": "a@mail.example", "subject": "x"},
        {"sender": "a@mail.example", "subject": "x", "body": "x", "more": "x"},
    ],
)
async def test_mail_that_would_break_its_headers_is_refused(
    browser: Browser, world: FakeWorld, body: dict[str, str]
) -> None:
    assert await post(browser, "mail", **body) == (400, {"ok": False, "error": "invalid"})
    assert world.mails == []


@pytest.mark.parametrize(("step", "days"), [("day", 1), ("week", 7), ("month", 31)])
async def test_clock_moves_by_calendar_steps(browser: Browser, world: FakeWorld, step: str, days: int) -> None:
    await post(browser, "advance", step=step)

    assert world.advanced == [days]  # from 2 March 2026


async def test_command_modal_and_submission_reach_the_bot(
    browser: Browser, slack: SlackLookalike, seen: list[str]
) -> None:
    await post(browser, "slack/command", user=OFFICER.id, channel=PRIVACY.id, command="/privacy", text="refuse")
    await slack.until(lambda state: OFFICER.id in state.views)
    (view,) = (await state_of(browser))["slack"]["views"][OFFICER.id]
    await post(browser, "slack/view/click", user=OFFICER.id, view_id=view["id"], action_id="seen")
    await post(browser, "slack/view/submit", user=OFFICER.id, view_id=view["id"], values={"reason": "tax law"})

    assert seen == ["refuse", "view 1", "tax law"]
    assert (await state_of(browser))["slack"]["views"][OFFICER.id] == []


async def test_modal_can_be_cancelled(browser: Browser, slack: SlackLookalike, seen: list[str]) -> None:
    await post(browser, "slack/command", user=OFFICER.id, channel=PRIVACY.id, command="/privacy", text="refuse")
    state = await slack.until(lambda state: OFFICER.id in state.views)
    await post(browser, "slack/view/close", user=OFFICER.id, view_id=state.views[OFFICER.id][0].id)

    assert slack.state.views[OFFICER.id] == ()


async def test_click_on_a_card_reaches_the_bot(browser: Browser, slack_client: AsyncWebClient, seen: list[str]) -> None:
    card = await slack_client.chat_postMessage(channel=PRIVACY.id, text="R-7KQ4M", blocks=CARD)
    await post(browser, "slack/click", user=OFFICER.id, channel=PRIVACY.id, ts=card["ts"], action_id="seen")

    assert seen == ["message 1"]


async def test_home_tab_is_opened(browser: Browser, slack: SlackLookalike, seen: list[str]) -> None:
    assert await post(browser, "slack/home", user=OFFICER.id) == (200, {"ok": True})
    await slack.until(lambda state: OFFICER.id in state.homes)

    assert OFFICER.id in (await state_of(browser))["slack"]["homes"]


async def test_what_slack_cannot_do_is_a_word_for_the_page(browser: Browser, seen: list[str]) -> None:
    click = {"user": OFFICER.id, "channel": PRIVACY.id, "ts": "1.0", "action_id": "seen"}
    assert await post(browser, "slack/click", **click) == (409, {"ok": False, "error": "not_possible"})


async def test_bot_that_is_not_there_is_a_word_for_the_page(browser: Browser) -> None:
    command = {"user": OFFICER.id, "channel": PRIVACY.id, "command": "/privacy", "text": "help"}
    assert await post(browser, "slack/command", **command) == (502, {"ok": False, "error": "dispatch_failed"})


async def test_post_without_the_pages_token_is_refused(browser: Browser, world: FakeWorld) -> None:
    mail = {"sender": ANNA, "subject": "x", "body": "x"}

    assert (await browser.post("/api/mail", json=mail)).status == 403
    assert (await browser.post("/api/mail", json=mail, headers={"X-Demo-Token": "wrong"})).status == 403
    assert world.mails == []


async def test_post_from_another_site_is_refused_even_with_the_token(browser: Browser, world: FakeWorld) -> None:
    mail = {"sender": ANNA, "subject": "x", "body": "x"}
    token = {"X-Demo-Token": await token_of(browser)}
    own = str(browser.make_url("/").origin())

    for origin in ("https://evil.example", "null", f"{own}0"):
        assert (await browser.post("/api/mail", json=mail, headers=token | {"Origin": origin})).status == 403
    assert world.mails == []
    assert (await browser.post("/api/mail", json=mail, headers=token | {"Origin": own})).status == 200


async def test_name_rebound_to_this_machine_is_refused(browser: Browser) -> None:
    assert (await browser.get("/api/state", headers={"Host": "evil.example"})).status == 403
    assert (await browser.get("/", headers={"Host": "evil.example:80"})).status == 403


async def test_formatted_mail_is_served_in_a_sandbox_of_its_own(browser: Browser, world: FakeWorld) -> None:
    hostile = "<script>top.alert(1)</script><img src=x onerror=alert(1)>"
    mail = world.put(sender="x@else.example", recipient=INBOX, subject="hi", text="hi", html=hostile)
    answer = await browser.get(f"/mail/{mail.id.replace('/', '%2F')}")

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert (await browser.get("/mail/unknown")).status == 404


async def test_stream_tells_at_once_and_after_each_change(
    browser: Browser, world: FakeWorld, slack_client: AsyncWebClient
) -> None:
    async with browser.get("/api/events") as stream:
        assert stream.content_type == "text/event-stream"
        assert await stream.content.readuntil(b"\n\n") == b"data: changed\n\n"
        world.changes.tell()
        assert await stream.content.readuntil(b"\n\n") == b"data: changed\n\n"
        await slack_client.chat_postMessage(channel=PRIVACY.id, text="a card")
        assert await stream.content.readuntil(b"\n\n") == b"data: changed\n\n"


async def test_open_stream_does_not_hold_up_the_end(world: FakeWorld, slack: SlackLookalike) -> None:
    server = TestServer(DemoPage(world, slack).application())
    async with TestClient(server) as browser:
        stream = await browser.get("/api/events")
        await stream.content.readuntil(b"\n\n")
        async with asyncio.timeout(5):
            await server.close()
        stream.close()
