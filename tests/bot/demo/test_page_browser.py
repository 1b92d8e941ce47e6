"""The demo page in a real Chromium: what people see and do there, and that hostile text stays text."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

import templates
from bot.demo.page import DemoPage
from bot.demo.slack import SlackLookalike
from tests.chromium_fixture import Tab, chromium_tab
from tests.demo_page_fixture import ANNA, INBOX, FakeWorld, furnish
from tests.slack_lookalike_fixture import GUEST, OFFICER, PRIVACY, SECOND, SIGNING_SECRET, over_socket_mode

pytestmark = pytest.mark.slow


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


SURE = {"title": plain("Erase?"), "text": plain("16 rows"), "confirm": plain("Erase"), "deny": plain("Not yet")}
APPROVE = {
    "type": "button",
    "action_id": "approve",
    "text": plain("Approve"),
    "value": "R-7KQ4M",
    "style": "danger",
    "confirm": SURE,
}
CARD = [
    {"type": "header", "text": plain("R-7KQ4M")},
    {"type": "section", "text": {"type": "mrkdwn", "text": "*deletion*\n> <https://example.org/map|the map>"}},
    {"type": "divider"},
    {"type": "actions", "elements": [APPROVE]},
]
MODAL = {
    "type": "modal",
    "callback_id": "refuse",
    "title": plain("Refuse R-7KQ4M"),
    "submit": plain("Refuse"),
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": plain("Why?"),
            "element": {"type": "plain_text_input", "action_id": "text"},
        }
    ],
}


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


@pytest.fixture
async def address(world: FakeWorld, slack: SlackLookalike) -> AsyncIterator[str]:
    async with TestServer(DemoPage(world, slack).application()) as server:
        yield str(server.make_url("/"))


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncIterator[Tab]:
    async with chromium_tab(tmp_path) as tab:
        yield tab


@pytest.fixture
async def seen(slack: SlackLookalike, slack_client: AsyncWebClient) -> AsyncIterator[list[str]]:
    """Run an app on the line; collect what reached it."""
    app = AsyncApp(client=slack_client, signing_secret=SIGNING_SECRET)
    happened: list[str] = []

    @app.command("/privacy")
    async def command(ack: Any, command: dict[str, Any], client: AsyncWebClient) -> None:
        if command["text"] == "list":
            await ack("one open ticket")
            return
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=MODAL)

    @app.action("approve")
    async def approve(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        happened.append(f"approved by {body['user']['id']}")
        await client.chat_update(channel=PRIVACY.id, ts=body["message"]["ts"], text="approved", blocks=[])

    @app.view("refuse")
    async def refuse(ack: Any, view: dict[str, Any]) -> None:
        reason = view["state"]["values"]["reason"]["text"]["value"]
        happened.append(reason)
        if reason == "because":
            await ack(response_action="errors", errors={"reason": "Say more"})
            return
        await ack()

    async with over_socket_mode(app, slack):
        yield happened


async def start(tab: Tab, address: str) -> None:
    await tab.open(address)
    await tab.until("document.documentElement.dataset.ready")


def text_of(selector: str) -> str:
    return f"document.querySelector('{selector}')?.innerText ?? ''"


async def click(tab: Tab, selector: str) -> None:
    await tab.until(f"document.querySelector('{selector}')")
    await tab.ask(f"document.querySelector('{selector}').click()")


async def type_in(tab: Tab, selector: str, text: str) -> None:
    await tab.ask(f"document.querySelector('{selector}').focus()")
    await tab.ask(f"document.querySelector('{selector}').value = ''")
    await tab.send("Input.insertText", text=text)


async def test_furnished_page_shows_mails_cards_tickets_and_changes(
    tab: Tab, address: str, world: FakeWorld, slack_client: AsyncWebClient
) -> None:
    furnish(world)
    await slack_client.chat_postMessage(channel=PRIVACY.id, text="R-7KQ4M", blocks=CARD)
    await start(tab, address)

    assert await tab.ask(text_of(f'[data-mailbox="{INBOX}"] .badge')) == "3"
    assert "Löschung meines Kundenkontos" in await tab.ask(text_of("#mail-list"))
    assert await tab.ask(text_of(".message .b-header")) == "R-7KQ4M"
    assert await tab.ask("document.querySelector('.message blockquote a').href") == "https://example.org/map"
    assert "31 days left" in await tab.ask(text_of("#tickets"))
    assert "11 High Street → 4 Mill Lane" in await tab.ask(text_of("#crm"))
    assert await tab.ask(text_of("#clock")) != ""
    assert tab.complaints == []


async def test_mail_is_written_from_an_example(tab: Tab, address: str, world: FakeWorld) -> None:
    await start(tab, address)
    await click(tab, "#write")
    await tab.ask("document.querySelectorAll('.example')[1].click()")
    await click(tab, "#mail-form button[type=submit]")
    await tab.until("document.querySelector('#mail-list .subject')")

    assert [(mail.sender, mail.subject) for mail in world.mails] == [(ANNA, "Löschung")]
    assert await tab.ask(text_of("#mail-list .subject")) == "Löschung"


async def test_mail_is_written_from_any_other_address(tab: Tab, address: str, world: FakeWorld) -> None:
    await start(tab, address)
    await click(tab, "#write")
    await tab.ask("document.querySelector('#mail-from').value = ''")
    await tab.ask("document.querySelector('#mail-from').dispatchEvent(new Event('change'))")
    await type_in(tab, "#mail-other", "new@else.example")
    await type_in(tab, "#mail-body", "Delete my data")
    await click(tab, "#mail-form button[type=submit]")
    await tab.until("!document.querySelector('#mail-list').hidden")

    assert [(mail.sender, mail.text) for mail in world.mails] == [("new@else.example", "Delete my data")]


async def test_letter_is_read_then_answered_and_only_the_portal_is_a_link(
    tab: Tab, address: str, world: FakeWorld
) -> None:
    text = f"See {world.portal_url}p/kq4m. Not https://evil.example/p"
    world.put(sender=INBOX, recipient=ANNA, subject="Received", text=text)
    await start(tab, address)
    await click(tab, f'[data-mailbox="{ANNA}"]')
    await click(tab, "[data-mail]")
    await tab.until(f"!document.querySelector('[data-mailbox=\"{ANNA}\"] .badge')")

    links = "[...document.querySelectorAll('.mail-text a')].map((a) => [a.href, a.target, a.rel])"
    assert await tab.ask(links) == [[f"{world.portal_url}p/kq4m", "_blank", "noopener noreferrer"]]
    await click(tab, "#reply")
    await type_in(tab, "#reply-body", "Thank you")
    await click(tab, ".reply button[type=submit]")
    await tab.until("document.querySelector('.reply').hidden")
    assert world.mails[-1].text == "Thank you"


async def test_hostile_text_stays_text(
    tab: Tab, address: str, world: FakeWorld, slack: SlackLookalike, slack_client: AsyncWebClient
) -> None:
    hostile = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script>"
    world.put(sender="x@else.example", recipient=INBOX, subject=hostile, text=f"javascript:alert(1) {hostile}")
    mrkdwn = {"type": "mrkdwn", "text": f"<javascript:window.pwned=1|press> {hostile}"}
    await slack_client.chat_postMessage(
        channel=PRIVACY.id, text=hostile, blocks=[{"type": "section", "text": mrkdwn, "fields": [mrkdwn]}]
    )
    await start(tab, address)
    assert await tab.ask(text_of("#mail-list .subject")) == hostile
    await click(tab, "[data-mail]")

    assert await tab.ask(text_of(".mail-text")) == f"javascript:alert(1) {hostile}"
    assert "press" in await tab.ask(text_of(".message .b-text"))
    assert await tab.ask("document.querySelectorAll('main img, main script, main a').length") == 0
    assert await tab.ask("window.pwned") is None
    assert tab.complaints == []


async def test_formatted_mail_runs_no_script_and_loads_nothing(tab: Tab, address: str, world: FakeWorld) -> None:
    html = (
        "<p>hello</p><script>parent.pwned=1; top.pwned=1</script>"
        f"<img src='{address}static/none.png' onerror='top.pwned=1'><form action='{address}'></form>"
    )
    world.put(sender="x@else.example", recipient=INBOX, subject="hi", text="hi", html=html)
    await start(tab, address)
    await tab.ask("document.addEventListener('load', (event) => { event.target.dataset.loaded = 'yes'; }, true)")
    await click(tab, "[data-mail]")
    await tab.until("document.querySelector('.mail-frame').dataset.loaded")

    sandbox = await tab.ask("document.querySelector('.mail-frame').getAttribute('sandbox')")
    assert sandbox == "allow-popups allow-popups-to-escape-sandbox"
    assert await tab.ask("window.pwned") is None
    assert await tab.ask("document.querySelector('.mail-frame').contentDocument") is None  # another origin


async def test_dangerous_button_asks_first(
    tab: Tab, address: str, slack_client: AsyncWebClient, seen: list[str]
) -> None:
    await slack_client.chat_postMessage(channel=PRIVACY.id, text="R-7KQ4M", blocks=CARD)
    await start(tab, address)
    await click(tab, "[data-action=approve]")
    assert await tab.ask("document.activeElement.innerText") == "Not yet"
    await tab.ask("document.activeElement.click()")
    assert await tab.ask("document.querySelector('#confirm').open") is False
    assert seen == []

    await click(tab, "[data-action=approve]")
    await click(tab, "[data-answer=yes]")
    await tab.until("document.querySelector('.message').innerText.includes('approved')")
    assert seen == [f"approved by {OFFICER.id}"]


async def test_each_member_sees_own_messages_only(tab: Tab, address: str, seen: list[str]) -> None:
    await start(tab, address)
    await tab.ask(f"document.querySelector('#who').value = '{SECOND.id}'")
    await tab.ask("document.querySelector('#who').dispatchEvent(new Event('change'))")
    await type_in(tab, "#command", "/privacy list")
    await click(tab, "#command-form button[type=submit]")
    await tab.until("document.querySelector('.message.ephemeral')")
    assert "Only visible to you" in await tab.ask(text_of(".message.ephemeral"))

    await tab.ask(f"document.querySelector('#who').value = '{GUEST.id}'")
    await tab.ask("document.querySelector('#who').dispatchEvent(new Event('change'))")
    assert await tab.ask("document.querySelectorAll('.message').length") == 0


async def test_modal_keeps_what_was_typed_until_it_is_accepted(tab: Tab, address: str, seen: list[str]) -> None:
    await start(tab, address)
    await type_in(tab, "#command", "/privacy refuse")
    await click(tab, "#command-form button[type=submit]")
    await tab.until("document.querySelector('#modal').open")
    await type_in(tab, "#modal input", "because")
    await click(tab, "#modal button[type=submit]")
    await tab.until("document.querySelector('#modal .b-error')")
    assert await tab.ask("document.querySelector('#modal input').value") == "because"
    assert await tab.ask(text_of("#modal .b-error")) == "Say more"

    await type_in(tab, "#modal input", "kept by tax law")
    await click(tab, "#modal button[type=submit]")
    await tab.until("!document.querySelector('#modal').open")
    assert seen == ["because", "kept by tax law"]


async def test_what_cannot_be_done_is_said(tab: Tab, address: str) -> None:
    await start(tab, address)
    await type_in(tab, "#command", "/privacy list")
    await click(tab, "#command-form button[type=submit]")  # no app is on the line
    await tab.until("document.querySelector('#notice.error')")

    assert "cannot be reached" in await tab.ask(text_of("#notice"))


async def test_clock_is_moved(tab: Tab, address: str, world: FakeWorld) -> None:
    await start(tab, address)
    await click(tab, "[data-step=week]")
    await tab.until("document.querySelector('#clock').innerText.startsWith('Mon, 9 Mar 2026')")

    assert world.advanced == [7]


NO_EVENTS = """window.EventSource = class extends EventTarget {
  constructor() { super(); queueMicrotask(() => this.dispatchEvent(new Event("error"))); }
};"""


@pytest.mark.parametrize("script", ["", NO_EVENTS], ids=["told by events", "polling without them"])
async def test_page_follows_what_happens(tab: Tab, address: str, slack_client: AsyncWebClient, script: str) -> None:
    await tab.send("Page.addScriptToEvaluateOnNewDocument", source=script)
    await start(tab, address)
    await slack_client.chat_postMessage(channel=PRIVACY.id, text="a new card")

    await tab.until("document.querySelector('.message')?.innerText.includes('a new card')")


@pytest.mark.parametrize("width", [1400, 800, 420])
async def test_nothing_sticks_out_and_everything_has_a_name(
    tmp_path: Path, address: str, world: FakeWorld, slack_client: AsyncWebClient, width: int
) -> None:
    furnish(world)
    await slack_client.chat_postMessage(channel=PRIVACY.id, text="R-7KQ4M", blocks=CARD)
    async with chromium_tab(tmp_path, width=width) as tab:
        await start(tab, address)
        await click(tab, "#write")

        assert await tab.ask("document.documentElement.scrollWidth") <= width
        nameless = (
            "[...document.querySelectorAll('input, select, textarea, button')].filter((e) => "
            "!(e.labels?.length || e.innerText?.trim() || e.ariaLabel)).length"
        )
        assert await tab.ask(nameless) == 0


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "panel"),
        ("ink", "raised"),
        ("soft", "panel"),
        ("soft", "raised"),
        ("soft", "warn-wash"),
        ("accent", "panel"),
        ("accent", "accent-wash"),
        ("on-accent", "accent"),
        ("panel", "ok"),
        ("panel", "bad"),
        ("ok", "ok-wash"),
        ("warn", "warn-wash"),
        ("bad", "bad-wash"),
        ("on-bar-soft", "bar"),
    ],
)
def test_text_has_contrast(scheme: int, ink: str, ground: str) -> None:
    style = (Path(templates.__file__).parent / "demo" / "static" / "style.css").read_text()
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", style.split(":root {")[scheme + 1]))

    lighter, darker = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
