"""The main story with Dovecot over TLS as the inbox, and with settings from a file."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from bot import settings as bot_settings
from bot.settings import Settings
from handlers.ports import Recogniser
from tests.journeys.access_story import GERMAN, play
from tests.journeys.company import open_company
from tests.journeys.journey import Journey
from tests.mailservers import Dovecot, make_certificate, require_dovecot, running_dovecot

SETTINGS = """
[controller]
name = "Example Shop"
address = "{server.user}"

[imap]
host = "{server.host}"
port = {server.port}
user = "{server.user}"
password_file = "imap.password"
ca_file = "{server.certificate.ca_file}"
processed_folder = "Done"

[smtp]
host = "{smtp.host}"
port = {smtp.port}
tls = "none"

[slack]
mode = "socket"
channel = "{slack.channel}"
approvers = ["{slack.approvers[0]}"]
bot_token = "{bot_token}"
app_token = "{app_token}"
api_url = "{slack.api_url}"

[store]
url = "sqlite:///rightsdesk.db"
key_file = "rightsdesk.key"

[engine]
url = "sqlite:///engine.db"

[crm]
url = "sqlite:///crm.db"
map = "{crm.map}"

[portal]
url = "{portal.url}"
port = {portal.port}
"""


@pytest.fixture
async def server(time_limit: None, tmp_path: Path) -> AsyncIterator[Dovecot]:
    require_dovecot()
    async with running_dovecot(make_certificate(tmp_path / "tls")) as running:
        yield running


async def test_the_main_story_through_dovecot(
    server: Dovecot, tmp_path: Path, recogniser: Recogniser, crm: Path
) -> None:
    def from_file(demo: Settings) -> Settings:
        (tmp_path / "imap.password").write_text(f"{server.password}\n")
        path = tmp_path / "rightsdesk.toml"
        secrets = {"bot_token": demo.slack.bot, "app_token": demo.slack.app}
        path.write_text(SETTINGS.format(server=server, **dict(demo), **secrets))
        return bot_settings.load(path)

    async def hand_in(raw: bytes, _to: str) -> None:
        server.deliver(raw, name=uuid4().hex)

    async with open_company(tmp_path, recogniser=recogniser, crm=crm, change=from_file, hand_in=hand_in) as company:
        await play(Journey(company), GERMAN)
    assert server.folder("") == []
    assert len(server.folder("Done")) == 2
