"""A real slack-bolt app, driven through the look-alike in Socket Mode and by signed requests."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import AppUnreachableError, LookalikeError, NothingThereError, SlackLookalike
from bot.demo.slack_state import APP_ID, TEAM_ID, SlackRefusalError
from tests.slack_lookalike_fixture import (
    GUEST,
    OFFICER,
    PRIVACY,
    SECOND,
    SIGNING_SECRET,
    over_http,
    over_socket_mode,
)

CARD = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*R-7KQ4M* wants to be erased"}},
    {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": "approve",
                "text": {"type": "plain_text", "text": "Approve"},
                "value": "R-7KQ4M",
            },
            {
                "type": "button",
                "action_id": "details",
                "text": {"type": "plain_text", "text": "Details"},
                "value": "R-7KQ4M",
            },
        ],
    },
]
REASON = {
    "type": "modal",
    "callback_id": "refuse",
    "private_metadata": "R-7KQ4M",
    "title": {"type": "plain_text", "text": "Refuse"},
    "submit": {"type": "plain_text", "text": "Refuse"},
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Why?"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "input",
            "block_id": "article",
            "optional": True,
            "label": {"type": "plain_text", "text": "Article"},
            "element": {
                "type": "static_select",
                "action_id": "choice",
                "options": [{"text": {"type": "plain_text", "text": "17(3)"}, "value": "17-3"}],
            },
        },
    ],
}
HIDE = [
    {
        "type": "actions",
        "elements": [{"type": "button", "action_id": "hide", "text": {"type": "plain_text", "text": "Hide"}}],
    }
]


def sample_app(client: AsyncWebClient) -> AsyncApp:
    """A small app that uses every way of answering; what reached it is kept in `app.seen`."""
    app = AsyncApp(client=client, signing_secret=SIGNING_SECRET)
    app.seen = []
    add_command(app)
    add_actions(app)
    add_views(app)
    return app


def add_command(app: AsyncApp) -> None:
    @app.command("/privacy")
    async def command(ack: Any, respond: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        app.seen.append(command)
        match command["text"]:
            case "help":
                await ack("Try /privacy list")
            case "list":
                await ack()
                await respond("one open ticket")
            case "announce":
                await ack()
                await respond("for all", response_type="in_channel")
            case "too-wide":
                await ack(text="card", blocks=[{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}])
            case _:
                await ack()
                await client.views_open(trigger_id=command["trigger_id"], view=REASON)


def add_actions(app: AsyncApp) -> None:
    @app.action("approve")
    async def approve(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        app.seen.append(body)
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text=f"approved by <@{body['user']['id']}>"
        )

    @app.action("details")
    async def details(ack: Any, respond: Any) -> None:
        await ack()
        await respond("for your eyes", blocks=HIDE)

    @app.action("hide")
    async def hide(ack: Any, respond: Any, body: dict[str, Any]) -> None:
        await ack()
        app.seen.append(body)
        await respond(delete_original=True)


def add_views(app: AsyncApp) -> None:
    @app.view("refuse")
    async def refuse(ack: Any, view: dict[str, Any], client: AsyncWebClient) -> None:
        app.seen.append(view)
        reason = view["state"]["values"]["reason"]["text"]["value"]
        if reason == "because":
            await ack(response_action="errors", errors={"reason": "Say more"})
            return
        await ack()
        await client.chat_postMessage(channel=PRIVACY.id, text=f"{view['private_metadata']} refused")

    @app.event("app_home_opened")
    async def home(event: dict[str, Any], client: AsyncWebClient) -> None:
        text = {"type": "mrkdwn", "text": "No open tickets"}
        await client.views_publish(
            user_id=event["user"], view={"type": "home", "blocks": [{"type": "section", "text": text}]}
        )


@pytest.fixture(params=[over_socket_mode, over_http], ids=["socket mode", "http"])
async def app(
    request: pytest.FixtureRequest, slack: SlackLookalike, slack_client: AsyncWebClient
) -> AsyncIterator[AsyncApp]:
    app = sample_app(slack_client)
    async with request.param(app, slack):
        yield app


async def test_command_answered_by_ack_is_seen_by_its_user_only(slack: SlackLookalike, app: AsyncApp) -> None:
    reply = await slack.command(OFFICER.id, PRIVACY.id, "/privacy", "help")

    assert reply.text == "Try /privacy list"
    assert [(m.channel, m.text) for m in slack.state.ephemerals[OFFICER.id]] == [(PRIVACY.id, "Try /privacy list")]
    assert slack.state.messages == {}


async def test_command_reaches_the_app_with_what_slack_sends(slack: SlackLookalike, app: AsyncApp) -> None:
    await slack.command(SECOND.id, PRIVACY.id, "/privacy", "list")

    seen = {k: v for k, v in app.seen[0].items() if k not in ("trigger_id", "response_url")}
    assert seen == {
        "command": "/privacy",
        "text": "list",
        "api_app_id": APP_ID,
        "team_id": TEAM_ID,
        "team_domain": "demo",
        "user_id": SECOND.id,
        "user_name": "simon",
        "channel_id": PRIVACY.id,
        "channel_name": "privacy",
        "is_enterprise_install": "false",
    }


async def test_command_waits_for_the_response_url(slack: SlackLookalike, app: AsyncApp) -> None:
    reply = await slack.command(OFFICER.id, PRIVACY.id, "/privacy", "list")

    assert (reply.ack, reply.text) == ({}, "one open ticket")


async def test_response_in_channel_is_seen_by_all(slack: SlackLookalike, app: AsyncApp) -> None:
    await slack.command(OFFICER.id, PRIVACY.id, "/privacy", "announce")

    assert [message.text for message in slack.state.messages[PRIVACY.id]] == ["for all"]
    assert slack.state.ephemerals == {}


async def test_ack_that_slack_would_refuse_is_an_error(slack: SlackLookalike, app: AsyncApp) -> None:
    with pytest.raises(SlackRefusalError, match="invalid_blocks"):
        await slack.command(OFFICER.id, PRIVACY.id, "/privacy", "too-wide")


async def test_click_updates_the_card_and_names_who_clicked(
    slack: SlackLookalike, app: AsyncApp, slack_client: AsyncWebClient
) -> None:
    card = await slack_client.chat_postMessage(channel=PRIVACY.id, text="R-7KQ4M", blocks=CARD)

    await slack.click(SECOND.id, PRIVACY.id, card["ts"], "approve")
    state = await slack.until(lambda state: bool(state.messages[PRIVACY.id][0].edited))

    (message,) = state.messages[PRIVACY.id]
    assert (message.ts, message.text) == (card["ts"], f"approved by <@{SECOND.id}>")
    assert len(message.blocks) == 2  # chat.update without blocks leaves them
    (body,) = app.seen
    assert body["actions"][0]["value"] == "R-7KQ4M"
    assert body["container"] == {
        "type": "message",
        "message_ts": card["ts"],
        "channel_id": PRIVACY.id,
        "is_ephemeral": False,
    }


async def test_ephemeral_answer_can_be_deleted_through_its_response_url(
    slack: SlackLookalike, app: AsyncApp, slack_client: AsyncWebClient
) -> None:
    card = await slack_client.chat_postMessage(channel=PRIVACY.id, text="R-7KQ4M", blocks=CARD)
    await slack.click(OFFICER.id, PRIVACY.id, card["ts"], "details", answers=1)
    (shown,) = slack.state.ephemerals[OFFICER.id]

    with pytest.raises(NothingThereError):
        await slack.click(GUEST.id, PRIVACY.id, shown.ts, "hide")
    await slack.click(OFFICER.id, PRIVACY.id, shown.ts, "hide", answers=1)

    assert slack.state.ephemerals[OFFICER.id] == ()
    assert "message" not in app.seen[0]
    assert app.seen[0]["container"]["is_ephemeral"] is True


async def test_click_on_nothing_is_an_error(slack: SlackLookalike, app: AsyncApp, slack_client: AsyncWebClient) -> None:
    card = await slack_client.chat_postMessage(channel=PRIVACY.id, text="R-7KQ4M", blocks=CARD)

    with pytest.raises(NothingThereError, match="no message"):
        await slack.click(OFFICER.id, PRIVACY.id, "1.0", "approve")
    with pytest.raises(NothingThereError, match="no element"):
        await slack.click(OFFICER.id, PRIVACY.id, card["ts"], "explode")


async def test_modal_keeps_open_with_errors_then_closes(slack: SlackLookalike, app: AsyncApp) -> None:
    reply = await slack.command(OFFICER.id, PRIVACY.id, "/privacy", "refuse R-7KQ4M")
    (view_id,) = reply.views

    await slack.submit_view(OFFICER.id, view_id, {"reason": "because", "article": "17-3"})
    (view,) = slack.state.views[OFFICER.id]
    assert view.errors == {"reason": "Say more"}
    values = app.seen[-1]["state"]["values"]
    assert values["article"]["choice"]["selected_option"]["value"] == "17-3"

    await slack.submit_view(OFFICER.id, view_id, {"reason": "kept by tax law"})
    state = await slack.until(lambda state: PRIVACY.id in state.messages)
    assert state.views[OFFICER.id] == ()
    assert state.messages[PRIVACY.id][0].text == "R-7KQ4M refused"


async def test_modal_belongs_to_its_user_and_needs_its_inputs(slack: SlackLookalike, app: AsyncApp) -> None:
    (view_id,) = (await slack.command(OFFICER.id, PRIVACY.id, "/privacy", "refuse R-7KQ4M")).views

    with pytest.raises(NothingThereError, match="no view"):
        await slack.submit_view(GUEST.id, view_id, {"reason": "mine"})
    with pytest.raises(NothingThereError, match="inputs not filled: reason"):
        await slack.submit_view(OFFICER.id, view_id, {})
    slack.close_view(OFFICER.id, view_id)

    assert slack.state.views[OFFICER.id] == ()


async def test_home_tab_is_published_when_opened(slack: SlackLookalike, app: AsyncApp) -> None:
    await slack.open_home(OFFICER.id)
    state = await slack.until(lambda state: OFFICER.id in state.homes)

    assert state.homes[OFFICER.id].body["blocks"][0]["text"]["text"] == "No open tickets"


async def test_everything_sent_is_kept_for_searching(slack: SlackLookalike, app: AsyncApp) -> None:
    await slack.command(OFFICER.id, PRIVACY.id, "/privacy", "help")
    await slack.command(OFFICER.id, PRIVACY.id, "/privacy", "list")

    sent = "\n".join(slack.payloads)
    assert "Try /privacy list" in sent  # an ack
    assert "one open ticket" in sent  # a response_url


async def test_app_comes_back_after_a_refresh(slack: SlackLookalike, slack_client: AsyncWebClient) -> None:
    app = sample_app(slack_client)
    async with over_socket_mode(app, slack):
        await slack.refresh()
        reply = await slack.command(OFFICER.id, PRIVACY.id, "/privacy", "help")

    assert reply.text == "Try /privacy list"


async def test_no_app_on_the_line_is_an_error(slack: SlackLookalike) -> None:
    with pytest.raises(AppUnreachableError):
        await slack.command(OFFICER.id, PRIVACY.id, "/privacy", "help")


async def test_app_that_does_not_know_the_command_is_an_error(
    slack: SlackLookalike, slack_client: AsyncWebClient
) -> None:
    async with over_http(sample_app(slack_client), slack):
        with pytest.raises(AppUnreachableError, match="404"):
            await slack.command(OFFICER.id, PRIVACY.id, "/unknown", "help")


async def test_request_signed_with_another_secret_is_refused_by_the_app(
    slack: SlackLookalike, slack_client: AsyncWebClient
) -> None:
    app = AsyncApp(client=slack_client, signing_secret="another")
    async with over_http(app, slack):
        with pytest.raises(AppUnreachableError, match="401"):
            await slack.command(OFFICER.id, PRIVACY.id, "/privacy", "help")


@pytest.mark.parametrize(("user", "channel"), [("U0NOBODY", PRIVACY.id), (OFFICER.id, "C0NOWHERE")])
async def test_unknown_people_and_places_are_errors(slack: SlackLookalike, user: str, channel: str) -> None:
    with pytest.raises(LookalikeError):
        await slack.command(user, channel, "/privacy")
