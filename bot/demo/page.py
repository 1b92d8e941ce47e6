"""The demonstration in one local page: mail on the left, Slack in the middle, what came of it on the right."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit
from weakref import WeakSet

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError

import templates
from bot.demo.page_actions import ACTIONS, Action, Demo
from bot.demo.page_state import page_state
from bot.demo.page_world import (
    CommandHint,
    CrmChangeView,
    DemoWorld,
    ExampleMail,
    MailboxView,
    MailView,
    PersonView,
    RequestView,
    TicketView,
    UnknownMailError,
)
from bot.demo.slack import AppUnreachableError, LookalikeError, NoAnswerError, SlackLookalike

__all__ = [
    "CommandHint",
    "CrmChangeView",
    "DemoPage",
    "DemoWorld",
    "ExampleMail",
    "MailView",
    "MailboxView",
    "PersonView",
    "RequestView",
    "TicketView",
    "UnknownMailError",
]

TOKEN_HEADER = "X-Demo-Token"  # noqa: S105 a header's name
KEEP_ALIVE_SECONDS = 15.0
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_FOLDER = Path(templates.__file__).parent / "demo"
# Nothing inline, nothing from elsewhere; frames hold mails, which come from here too.
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A mail has a policy of its own (a srcdoc frame would inherit the page's, and lose the mail's inline styles).
# It runs no script, loads nothing, and only opens links in a new tab.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class DemoPage:
    """The page and its endpoints, for a browser on this machine only."""

    def __init__(self, world: DemoWorld, slack: SlackLookalike) -> None:
        self._demo = Demo(world, slack)
        self._token = secrets.token_urlsafe(24)
        self._streams: WeakSet[asyncio.Task[None]] = WeakSet()
        loader = FileSystemLoader(_FOLDER)
        self._templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)

    def application(self) -> web.Application:
        """Return the web application."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self._page)
        app.router.add_static("/static", _FOLDER / "static")
        app.router.add_get("/api/state", self._state)
        app.router.add_get("/api/events", self._events)
        app.router.add_get("/mail/{mail_id}", self._mail_html)
        for name, action in ACTIONS.items():
            app.router.add_post(f"/api/{name}", self._taking(action))
        app.on_shutdown.append(self._end_streams)
        return app

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Let in what comes from this machine's own page only: no rebound host name, no other site's form."""
        if request.url.host not in _LOOPBACK:
            raise web.HTTPForbidden
        if request.method == "POST" and not self._is_own(request):
            raise web.HTTPForbidden
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    def _is_own(self, request: web.Request) -> bool:
        """Does the request carry the page's token, and come from the page's origin if it names one?"""
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            return False
        return secrets.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), self._token.encode())

    async def _page(self, _request: web.Request) -> web.Response:
        page = self._templates.get_template("page.html").render(token=self._token)
        headers = {"Content-Security-Policy": _PAGE_POLICY, "X-Frame-Options": "DENY"}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def _state(self, _request: web.Request) -> web.Response:
        return web.json_response(await page_state(self._demo.world, self._demo.slack, self._demo.read))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Tell the page to fetch the state again after each change, until it goes away."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", **_HEADERS})
        await response.prepare(request)
        stream = asyncio.create_task(self._stream(response))
        self._streams.add(stream)
        await asyncio.wait({stream})
        return response

    async def _stream(self, response: web.StreamResponse) -> None:
        seen = (-1, -1)  # so that the page fetches the state at once
        try:
            while True:
                told = await self._changed(seen)
                seen = self._counts()
                await response.write(b"data: changed\n\n" if told else b": keep-alive\n\n")
        except ConnectionError:
            return  # the page was closed

    def _counts(self) -> tuple[int, int]:
        return self._demo.world.changes.count, self._demo.slack.changes.count

    async def _changed(self, seen: tuple[int, int]) -> bool:
        """Wait for a change of the world or of Slack beyond those seen; False after a while without one."""
        both = (self._demo.world.changes, self._demo.slack.changes)
        waits = [asyncio.create_task(changes.after(count)) for changes, count in zip(both, seen, strict=True)]
        try:
            done, _ = await asyncio.wait(waits, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            return bool(done)
        finally:
            for wait in waits:
                wait.cancel()

    async def _end_streams(self, _app: web.Application) -> None:
        for stream in self._streams:
            stream.cancel()

    async def _mail_html(self, request: web.Request) -> web.Response:
        """Return a mail's HTML under a policy that makes it inert; links open in a new tab."""
        wanted = request.match_info["mail_id"]
        mails = (mail for mailbox in await self._demo.world.mailboxes() for mail in mailbox.mails)
        found = next((mail for mail in mails if mail.id == wanted and mail.html), None)
        if found is None:
            raise web.HTTPNotFound
        text = f'<!doctype html><meta charset="utf-8"><base target="_blank">{found.html}'
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": _MAIL_POLICY})

    def _taking(self, action: type[Action]) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Return a handler that reads the body, acts, and answers with a word the page has a sentence for."""

        async def handle(request: web.Request) -> web.Response:
            try:
                await action.model_validate_json(await request.read()).act(self._demo)
            except ValidationError:
                return _refused("invalid", web.HTTPBadRequest.status_code)
            except UnknownMailError:
                return _refused("no_mail", web.HTTPNotFound.status_code)
            except NoAnswerError:
                return _refused("operation_timeout", web.HTTPGatewayTimeout.status_code)
            except AppUnreachableError:
                return _refused("dispatch_failed", web.HTTPBadGateway.status_code)
            except LookalikeError:
                return _refused("not_possible", web.HTTPConflict.status_code)
            return web.json_response({"ok": True})

        return handle


def _refused(error: str, status: int) -> web.Response:
    return web.json_response({"ok": False, "error": error}, status=status)
