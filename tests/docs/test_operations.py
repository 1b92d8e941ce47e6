"""docs/operations.md explains every log event, and its service file starts a command that exists."""

import configparser

import pytest

from bot.portal.server import Portal
from tests.docs import markdown, source

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def logged() -> set[str]:
    return {
        source.first_text(call, path).split()[0]
        for path in source.files()
        for logger, name, call in source.calls(path)
        if logger == "log" and name in LEVELS
    }


def test_every_log_event_is_explained_and_no_other() -> None:
    table = markdown.section(markdown.read("operations.md"), "Logs")
    assert sorted(cells[0].strip("`") for cells in markdown.rows(table)) == sorted(logged())


@pytest.fixture
def service() -> configparser.SectionProxy:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys keep their case
    parser.read_string(markdown.blocks(markdown.read("operations.md"), "ini")[0])
    return parser["Service"]


def test_service_runs_the_bot_from_its_state_directory(service: configparser.SectionProxy) -> None:
    assert service["ExecStart"].endswith("/rightsdesk run")
    assert service["WorkingDirectory"] == f"/var/lib/{service['StateDirectory']}"


def test_health_is_where_the_page_says() -> None:
    portal = Portal(None)  # type: ignore[arg-type]  # nothing is asked of the cases
    assert "/health" in {resource.canonical for resource in portal.application().router.resources()}
    assert "`GET /health`" in markdown.read("operations.md")
