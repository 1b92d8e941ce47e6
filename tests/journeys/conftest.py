"""The company of a journey: the model is loaded once, everything else is new for every test."""

import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import FrameType

import pytest

from bot.demo import crm_sample
from nlp.recognise import SpacyRecogniser
from tests.journeys.company import MovableClock, open_company
from tests.journeys.journey import Journey

PEOPLE = 40
TEST_SECONDS = 90


@pytest.fixture(scope="session")
def recogniser() -> SpacyRecogniser:
    """The shipped model."""
    return SpacyRecogniser.load()


@pytest.fixture(scope="session")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample CRM as a file to copy."""
    path = tmp_path_factory.mktemp("journeys") / "crm.db"
    crm_sample.build(f"sqlite:///{path}", people=PEOPLE, today=MovableClock()().date())
    return path


@pytest.fixture
def time_limit() -> Iterator[None]:
    """Break a test off that hangs, wherever it does."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"the journey did not end within {TEST_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(TEST_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
async def journey(time_limit: None, tmp_path: Path, recogniser: SpacyRecogniser, crm: Path) -> AsyncIterator[Journey]:
    """A company whose staff sit in Slack by Socket Mode."""
    async with open_company(tmp_path, recogniser=recogniser, crm=crm) as company:
        yield Journey(company)
