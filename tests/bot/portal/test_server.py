"""The portal: each page in four languages, looking changes nothing, and a dead link says so."""

import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from openpyxl import load_workbook
from sqlalchemy import select

from bot.cases import Cases
from bot.portal.server import HEADERS, Portal
from bot.settings import LANGUAGES
from bot.typeset import letter_words, words
from handlers import identity, planning
from handlers.access import copy_link
from handlers.copy_files import WRITERS, as_json, as_xlsx
from handlers.crm import CrmUnavailable
from handlers.links import Link
from handlers.rights import Right
from handlers.tickets import Status, Ticket
from storage import journal, tables
from tests.fakes import FakeClock, FakeCrm, a_job
from tests.people import ANNA, COPY, NOW, PLAN, POLICY, a_request, a_ticket

Client = TestClient[Any, Any]


@pytest.fixture
async def client(cases: Cases) -> AsyncIterator[Client]:
    async with TestClient(TestServer(Portal(cases).application())) as opened:
        yield opened


class Tokens:
    """Notes the tokens that the handlers make, which no store and no letter row gives back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        for module in (identity, planning):
            monkeypatch.setattr(module, "new_token", self.make)

    def make(self) -> str:
        self.made.append(f"{len(self.made)}-t0k")
        return self.made[-1]


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> Tokens:
    return Tokens(monkeypatch)


def challenged(cases: Cases, tokens: Tokens, language: str = "en") -> str:
    asked = (a_request(Right.ACCESS), a_request(Right.DELETION))
    ticket = a_ticket(*asked, a_request(Right.CORRECTION), language=language, person=None)
    with cases.unit() as unit:
        identity.ask(unit, ticket, ANNA, asked, policy=POLICY, actor="")
    return f"/c/{tokens.made[-1]}"


def waiting(cases: Cases, tokens: Tokens, language: str = "en") -> str:
    with cases.unit() as unit:
        ticket = unit.save(
            a_ticket(a_request(Right.DELETION, Status.APPROVAL_ASKED, plan=PLAN), language=language), actor=""
        )
        planning.begin(unit, ticket, ticket.requests, policy=POLICY, actor="U1")
    return f"/x/{tokens.made[-1]}"


def copied(cases: Cases, _tokens: object = None, language: str = "en", **files: bytes) -> str:
    request = a_request(Right.ACCESS, Status.CARRIED_OUT)
    ticket = a_ticket(request, language=language)
    made = files or {"xlsx": as_xlsx(COPY, language=language), "json": as_json(COPY, language=language)}
    link: Link = copy_link(a_job(ticket, request, crm=FakeCrm()), made)
    with cases.unit() as unit:
        unit.save(ticket, actor="")
        unit.add_link(link)
        unit.extend_link(link.token, until=NOW + timedelta(days=POLICY.copy_days))  # as when the answer leaves
    return f"/d/{link.token}"


def everything(cases: Cases) -> list[str]:
    with cases.store.database.read() as connection:
        return [repr(row) for table in tables.metadata.sorted_tables for row in connection.execute(select(table))]


def the_ticket(cases: Cases) -> Ticket:
    ticket = cases.ticket("R-7KQ4M")
    assert ticket is not None
    return ticket


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("make", "section"), [(challenged, "confirm"), (waiting, "cancel"), (copied, "copy")])
async def test_each_page_in_each_language(
    cases: Cases, client: Client, tokens: Tokens, *, make: Any, section: str, language: str
) -> None:
    path = make(cases, tokens, language)
    before = everything(cases)
    for method in ("GET", "HEAD", "GET"):  # mail scanners look too
        response = await client.request(method, path)
        assert response.status == 200
    page = await response.text()
    said = words("portal", language)[section]
    assert f'<html lang="{language}">' in page
    assert f"<title>{said['title']}</title>" in page
    assert "R-7KQ4M" in page
    assert "{" not in page
    if section == "confirm":
        rights = letter_words(language)["rights"]
        assert rights["access"] in page
        assert rights["correction"] not in page
    assert everything(cases) == before
    assert {name: response.headers[name] for name in HEADERS} == HEADERS


async def test_only_the_button_confirms(cases: Cases, client: Client, tokens: Tokens) -> None:
    path = challenged(cases, tokens)
    response = await client.post(path)
    assert (response.status, "Thank you" in await response.text()) == (200, True)
    states = [request.status for request in the_ticket(cases).requests]
    assert states == [Status.APPROVAL_ASKED, Status.APPROVAL_ASKED, Status.RECEIVED]
    assert [(await client.get(path)).status, (await client.post(path)).status] == [410, 410]


async def test_without_crm_the_link_stays_good(cases: Cases, client: Client, tokens: Tokens, crm: FakeCrm) -> None:
    path = challenged(cases, tokens)
    crm.problem = CrmUnavailable()
    response = await client.post(path)
    assert (response.status, "Please try again later" in await response.text()) == (503, True)
    assert "no-store" in response.headers["Cache-Control"]
    crm.problem = None
    assert (await client.post(path)).status == 200


async def test_only_the_button_cancels(cases: Cases, client: Client, tokens: Tokens) -> None:
    path = waiting(cases, tokens)
    assert "26 November 2026" in await (await client.get(path)).text()
    response = await client.post(path)
    assert (response.status, "The erasure is cancelled" in await response.text()) == (200, True)
    assert [request.status for request in the_ticket(cases).requests] == [Status.WITHDRAWN]
    assert [(await client.get(path)).status, (await client.post(path)).status] == [410, 410]


@pytest.mark.parametrize(
    ("make", "later"),
    [(challenged, timedelta(hours=72)), (waiting, timedelta(days=3)), (copied, timedelta(days=14))],
)
async def test_an_expired_link_is_gone(
    cases: Cases, client: Client, clock: FakeClock, tokens: Tokens, *, make: Any, later: timedelta
) -> None:
    path = make(cases, tokens)
    clock.now = NOW + later - timedelta(seconds=1)
    assert (await client.get(path)).status == 200
    clock.now = NOW + later
    response = await client.get(path)
    assert (response.status, "This link no longer works" in await response.text()) == (410, True)
    assert {name: response.headers[name] for name in HEADERS} == HEADERS
    if path.startswith("/d"):
        assert (await client.get(f"{path}/json")).status == 410
    else:
        assert (await client.post(path)).status == 410


@pytest.mark.parametrize("kind", "cxd")
@pytest.mark.parametrize("token", ["wrong", "%27%20OR%201=1", "..", "x" * 4_000])
async def test_an_unknown_link_tells_nothing(cases: Cases, client: Client, kind: str, token: str) -> None:
    response = await client.get(f"/{kind}/{token}")
    assert response.status in {404, 410}
    assert "R-" not in await response.text()


async def test_a_token_opens_its_own_door_only(cases: Cases, client: Client, tokens: Tokens) -> None:
    path = copied(cases)
    token = path.rpartition("/")[2]
    assert [(await client.get(f"/{kind}/{token}")).status for kind in "cx"] == [410, 410]
    assert [(await client.post(f"/{kind}/{token}")).status for kind in "cx"] == [410, 410]
    assert (await client.post(path)).status == 405


@pytest.mark.parametrize(
    ("name", "content_type", "label"),
    [
        ("html", "text/html", "Download to read or print (HTML)"),
        ("zip", "application/zip", "Download as tables for other programs (CSV)"),
    ],
)
async def test_a_copy_to_print_and_one_for_programs_are_offered_as_downloads(
    cases: Cases, client: Client, name: str, content_type: str, label: str
) -> None:
    path = copied(cases, **{name: WRITERS[name](COPY, language="en")})
    assert label in await (await client.get(path)).text()
    answer = await client.get(f"{path}/{name}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="R-7KQ4M.{name}"'
    assert (answer.content_type, await answer.read()) == (content_type, WRITERS[name](COPY, language="en"))


async def test_the_files_have_names_without_a_person_and_each_fetch_is_noted(cases: Cases, client: Client) -> None:
    path = copied(cases)
    spreadsheet, data = await client.get(f"{path}/xlsx"), await client.get(f"{path}/json")
    assert spreadsheet.headers["Content-Disposition"] == 'attachment; filename="R-7KQ4M.xlsx"'
    assert data.headers["Content-Disposition"] == 'attachment; filename="R-7KQ4M.json"'
    assert (spreadsheet.content_type, data.content_type) == (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/json",
    )
    assert {name: data.headers[name] for name in HEADERS} == HEADERS
    assert load_workbook(io.BytesIO(await spreadsheet.read())).sheetnames == ["Contents", "Customer", "Orders"]
    assert json.loads(await data.read())["tables"][0]["rows"][0]["name"] == "Anna Nowak"
    with cases.store.database.read() as connection:
        fetched = [(entry.actor, entry.data) for _, entry in journal.read(connection) if entry.event == "copy.fetched"]
    assert fetched == [("person", {"file": "xlsx"}), ("person", {"file": "json"})]


async def test_only_the_files_of_the_copy_can_be_fetched(cases: Cases, client: Client) -> None:
    path = copied(cases, json=b"{}")
    page = await (await client.get(path)).text()
    assert (f"{path}/json" in page, f"{path}/xlsx" in page) == (True, False)
    assert (await client.get(f"{path}/xlsx")).status == 410
    assert (await client.get(f"{path}/exe")).status == 404


async def test_the_house_answers(client: Client) -> None:
    health = await client.get("/health")
    assert (health.status, await health.text()) == (200, "ok\n")
    style = await client.get("/static/portal.css")
    assert (style.status, style.content_type) == (200, "text/css")
    assert (await client.get("/")).status == 404
