"""Two bots at once on one SQLite store would do things twice: the second one is refused."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.demo import crm_sample
from bot.demo.world import free_port
from storage.crypto import MasterKey

pytestmark = pytest.mark.slow

MAP = Path(crm_sample.__file__).with_name("crm.yaml")
MISUSE = 2
LIMIT_SECONDS = 60.0

_SETTINGS = """
[store]
url = "sqlite:///{data}/rightsdesk.db"
key_file = "{data}/rightsdesk.key"
[engine]
url = "sqlite:///{data}/engine.db"
[crm]
url = "sqlite:///{data}/crm.db"
map = "{map}"
[portal]
port = {port}
"""


def settings_file(folder: Path, *, data: Path) -> Path:
    """Write the settings of a bot without doors that works on the store in `data`."""
    folder.mkdir(exist_ok=True)
    path = folder / "rightsdesk.toml"
    path.write_text(_SETTINGS.format(data=data, map=MAP, port=free_port()), encoding="utf-8")
    return path


@asynccontextmanager
async def command(config: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `rightsdesk run`, and end it in the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", "--config", config, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def said(process: asyncio.subprocess.Process, text: str) -> None:
    """Wait until a process has written a line that begins so."""
    assert process.stderr is not None
    lines: list[str] = []
    async with asyncio.timeout(LIMIT_SECONDS):
        while line := (await process.stderr.readline()).decode():
            if line.startswith(text):
                return
            lines.append(line)
    raise AssertionError("".join(lines))


@pytest.mark.parametrize("folder_of_second", ["first", "second"])
async def test_second_bot_on_the_same_store_is_refused(tmp_path: Path, folder_of_second: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    MasterKey.generate().write(data / "rightsdesk.key")
    crm_sample.build(f"sqlite:///{data / 'crm.db'}", people=1, today=datetime.now(UTC).date())
    async with command(settings_file(tmp_path / "first", data=data)) as first:
        await said(first, "Rightsdesk is running")

        async with command(settings_file(tmp_path / folder_of_second, data=data)) as second:
            _, stderr = await asyncio.wait_for(second.communicate(), LIMIT_SECONDS)

        assert second.returncode == MISUSE
        message = " ".join(stderr.decode().split())
        assert re.match(rf"another Rightsdesk \(process {first.pid}\) works on this store: stop it first", message)
        assert first.returncode is None
