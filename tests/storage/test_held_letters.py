"""A letter that lacks something is kept, shown to the staff, and never sent."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from sqlalchemy import select

from bot.cases import Cases
from bot.typeset import TEMPLATES, JinjaTypesetter
from handlers import letters
from handlers.rights import Right
from handlers.tickets import Status
from storage import journal, outgoing, tables, work
from storage.crypto import MasterKey
from storage.store import Store
from storage.work import Kind
from tests.fakes import a_desk
from tests.people import GRETA, NOW, POLICY, a_request, a_ticket

TICKET = a_ticket(a_request(Right.ACCESS, Status.IDENTITY_ASKED))
LETTER = letters.acknowledgement(TICKET, policy=POLICY)
LATER = NOW + timedelta(days=365)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Yield a store whose English acknowledgement lost the day of the answer."""
    folder = TEMPLATES / "letters"
    source = (folder / "en/acknowledgement.md.j2").read_text(encoding="utf-8").replace("{{ respond_by|date }}", "soon")
    loader = ChoiceLoader([DictLoader({"en/acknowledgement.md.j2": source}), FileSystemLoader(folder)])
    with closing(Store.open(f"sqlite:///{tmp_path / 'store.db'}", MasterKey.generate(), JinjaTypesetter(loader))) as it:
        with it.unit(now=NOW) as unit:
            unit.add_letter(unit.save(TICKET, actor=""), LETTER)
        yield it


def test_it_is_kept_but_never_due(store: Store) -> None:
    with store.database.write() as connection:
        row = connection.execute(select(tables.letters)).one()
        assert (row.state, row.kind) == ("held", "acknowledgement")
        assert [one for one in work.due(connection, kinds=set(Kind), now=LATER) if one.kind is Kind.DELIVER] == []
        assert outgoing.claim_letter(connection, store.keyring, row.id, attempt=row.attempt) is None


def test_a_card_and_the_journal_name_the_duty(store: Store) -> None:
    with store.database.read() as connection:
        cards = [row.content for row in connection.execute(select(tables.cards))]
        held = [entry for _, entry in journal.read(connection) if entry.event == "letter.held"]
    failed = [card for card in cards if card["kind"] == "failed"]
    assert failed == [
        {
            "kind": "failed",
            "reference": "R-7KQ4M",
            "reason": "letter_incomplete",
            "detail": "acknowledgement.respond_by (Art. 12(3) GDPR)",
        }
    ]
    assert [entry.data["lacks"] for entry in held] == [["acknowledgement.respond_by"]]


def test_once_the_words_are_mended_it_is_set_anew_and_leaves(store: Store) -> None:
    mended = Store(store.database, store.keyring, JinjaTypesetter())
    cases = Cases(mended, a_desk(), clock=lambda: NOW)
    assert cases.send_again("R-7KQ4M", staff=GRETA) == 1
    with store.database.read() as connection:
        assert [row.state for row in connection.execute(select(tables.letters))] == ["dropped", "ready"]
    assert cases.send_again("R-7KQ4M", staff=GRETA) == 0


def test_while_they_are_not_mended_it_is_held_again(store: Store) -> None:
    cases = Cases(store, a_desk(), clock=lambda: NOW)
    assert cases.send_again("R-7KQ4M", staff=GRETA) == 1
    with store.database.read() as connection:
        assert [row.state for row in connection.execute(select(tables.letters))] == ["dropped", "held"]
