"""A note that somebody has looked at passes; its id is kept as a keyed hash only."""

from datetime import UTC, datetime
from pathlib import Path

from storage import notes
from storage.crm.notes import as_note
from storage.store import Store

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUDE = as_note("notes", (4,), "body", "Rude on the telephone.")
LAZY = as_note("notes", (5,), "body", "Too lazy to pay.")


def test_only_released_notes_pass(any_store: Store) -> None:
    gate = notes.gate(any_store.database, any_store.keyring)
    assert gate.hold([RUDE, LAZY]) == (RUDE, LAZY)
    with any_store.unit(now=AT) as unit:
        unit.release_notes([RUDE.id, RUDE.id], by="olga")
        unit.release_notes([RUDE.id], by="simon")
    assert gate.hold([RUDE, LAZY]) == (LAZY,)


def test_a_note_whose_words_or_place_change_is_held_again(store: Store) -> None:
    with store.unit(now=AT) as unit:
        unit.release_notes([RUDE.id], by="olga")
    gate = notes.gate(store.database, store.keyring)
    changed = [
        as_note("notes", (4,), "body", "Rude on the telephone!"),
        as_note("notes", (6,), "body", RUDE.text),
        as_note("notes", (4,), "title", RUDE.text),
    ]
    assert gate.hold(changed) == tuple(changed)


def test_the_id_is_not_kept_in_clear(store: Store) -> None:
    with store.unit(now=AT) as unit:
        unit.release_notes([RUDE.id], by="olga")
    store.close()
    assert RUDE.id.encode() not in Path(str(store.database.engine.url.database)).read_bytes()
