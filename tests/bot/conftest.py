"""The cases over a real store on SQLite, with real letters; CRM, recogniser and clock are fakes."""

from collections.abc import Iterator

import pytest

from bot.cases import Cases
from bot.typeset import JinjaTypesetter
from handlers.desk import Desk
from handlers.recognition import Asked, Decision, Recognition
from handlers.rights import Right
from storage.crypto import Keyring
from storage.database import Database, make_engine
from storage.store import Store
from tests.conftest import MASTER
from tests.fakes import FakeClock, FakeCrm, FakeRecogniser
from tests.people import POLICY

ASKS = Recognition("en", Decision.ACT, (Asked(Right.ACCESS, 0.9, "a copy of my data"),))


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands at NOW."""
    return FakeClock()


@pytest.fixture
def crm() -> FakeCrm:
    """A CRM with Anna and Bernd."""
    return FakeCrm()


@pytest.fixture
def recogniser() -> FakeRecogniser:
    """A recogniser that finds a clear request for access in every mail."""
    return FakeRecogniser(ASKS)


@pytest.fixture
def cases(sqlite_store_url: str, clock: FakeClock, crm: FakeCrm, recogniser: FakeRecogniser) -> Iterator[Cases]:
    """The cases of the example shop."""
    store = Store(Database(make_engine(sqlite_store_url)), Keyring(MASTER), JinjaTypesetter())
    yield Cases(store, Desk(POLICY, recogniser, crm), clock=clock)
    store.close()
