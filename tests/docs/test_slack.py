"""docs/slack-manifest.yaml makes an app that can do what the code does, and no more; docs/slack.md explains it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.app import SLACK_PATH
from bot.check import _SLACK_REMEDIES
from bot.slack.app import COMMAND
from bot.slack.cards import GROUNDS
from tests.docs import markdown, source

# Web API methods and the bot scopes that Slack wants for them; the histories of both kinds of channel.
SCOPES = {
    "auth_test": set(),
    "apps_connections_open": set(),  # the app token's own scope, connections:write
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history"},
    "users_info": {"users:read", "users:read.email"},
}
CALLERS = [*sorted((markdown.ROOT / "bot" / "slack").glob("*.py")), markdown.ROOT / "bot" / "check.py"]


@pytest.fixture(scope="module")
def manifest() -> Any:
    return yaml.safe_load(markdown.read("slack-manifest.yaml"))


def web_api_calls(path: Path) -> set[str]:
    """Return the methods of the Web API that are called on what is named, or made by, a client."""
    return {name for on, name, _ in source.calls(path) if "client" in on}


def test_scopes_are_those_of_the_methods_that_the_code_calls(manifest: Any) -> None:
    called = {method for path in CALLERS for method in web_api_calls(path)}
    assert called == set(SCOPES)
    needed = set[str]().union(*(SCOPES[method] for method in called), {"commands"})
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed


def test_slash_command_is_the_one_that_the_code_listens_to(manifest: Any) -> None:
    assert [command["command"] for command in manifest["features"]["slash_commands"]] == [COMMAND]


def test_buttons_work_and_nothing_is_subscribed_to(manifest: Any) -> None:
    settings = manifest["settings"]
    assert settings["interactivity"]["is_enabled"]
    assert settings["socket_mode_enabled"]
    assert "event_subscriptions" not in settings


def test_comments_name_the_path_that_the_code_serves() -> None:
    assert markdown.read("slack-manifest.yaml").count(f"https://privacy.shop.example{SLACK_PATH}") == 2


def test_every_scope_is_explained(manifest: Any) -> None:
    explained = [word for row in markdown.rows(_section("Why each scope")) for word in markdown.code_words(row[0])]
    assert sorted(explained) == sorted(manifest["oauth_config"]["scopes"]["bot"])


def test_every_ground_of_a_refusal_is_named() -> None:
    assert set(GROUNDS) <= set(markdown.code_words(_section("Commands")))


def test_every_remedy_of_the_check_is_explained() -> None:
    table = _section("When something is wrong")
    assert set(_SLACK_REMEDIES) <= {word for row in markdown.rows(table) for word in markdown.code_words(row[0])}


def _section(title: str) -> str:
    return markdown.section(markdown.read("slack.md"), title)
