"""The main story with PostgreSQL as own store and engine."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.settings import EngineSection, Settings, StoreSection
from handlers.ports import Recogniser
from tests.conftest import administer
from tests.journeys.access_story import GERMAN, play
from tests.journeys.company import open_company
from tests.journeys.journey import Journey


@pytest.fixture
def databases(postgres: sa.URL) -> Iterator[dict[str, str]]:
    """The URLs of two empty databases: store and engine."""
    names = {part: f"{part}_{uuid.uuid4().hex}" for part in ("store", "engine")}
    for name in names.values():
        administer(postgres, f"CREATE DATABASE {name}")
    # As people write it; which driver it takes is the bot's affair.
    server = postgres.set(drivername="postgresql")
    yield {part: server.set(database=name).render_as_string(hide_password=False) for part, name in names.items()}
    for name in names.values():
        administer(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def test_the_main_story_on_postgresql(
    databases: dict[str, str], time_limit: None, tmp_path: Path, recogniser: Recogniser, crm: Path
) -> None:
    def change(settings: Settings) -> Settings:
        store = StoreSection(url=databases["store"], key_file=settings.store.key_file)
        return settings.model_copy(update={"store": store, "engine": EngineSection(url=databases["engine"])})

    async with open_company(tmp_path, recogniser=recogniser, crm=crm, change=change) as company:
        await play(Journey(company), GERMAN)
    assert _databases(tmp_path) == ["crm.db"]


def _databases(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.db")]
