"""The portal's pages: confirm an identity, cancel an erasure, fetch a copy. No account, only links that expire."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp_jinja2
import jinja2
from aiohttp import web
from babel.dates import format_date, format_datetime

from bot.cases import Cases
from bot.typeset import LOCALES, TEMPLATES, letter_words, words
from handlers.crm import CrmUnavailable
from handlers.links import CANCEL, Link
from handlers.ports import StaleTicket
from handlers.tickets import Request, Status, Ticket

FOLDER = TEMPLATES / "portal"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
CONTENT_TYPES = {
    "html": "text/html",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Page:
    """A page to be shown: its template, what fills it, and whose ticket it is about."""

    template: str
    section: Mapping[str, str]
    ticket: Ticket | None
    values: Mapping[str, Any]
    status: int = 200


class Portal:
    """The pages over the cases."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    def application(self) -> web.Application:
        """Return the web application."""
        app = web.Application(middlewares=[_with_headers])
        aiohttp_jinja2.setup(
            app, loader=jinja2.FileSystemLoader(FOLDER), undefined=jinja2.StrictUndefined, autoescape=True
        )
        app.add_routes(
            [
                web.get("/c/{token}", self._ask_confirmation),
                web.post("/c/{token}", self._confirm),
                web.get("/x/{token}", self._ask_cancellation),
                web.post("/x/{token}", self._cancel),
                web.get("/d/{token}", self._copy),
                web.get(f"/d/{{token}}/{{file:{'|'.join(CONTENT_TYPES)}}}", self._file),
                web.get("/static/portal.css", _style),
                web.get("/health", _health),
            ]
        )
        return app

    async def _ask_confirmation(self, request: web.Request) -> web.Response:
        # Looking changes nothing: mail scanners open links too. Only the button confirms.
        found = await asyncio.to_thread(self._cases.challenged, request.match_info["token"])
        if found is None:
            return self._gone(request)
        ticket, asked = found
        catalogue, rights = self._words(ticket), letter_words(self._language(ticket))["rights"]
        received_on = self._day(ticket, ticket.clock.received_on)
        values = {
            "text": catalogue["confirm"]["text"].format(received_on=received_on),
            "rights": [rights[one.right] for one in asked],
            "button": catalogue["confirm"]["button"],
            "otherwise": catalogue["confirm"]["otherwise"],
        }
        return self._show(request, Page("confirm", catalogue["confirm"], ticket, values))

    async def _confirm(self, request: web.Request) -> web.Response:
        try:
            ticket = await asyncio.to_thread(self._cases.confirm, request.match_info["token"])
        except CrmUnavailable:
            return self._later(request)
        except StaleTicket:
            return self._gone(request)  # the same button, pressed twice at once
        return self._done(request, ticket, "confirm") if ticket else self._gone(request)

    async def _ask_cancellation(self, request: web.Request) -> web.Response:
        found = await asyncio.to_thread(self._cases.linked, request.match_info["token"], kind=CANCEL)
        waiting = _waiting(*found) if found else None
        if found is None or waiting is None or waiting.due_at is None:
            return self._gone(request)
        ticket, catalogue = found[1], self._words(found[1])
        day = waiting.due_at.astimezone(self._cases.policy.controller.zone).date()
        values = {
            "text": catalogue["cancel"]["text"].format(date=self._day(ticket, day)),
            "button": catalogue["cancel"]["button"],
        }
        return self._show(request, Page("cancel", catalogue["cancel"], ticket, values))

    async def _cancel(self, request: web.Request) -> web.Response:
        try:
            ticket = await asyncio.to_thread(self._cases.cancel, request.match_info["token"])
        except StaleTicket:
            return self._gone(request)  # the same button, pressed twice at once
        return self._done(request, ticket, "cancel") if ticket else self._gone(request)

    async def _copy(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        found = await asyncio.to_thread(self._cases.copy, token)
        if found is None:
            return self._gone(request)
        link, ticket = found
        catalogue = self._words(ticket)
        until = link.expires_at.astimezone(self._cases.policy.controller.zone)
        moment = format_datetime(until, "long", tzinfo=until.tzinfo, locale=self._locale(ticket))
        files = [{"href": f"/d/{token}/{name}", "label": catalogue["copy"][name]} for name in link.files]
        values = {"text": catalogue["copy"]["text"].format(valid_until=moment), "files": files}
        return self._show(request, Page("copy", catalogue["copy"], ticket, values))

    async def _file(self, request: web.Request) -> web.Response:
        found = await asyncio.to_thread(self._cases.copy, request.match_info["token"])
        name = request.match_info["file"]
        if found is None or name not in found[0].files:
            return self._gone(request)
        link, ticket = found
        await asyncio.to_thread(self._cases.fetched, ticket, name)
        disposition = f'attachment; filename="{ticket.reference}.{name}"'
        return web.Response(
            body=link.files[name], content_type=CONTENT_TYPES[name], headers={"Content-Disposition": disposition}
        )

    def _words(self, ticket: Ticket | None) -> Mapping[str, Any]:
        return words("portal", self._language(ticket))

    def _language(self, ticket: Ticket | None) -> str:
        return self._cases.policy.language(ticket.language if ticket else "")

    def _locale(self, ticket: Ticket) -> str:
        language = self._language(ticket)
        return LOCALES.get(language, language)

    def _day(self, ticket: Ticket, day: Any) -> str:
        return format_date(day, "long", locale=self._locale(ticket))

    def _gone(self, request: web.Request) -> web.Response:
        section = self._words(None)["gone"]
        return self._show(request, Page("message", section, None, {"text": section["text"]}, status=410))

    def _later(self, request: web.Request) -> web.Response:
        """Nothing was noted: the link stays good."""
        section = self._words(None)["later"]
        return self._show(request, Page("message", section, None, {"text": section["text"]}, status=503))

    def _done(self, request: web.Request, ticket: Ticket, kind: str) -> web.Response:
        section = self._words(ticket)[kind]
        page = Page("message", {"title": section["done_title"]}, ticket, {"text": section["done"]})
        return self._show(request, page)

    def _show(self, request: web.Request, page: Page) -> web.Response:
        footer = ""
        if page.ticket:
            name = self._cases.policy.controller.name
            text = self._words(page.ticket)["footer"]["text"]
            footer = text.format(controller=name, reference=page.ticket.reference)
        values = {
            "language": self._language(page.ticket),
            "title": page.section["title"],
            "footer": footer,
            **page.values,
        }
        return aiohttp_jinja2.render_template(f"{page.template}.html.j2", request, values, status=page.status)


def _waiting(link: Link, ticket: Ticket) -> Request | None:
    request = ticket.request(link.request_id)
    return request if request and request.status is Status.WAITING else None


@web.middleware
async def _with_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        response = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(HEADERS)
        raise
    response.headers.update(HEADERS)
    return response


async def _style(_request: web.Request) -> web.StreamResponse:
    return web.FileResponse(FOLDER / "portal.css")


async def _health(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")
