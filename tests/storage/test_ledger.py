"""The ledger knows erased persons again by keyed hashes, and nobody else."""

from datetime import UTC, datetime, timedelta

from handlers.crm import Identifier
from storage.crypto import Keyring, MasterKey
from storage.ledger import Erased, Ledger, doubtful_marks, mark, pair_marks
from storage.store import Store

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = Identifier("key", "13")
ADDRESS = Identifier("email", "ann@example.org")
SHARED = Identifier("phone_number", "4930123456", alone=False)
NAME = Identifier("name", "ann lee", alone=False)


def remember(store: Store, *identifiers: Identifier, at: datetime = AT, reference: str = "R-7KQ4M") -> None:
    with store.unit(now=at) as unit:
        unit.remember_erased(identifiers, reference=reference)


def test_a_person_is_known_by_what_is_theirs_alone_and_doubtfully_by_the_rest(any_store: Store) -> None:
    remember(any_store, KEY, ADDRESS, SHARED, NAME)
    ledger, keyring = Ledger(any_store.database, any_store.keyring), any_store.keyring

    asked = [mark(keyring, one) for one in (KEY, ADDRESS, SHARED, NAME)]
    [pair] = pair_marks(keyring, [KEY, ADDRESS, SHARED, NAME])
    doubtful = doubtful_marks(keyring, [KEY, ADDRESS, SHARED, NAME])
    newcomer = pair_marks(keyring, [KEY, Identifier(SHARED.kind, SHARED.value)])
    other = pair_marks(keyring, [Identifier("key", "14"), ADDRESS])

    found = ledger.erased([*asked, pair, *doubtful, *newcomer, *other])
    assert found == dict.fromkeys([asked[1], pair, *doubtful], Erased(AT, "R-7KQ4M"))
    assert ledger.count() == 1


def test_a_value_of_another_kind_is_another_value(store: Store) -> None:
    remember(store, KEY, Identifier("customer_number", "10013"))
    ledger = Ledger(store.database, store.keyring)
    assert ledger.erased([mark(store.keyring, Identifier("phone_number", "10013"))]) == {}


def test_whoever_is_erased_twice_takes_the_later_date(any_store: Store) -> None:
    remember(any_store, KEY, ADDRESS)
    later = AT + timedelta(days=9)
    remember(any_store, Identifier("key", "900"), ADDRESS, at=later, reference="R-22222")
    ledger = Ledger(any_store.database, any_store.keyring)
    found = mark(any_store.keyring, ADDRESS)
    assert ledger.erased([found]) == {found: Erased(later, "R-22222")}
    assert ledger.count() == 2


def test_another_master_key_gives_other_marks(store: Store) -> None:
    assert mark(Keyring(MasterKey(b"o" * 32)), ADDRESS) != mark(store.keyring, ADDRESS)


def test_somebody_without_identifiers_leaves_nothing(store: Store) -> None:
    remember(store)
    remember(store, KEY)
    assert Ledger(store.database, store.keyring).count() == 0


def test_nothing_is_remembered_when_the_unit_of_work_fails(store: Store) -> None:
    try:
        with store.unit(now=AT) as unit:
            unit.remember_erased([KEY, ADDRESS], reference="R-7KQ4M")
            raise LookupError
    except LookupError:
        pass
    assert Ledger(store.database, store.keyring).count() == 0


def test_more_marks_than_a_statement_can_name_are_looked_up(store: Store) -> None:
    remember(store, KEY, ADDRESS)
    ledger = Ledger(store.database, store.keyring)
    marks = [f"{number:064x}" for number in range(40_000)]
    assert len(ledger.erased([*marks, mark(store.keyring, ADDRESS)])) == 1
