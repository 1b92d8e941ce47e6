"""How the look-alike reaches the app: a Socket Mode WebSocket or signed HTTP requests."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.demo.slack_state import APP_ID, AppUnreachableError, Changes, Json, NoAnswerError

# An app that has not acknowledged after this many seconds failed, as in Slack.
ACK_SECONDS = 3.0

COMMANDS = "slash_commands"
INTERACTIVE = "interactive"
EVENTS = "events_api"


class Delivery(Protocol):
    """A way to the app."""

    async def deliver(self, kind: str, payload: Json) -> Json:
        """Hand over one payload and return the ack's payload. Raises AppUnreachableError or NoAnswerError."""
        ...


class SocketMode:
    """The WebSocket side of Socket Mode; each payload goes to the connection opened last."""

    def __init__(self) -> None:
        self.arrivals = Changes()
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._acks: dict[str, asyncio.Future[Json]] = {}

    @property
    def is_connected(self) -> bool:
        """Is there an app on the line?"""
        return bool(self._sockets)

    def ticket(self) -> str:
        """Return a secret that admits one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Keep one connection: say hello, then take acks until it closes."""
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(_hello(len(self._sockets) + 1))
        self._sockets.append(socket)
        self.arrivals.tell()
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take_ack(message.json())
        finally:
            self._sockets.remove(socket)
        return socket

    async def deliver(self, kind: str, payload: Json) -> Json:
        """Send an envelope and wait for the ack with its id. Raises AppUnreachableError or NoAnswerError."""
        if not self._sockets:
            raise AppUnreachableError("no app is connected")
        envelope_id = secrets.token_hex(8)
        ack = self._acks[envelope_id] = asyncio.get_running_loop().create_future()
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "accepts_response_payload": kind != EVENTS,
            "payload": payload,
        }
        try:
            await self._sockets[-1].send_json(envelope)
            return await asyncio.wait_for(ack, ACK_SECONDS)
        except ConnectionError:
            raise AppUnreachableError("the app is gone") from None
        except TimeoutError:
            raise NoAnswerError("no ack") from None
        finally:
            del self._acks[envelope_id]

    async def refresh(self) -> None:
        """Ask the app to come back on a new connection, as Slack does every few hours, and wait until it has."""
        seen, old = self.arrivals.count, list(self._sockets)
        for socket in old:
            await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})
        if old:
            await self.arrivals.after(seen)

    async def close(self) -> None:
        """Close all connections."""
        for socket in list(self._sockets):
            await socket.close(code=aiohttp.WSCloseCode.GOING_AWAY)

    def _take_ack(self, message: Json) -> None:
        ack = self._acks.get(str(message.get("envelope_id")))
        if ack is not None and not ack.done():
            ack.set_result(message.get("payload") or {})


class HttpMode:
    """Delivery by signed requests to the app's request URL."""

    def __init__(
        self,
        *,
        url: str,
        signing_secret: str,
        session: aiohttp.ClientSession,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._secret = signing_secret
        self._session = session
        self._clock = clock

    async def deliver(self, kind: str, payload: Json) -> Json:
        """Post one payload and read the ack from the answer. Raises AppUnreachableError or NoAnswerError."""
        content_type, body = _encoded(kind, payload)
        headers = {"Content-Type": content_type, **signature(self._secret, body=body, at=int(self._clock()))}
        timeout = aiohttp.ClientTimeout(total=ACK_SECONDS)
        try:
            async with self._session.post(self._url, data=body, headers=headers, timeout=timeout) as response:
                if response.status != web.HTTPOk.status_code:
                    raise AppUnreachableError(f"the app answered {response.status}")
                return _ack_from(response.content_type, await response.text())
        except TimeoutError:
            raise NoAnswerError("no ack") from None
        except aiohttp.ClientError:
            raise AppUnreachableError("the request URL cannot be reached") from None


def signature(secret: str, *, body: str, at: int) -> Mapping[str, str]:
    """Return the headers that prove a request is Slack's (docs.slack.dev, verifying requests from Slack)."""
    digest = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": f"v0={digest}"}


def _encoded(kind: str, payload: Json) -> tuple[str, str]:
    if kind == EVENTS:
        return "application/json", json.dumps(payload)
    fields = payload if kind == COMMANDS else {"payload": json.dumps(payload)}
    return "application/x-www-form-urlencoded", urlencode(fields)


def _ack_from(content_type: str, body: str) -> Json:
    if not body:
        return {}
    if content_type != "application/json":
        return {"text": body}
    ack: Json = json.loads(body)
    return ack


def _hello(connections: int) -> Json:
    return {"type": "hello", "num_connections": connections, "connection_info": {"app_id": APP_ID}, "debug_info": {}}
