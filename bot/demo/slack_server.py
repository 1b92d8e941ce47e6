"""The look-alike's doors for the app: the Web API, response_url and the Socket Mode WebSocket."""

import json
from dataclasses import dataclass

from aiohttp import web

from bot.demo.slack_api import WebApi
from bot.demo.slack_delivery import SocketMode
from bot.demo.slack_interactions import Interactions, answer
from bot.demo.slack_state import Json, SlackRefusalError, Workspace
from bot.demo.slack_wire import unnested

_SCOPES = "chat:write,commands,channels:history,im:write,users:read,users:read.email"


@dataclass
class _Trouble:
    """How the next calls of a method fail."""

    calls: int
    status: int
    retry_after: int


class SlackServer:
    """Listens on a free loopback port and notes everything the app sends."""

    def __init__(
        self,
        *,
        workspace: Workspace,
        interactions: Interactions,
        sockets: SocketMode,
        bot_token: str,
        app_token: str,
    ) -> None:
        self.payloads: list[str] = []
        self.root = ""
        self._workspace = workspace
        self._interactions = interactions
        self._sockets = sockets
        self._api = WebApi(
            workspace=workspace,
            interactions=interactions,
            bot_token=bot_token,
            app_token=app_token,
            socket_url=self._socket_url,
        )
        self._troubles: dict[str, _Trouble] = {}

    async def start(self) -> None:
        """Start listening; `root` is known afterwards."""
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._serve_api)
        app.router.add_post("/respond/{token}", self._serve_response_url)
        app.router.add_get("/socket/{ticket}", self._sockets.serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.root = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close all connections and stop listening."""
        await self._sockets.close()
        await self._runner.cleanup()

    def fail(self, method: str, *, calls: int, status: int, retry_after: int) -> None:
        """Let the next calls of a method fail."""
        self._troubles[method] = _Trouble(calls, status, retry_after)

    def note(self, method: str, body: Json) -> None:
        """Keep what the app sent, readable as it was meant (no escapes)."""
        self.payloads.append(json.dumps({"method": method, "body": body}, ensure_ascii=False))

    def _socket_url(self) -> str:
        return f"{self.root.replace('http', 'ws', 1)}/socket/{self._sockets.ticket()}"

    async def _serve_api(self, request: web.Request) -> web.Response:
        method, args = request.match_info["method"], await _arguments(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(args.pop("token", ""))
        self.note(method, args)
        trouble = self._troubles.get(method)
        if trouble is not None and trouble.calls > 0:
            trouble.calls -= 1
            return _failure(trouble)
        return web.json_response(self._api.call(method, token=token, args=args), headers={"x-oauth-scopes": _SCOPES})

    async def _serve_response_url(self, request: web.Request) -> web.Response:
        body = await _arguments(request)
        self.note("response_url", body)
        try:
            interaction = self._interactions.by_token(request.match_info["token"])
            answer(self._workspace, interaction, body)
        except SlackRefusalError as refusal:
            return web.Response(status=web.HTTPNotFound.status_code, text=refusal.code)
        return web.Response(text="ok")


async def _arguments(request: web.Request) -> Json:
    """Return what the app sent, whether as JSON, form or query."""
    if request.content_type == "application/json":
        body: Json = await request.json()
        return {**request.query, **body}
    return unnested({**request.query, **await request.post()})


def _failure(trouble: _Trouble) -> web.Response:
    if trouble.status == web.HTTPTooManyRequests.status_code:
        headers = {"Retry-After": str(trouble.retry_after)}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=trouble.status, headers=headers)
    return web.json_response({"ok": False, "error": "internal_error"}, status=trouble.status)
