"""One tab of a real headless Chromium, driven through its DevTools protocol."""

import asyncio
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

WAIT_SECONDS = 20
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)

# Resolves as soon as the expression holds, looking again after every change of the document.
UNTIL = """new Promise((done, fail) => {
  const look = () => { try { if (%s) { watch.disconnect(); done(true); } } catch { /* not there yet */ } };
  const watch = new MutationObserver(look);
  watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  document.addEventListener("scroll", look, true);
  setTimeout(() => fail(new Error("waited in vain")), %d);
  look();
})"""


class Tab:
    """A page in the browser; errors of its scripts and what its policy blocked are kept."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.complaints: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()

    async def listen(self) -> None:
        """Take what the browser says until it hangs up."""
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            elif said["method"] == "Page.loadEventFired":
                self._loaded.set()
            elif said["method"] in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.complaints.append(json.dumps(said["params"]))

    async def send(self, method: str, **params: object) -> dict[str, Any]:
        """Call a method of the protocol."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        said = await asyncio.wait_for(answer, WAIT_SECONDS + 5)
        assert "error" not in said, said
        result: dict[str, Any] = said["result"]
        return result

    async def open(self, url: str) -> None:
        """Go to a page and wait until it has loaded."""
        self._loaded.clear()
        await self.send("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), WAIT_SECONDS)

    async def ask(self, expression: str) -> Any:
        """Return the value of a JavaScript expression; a promise is waited for."""
        said = await self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in said, f"{expression}: {said['exceptionDetails']}"
        return said["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until a JavaScript expression holds."""
        await self.ask(UNTIL % (expression, WAIT_SECONDS * 1000))


@asynccontextmanager
async def chromium_tab(folder: Path, *, width: int = 1400, height: int = 900, dark: bool = False) -> AsyncIterator[Tab]:
    """Start a browser with a profile in the folder; skip without one, but not in CI."""
    program = shutil.which("chromium")
    if program is None:
        assert os.environ.get("CI") != "true", "chromium is missing"
        pytest.skip("chromium is not installed")
    process = await asyncio.create_subprocess_exec(
        program,
        *OPTIONS,
        f"--user-data-dir={folder / 'profile'}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        address = await asyncio.wait_for(_address(process), WAIT_SECONDS)
        async with aiohttp.ClientSession() as session, session.ws_connect(await _page(session, address)) as socket:
            tab = Tab(socket)
            listening = asyncio.create_task(tab.listen())
            for domain in ("Page", "Runtime", "Log"):
                await tab.send(f"{domain}.enable")
            scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
            await tab.send("Emulation.setEmulatedMedia", features=scheme)
            await tab.send(
                "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
            )
            yield tab
            listening.cancel()
    finally:
        process.terminate()
        await process.communicate()


async def _address(process: asyncio.subprocess.Process) -> str:
    """Return the host and port that the browser says it listens on."""
    assert process.stderr is not None
    while line := (await process.stderr.readline()).decode():
        if "DevTools listening on ws://" in line:
            return line.split("ws://")[1].split("/")[0]
    raise AssertionError("chromium did not start")


async def _page(session: aiohttp.ClientSession, address: str) -> str:
    async with session.get(f"http://{address}/json/list") as answer:
        targets = await answer.json()
    return next(str(target["webSocketDebuggerUrl"]) for target in targets if target["type"] == "page")
