"""Stopped mailings are remembered by keyed hash, with the proof of what had been consented to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from handlers.crm import Done, Formerly, Identifier
from handlers.ports import ADDRESS
from handlers.rights import Right
from storage import suppressions
from storage.ledger import Ledger, suppression_hash
from storage.store import Store

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ANN = "ann@example.org"
GIVEN = Formerly("consents", (("purpose", "newsletter"), ("granted", "True"), ("recorded_on", "2025-05-01")))


def test_what_is_stopped_keeps_its_first_date(any_store: Store) -> None:
    later = AT + timedelta(days=1)
    with any_store.unit(now=AT) as unit:
        unit.suppress(ANN, ["newsletter"])
    with any_store.unit(now=later) as unit:
        unit.suppress(ANN, ["newsletter", "phone"])
        unit.suppress(ANN, [])
    one = any_store.keyring.lookup(ADDRESS, ANN)
    with any_store.database.read() as connection:
        assert suppressions.since(connection, [one]) == {one: {"all": later, "newsletter": AT, "phone": later}}


def test_an_import_without_the_address_is_known_by_the_number(store: Store) -> None:
    number, name = Identifier("customer_number", "c-10013"), Identifier("name", "ann lee", alone=False)
    with store.unit(now=AT) as unit:
        unit.suppress(ANN, ["phone"], known_by=[Identifier("key", "13"), number, name, Identifier("email", ANN)])
    ledger = Ledger(store.database, store.keyring)
    hashes = [suppression_hash(store.keyring, one) for one in (number, name, Identifier("key", "13"))]
    assert ledger.suppressed(hashes) == {hashes[0]: {"phone": AT}}
    assert ledger.count_suppressed() == 2


def test_the_proof_of_a_consent_can_be_read_back_and_is_sealed(any_store: Store) -> None:
    with any_store.unit(now=AT) as unit:
        unit.keep_consents(ANN, Right.WITHDRAWAL, ["newsletter"], Done((), formerly=(GIVEN,)), reference="R-7KQ4M")
        unit.keep_consents("joann@example.org", Right.OBJECTION, [], Done(()), reference="R-22222")
    with any_store.database.read() as connection:
        found = list(suppressions.history(connection, any_store.keyring, any_store.keyring.lookup(ADDRESS, ANN)))
    assert found == [suppressions.Ended(AT, "withdrawal", ("newsletter",), "R-7KQ4M", (GIVEN,))]


def test_no_address_and_no_consent_stands_in_the_store_in_clear(store: Store) -> None:
    with store.unit(now=AT) as unit:
        unit.suppress(ANN, ["phone"])
        unit.keep_consents(ANN, Right.WITHDRAWAL, ["phone"], Done((), formerly=(GIVEN,)), reference="R-7KQ4M")
    store.close()
    content = Path(str(store.database.engine.url.database)).read_bytes()
    assert ANN.encode() not in content
    assert b"2025-05-01" not in content
