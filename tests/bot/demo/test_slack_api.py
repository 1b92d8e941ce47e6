"""The look-alike's Web API, called by the real slack-sdk client."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.slack import BOT_USER_ID, SlackLookalike
from bot.demo.slack_blocks import block_problems, used, view_problems
from tests.slack_lookalike_fixture import APP_TOKEN, BOT_TOKEN, OFFICER, PRIVACY, SECOND

TEXT = {"type": "plain_text", "text": "Approve"}
BUTTON = {"type": "button", "action_id": "approve", "text": TEXT}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*R-7KQ4M*"}}
TICKET = {"event_type": "ticket", "event_payload": {"reference": "R-7KQ4M"}}
MODAL = {"type": "modal", "title": TEXT, "blocks": [SECTION]}


async def error_of(call: object) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call  # type: ignore[misc]
    return str(caught.value.response["error"])


async def test_auth_test_names_the_bot(slack_client: AsyncWebClient) -> None:
    answer = await slack_client.auth_test()

    assert answer["user_id"] == BOT_USER_ID
    assert "chat:write" in answer.headers["x-oauth-scopes"]


@pytest.mark.parametrize(
    ("token", "error"), [("xoxb-wrong", "invalid_auth"), (APP_TOKEN, "not_allowed_token_type"), ("", "not_authed")]
)
async def test_wrong_token_is_refused(slack: SlackLookalike, token: str, error: str) -> None:
    client = AsyncWebClient(token=token, base_url=slack.base_url)

    assert await error_of(client.auth_test()) == error


async def test_socket_mode_needs_the_app_token(slack_client: AsyncWebClient) -> None:
    assert await error_of(slack_client.apps_connections_open(app_token=BOT_TOKEN)) == "not_allowed_token_type"


async def test_socket_admits_one_connection_per_ticket(slack_client: AsyncWebClient) -> None:
    url = (await slack_client.apps_connections_open(app_token=APP_TOKEN))["url"]

    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_unknown_method_is_refused(slack_client: AsyncWebClient) -> None:
    assert await error_of(slack_client.api_call("chat.explode")) == "unknown_method"


async def test_posted_card_is_in_the_channel(slack: SlackLookalike, slack_client: AsyncWebClient) -> None:
    posted = await slack_client.chat_postMessage(channel=PRIVACY.id, text="R-7KQ4M", blocks=[SECTION], metadata=TICKET)
    reply = await slack_client.chat_postMessage(channel=PRIVACY.id, text="done", thread_ts=posted["ts"])

    card, answer = slack.state.messages[PRIVACY.id]
    assert (card.ts, card.text, card.metadata, card.edited) == (posted["ts"], "R-7KQ4M", TICKET, "")
    assert card.blocks[0].items() >= SECTION.items()
    assert card.blocks[0]["block_id"]
    assert (answer.ts, answer.thread_ts) == (reply["ts"], card.ts)


async def test_direct_message_opens_its_conversation(slack: SlackLookalike, slack_client: AsyncWebClient) -> None:
    opened = (await slack_client.conversations_open(users=SECOND.id))["channel"]["id"]
    posted = await slack_client.chat_postMessage(channel=SECOND.id, text="please approve")

    assert posted["channel"] == opened
    assert [message.text for message in slack.state.messages[opened]] == ["please approve"]


@pytest.mark.filterwarnings("ignore:The top-level .text. argument:UserWarning")
async def test_what_slack_refuses_is_refused(slack_client: AsyncWebClient) -> None:
    channel = PRIVACY.id
    assert await error_of(slack_client.chat_postMessage(channel="C0NOWHERE", text="x")) == "channel_not_found"
    assert await error_of(slack_client.chat_postMessage(channel=channel, text="")) == "no_text"
    assert await error_of(slack_client.chat_postMessage(channel=channel, text="x" * 40_001)) == "msg_too_long"
    assert await error_of(slack_client.chat_postMessage(channel=channel, text="x", blocks=[{}])) == "invalid_blocks"
    assert (
        await error_of(slack_client.chat_postMessage(channel=channel, text="x", metadata={"a": 1}))
        == "invalid_metadata_format"
    )
    assert await error_of(slack_client.chat_update(channel=channel, ts="1.0", text="x")) == "message_not_found"
    assert await error_of(slack_client.chat_delete(channel=channel, ts="1.0")) == "message_not_found"
    assert (
        await error_of(slack_client.chat_postEphemeral(channel=channel, user="U0X", text="x")) == "user_not_in_channel"
    )
    assert await error_of(slack_client.users_info(user="U0X")) == "user_not_found"
    assert await error_of(slack_client.views_update(view_id="V0X", view=MODAL)) == "not_found"


async def test_update_changes_only_what_is_given(slack: SlackLookalike, slack_client: AsyncWebClient) -> None:
    posted = await slack_client.chat_postMessage(channel=PRIVACY.id, text="open", blocks=[SECTION], metadata=TICKET)
    await slack_client.chat_update(channel=PRIVACY.id, ts=posted["ts"], text="closed", blocks=[])

    (card,) = slack.state.messages[PRIVACY.id]
    assert (card.text, card.blocks, card.metadata) == ("closed", (), TICKET)
    assert float(card.edited) > float(card.ts)


async def test_deleted_message_is_gone(slack: SlackLookalike, slack_client: AsyncWebClient) -> None:
    posted = await slack_client.chat_postMessage(channel=PRIVACY.id, text="wrong channel")
    await slack_client.chat_delete(channel=PRIVACY.id, ts=posted["ts"])

    assert slack.state.messages[PRIVACY.id] == ()


async def test_ephemeral_message_is_not_in_the_channel(slack: SlackLookalike, slack_client: AsyncWebClient) -> None:
    await slack_client.chat_postEphemeral(channel=PRIVACY.id, user=OFFICER.id, text="only you")

    assert [message.text for message in slack.state.ephemerals[OFFICER.id]] == ["only you"]
    assert (await slack_client.conversations_history(channel=PRIVACY.id))["messages"] == []


async def test_history_is_newest_first_in_pages_without_replies(slack_client: AsyncWebClient) -> None:
    first = await slack_client.chat_postMessage(channel=PRIVACY.id, text="first", metadata=TICKET)
    await slack_client.chat_postMessage(channel=PRIVACY.id, text="reply", thread_ts=first["ts"])
    await slack_client.chat_postMessage(channel=PRIVACY.id, text="second")
    await slack_client.chat_postMessage(channel=PRIVACY.id, text="third")

    page = await slack_client.conversations_history(channel=PRIVACY.id, limit=2, include_all_metadata=True)
    assert [message["text"] for message in page["messages"]] == ["third", "second"]
    assert page["has_more"] is True
    rest = await slack_client.conversations_history(
        channel=PRIVACY.id, limit=2, include_all_metadata=True, cursor=page["response_metadata"]["next_cursor"]
    )
    assert [(message["text"], message["metadata"]) for message in rest["messages"]] == [("first", TICKET)]
    newer = await slack_client.conversations_history(channel=PRIVACY.id, oldest=first["ts"])
    assert [message["text"] for message in newer["messages"]] == ["third", "second"]


async def test_history_without_being_asked_hides_metadata(slack_client: AsyncWebClient) -> None:
    await slack_client.chat_postMessage(channel=PRIVACY.id, text="first", metadata=TICKET)

    (message,) = (await slack_client.conversations_history(channel=PRIVACY.id))["messages"]
    assert "metadata" not in message


async def test_users_info_tells_language_and_mail(slack_client: AsyncWebClient) -> None:
    user = (await slack_client.users_info(user=SECOND.id, include_locale=True))["user"]

    assert (user["name"], user["real_name"], user["profile"]["email"], user["locale"], user["tz"]) == (
        "simon",
        "Simon Second",
        "simon@shop.example",
        "de-DE",
        "Europe/Berlin",
    )


async def test_modal_needs_a_trigger(slack_client: AsyncWebClient) -> None:
    assert await error_of(slack_client.views_open(trigger_id="1.made-up", view=MODAL)) == "invalid_trigger_id"


async def test_home_is_replaced_unless_someone_was_faster(slack: SlackLookalike, slack_client: AsyncWebClient) -> None:
    home = {"type": "home", "blocks": [SECTION]}
    first = (await slack_client.views_publish(user_id=OFFICER.id, view=home))["view"]
    second = (await slack_client.views_update(view_id=first["id"], hash=first["hash"], view=home))["view"]

    assert second["id"] == first["id"]
    assert (
        await error_of(slack_client.views_publish(user_id=OFFICER.id, hash=first["hash"], view=home)) == "hash_conflict"
    )
    assert slack.state.homes[OFFICER.id].hash == second["hash"]


async def test_rate_limit_passes_after_the_calls_it_was_set_for(
    slack: SlackLookalike, slack_client: AsyncWebClient
) -> None:
    slack.fail("chat.postMessage", calls=2, retry_after=7)

    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await slack_client.chat_postMessage(channel=PRIVACY.id, text="hello")
        assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "7")
    await slack_client.chat_postMessage(channel=PRIVACY.id, text="hello")

    assert len(slack.state.messages[PRIVACY.id]) == 1


async def test_outage_is_a_server_error(slack: SlackLookalike, slack_client: AsyncWebClient) -> None:
    slack.fail("chat.postMessage", status=503)

    with pytest.raises(SlackApiError) as caught:
        await slack_client.chat_postMessage(channel=PRIVACY.id, text="hello")

    assert caught.value.response.status_code == 503


async def test_form_posts_are_read_like_json_and_kept_readable(slack: SlackLookalike) -> None:
    blocks = '[{"type": "section", "text": {"type": "mrkdwn", "text": "J\\u00fcrgen"}}]'
    form = {"token": BOT_TOKEN, "channel": PRIVACY.id, "text": "card", "blocks": blocks}

    async with aiohttp.ClientSession() as session, session.post(f"{slack.base_url}chat.postMessage", data=form) as sent:
        assert (await sent.json())["ok"] is True

    assert "Jürgen" in slack.payloads[-1]
    assert BOT_TOKEN not in slack.payloads[-1]


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ({"type": "carousel"}, "unsupported type: carousel"),
        ({"type": "header", "text": plain("x" * 151)}, "header.text must have 1 to 150 characters"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "x"}}, "header.text must be a text object (plain_text)"),
        ({"type": "section"}, "missing required field: text or fields"),
        ({"type": "section", "text": plain("")}, "section.text must have 1 to 3000 characters"),
        ({"type": "section", "fields": [plain("x")] * 11}, "no more than 10 fields allowed"),
        ({"type": "section", "fields": [plain("x" * 2001)]}, "section.field must have 1 to 2000 characters"),
        ({"type": "context", "elements": [plain("x")] * 11}, "between 1 and 10 elements needed"),
        ({"type": "actions", "elements": []}, "between 1 and 25 elements needed"),
        ({"type": "actions", "elements": [BUTTON, BUTTON]}, "action_id approve already exists"),
        ({"type": "actions", "elements": [BUTTON | {"style": "loud"}]}, "style must be primary or danger"),
        ({"type": "actions", "elements": [BUTTON | {"value": "x" * 2001}]}, "value is too long"),
        ({"type": "actions", "elements": [BUTTON | {"text": plain("x" * 76)}]}, "button.text must have 1 to 75"),
        ({"type": "actions", "elements": [BUTTON | {"action_id": "x" * 256}]}, "action_id is too long"),
        ({"type": "input", "label": TEXT}, "missing required field: element"),
        ({"type": "divider", "block_id": "x" * 256}, "block_id is too long"),
        (
            {"type": "section", "text": TEXT, "accessory": BUTTON | {"confirm": {"title": plain("Sure?")}}},
            "confirm.text must be a text object",
        ),
    ],
)
def test_block_that_slack_refuses_is_a_problem(block: dict[str, object], problem: str) -> None:
    assert block_problems([block])[0].startswith(problem)


def test_too_many_and_twin_blocks_are_problems() -> None:
    assert block_problems([{"type": "divider"}] * 51) == ["no more than 50 items allowed"]
    assert block_problems([{"type": "divider", "block_id": "a"}] * 2) == ["duplicate block_id: a"]


def test_long_title_and_metadata_of_a_modal_are_problems() -> None:
    modal = MODAL | {"title": plain("x" * 25), "private_metadata": "x" * 3001}

    assert view_problems(MODAL) == []
    assert view_problems(modal) == [
        "view.title must have 1 to 24 characters",
        "private_metadata must be less than 3001 characters",
    ]


OPTIONS = [{"text": plain(value), "value": value} for value in ("a", "b")]


@pytest.mark.parametrize(
    ("element", "value", "report"),
    [
        (BUTTON | {"value": "R-7KQ4M"}, None, {"type": "button", "text": TEXT, "value": "R-7KQ4M"}),
        ({"type": "static_select", "options": OPTIONS}, "b", {"type": "static_select", "selected_option": OPTIONS[1]}),
        ({"type": "checkboxes", "options": OPTIONS}, "a,b", {"type": "checkboxes", "selected_options": OPTIONS}),
        ({"type": "datepicker"}, "2026-03-02", {"type": "datepicker", "selected_date": "2026-03-02"}),
        ({"type": "plain_text_input"}, None, {"type": "plain_text_input", "value": None}),
    ],
)
def test_element_reports_as_slack_does(element: dict[str, object], value: str | None, report: object) -> None:
    assert used(element, value) == report
