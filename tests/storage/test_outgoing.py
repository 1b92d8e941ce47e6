"""Letters and cards on their way out: one attempt at a time, and a newer card is never lost."""

import dataclasses
from datetime import timedelta

from sqlalchemy import select

from handlers.cards import Card
from handlers.letters import Letter
from storage import outgoing, tables, work
from storage.outgoing import OutgoingCard, OutgoingLetter
from storage.records import LetterSecret
from storage.store import Store
from storage.work import Kind
from tests.people import ANNA, NOW, a_ticket

LATER = NOW + timedelta(minutes=5)
LETTER = Letter("answer", "de", ANNA.email, in_reply_to="m@x", references=("a@x", "m@x"))


def queued(store: Store) -> tuple[str, int]:
    with store.unit(now=NOW) as unit:
        ticket = unit.save(a_ticket(), actor="")
        unit.add_letter(ticket, LETTER)
    with store.database.read() as connection:
        [one] = work.due(connection, kinds=[Kind.DELIVER], now=NOW)
    return one.id, one.attempt


def claimed(store: Store, letter_id: str, attempt: int) -> OutgoingLetter | None:
    with store.database.write() as connection:
        return outgoing.claim_letter(connection, store.keyring, letter_id, attempt=attempt)


def letter_row(store: Store) -> tuple[object, ...]:
    columns = tables.letters.c
    with store.database.read() as connection:
        row = connection.execute(select(columns.state, columns.attempt, columns.problem, columns.sent_at)).one()
    return tuple(row)


def test_a_claimed_letter_is_the_letter_that_was_set(any_store: Store) -> None:
    letter_id, attempt = queued(any_store)
    text, html = f"answer for {ANNA.email}", "<p>answer</p>"
    words = LetterSecret(ANNA.email, "de", "answer", text, html, "m@x", ("a@x", "m@x"))
    letter = OutgoingLetter(letter_id, "answer", a_ticket().id, "R-7KQ4M", 1, NOW, words)
    assert claimed(any_store, letter_id, attempt) == letter
    # Cut off before it was marked: the same attempt may claim it again, another may not.
    assert claimed(any_store, letter_id, attempt) == letter
    assert claimed(any_store, letter_id, attempt + 1) is None
    assert claimed(any_store, "nowhere", attempt) is None


def test_a_letter_is_marked_sent_once(any_store: Store) -> None:
    letter = claimed(any_store, *queued(any_store))
    assert letter
    with any_store.database.write() as connection:
        assert outgoing.mark_sent(connection, letter, now=LATER)
        assert not outgoing.mark_sent(connection, letter, now=LATER)
        outgoing.postpone_letter(connection, letter, until=LATER, problem="451")
    assert letter_row(any_store) == ("sent", 1, "", LATER)
    assert claimed(any_store, letter.id, 1) is None


def test_a_postponed_letter_is_another_attempt(any_store: Store) -> None:
    letter = claimed(any_store, *queued(any_store))
    assert letter
    with any_store.database.write() as connection:
        outgoing.postpone_letter(connection, letter, until=LATER, problem="451")
    assert letter_row(any_store) == ("ready", 2, "451", None)
    assert claimed(any_store, letter.id, 1) is None
    assert claimed(any_store, letter.id, 2) == dataclasses.replace(letter, attempt=2)


def test_a_failed_letter_is_not_sent_again(any_store: Store) -> None:
    letter = claimed(any_store, *queued(any_store))
    assert letter
    with any_store.database.write() as connection:
        outgoing.mark_failed(connection, letter, problem="550")
    assert letter_row(any_store) == ("failed", 1, "550", None)
    assert claimed(any_store, letter.id, 1) is None


def put(store: Store, number: int) -> None:
    with store.unit(now=NOW) as unit:
        unit.put_card(Card("t", {"n": number}))


def due_card(store: Store) -> OutgoingCard | None:
    with store.database.write() as connection:
        found = work.due(connection, kinds=[Kind.NOTIFY], now=LATER)
        return outgoing.claim_card(connection, found[0].id, attempt=found[0].attempt) if found else None


def posted(store: Store, card: OutgoingCard | None) -> None:
    assert card
    with store.database.write() as connection:
        outgoing.mark_posted(connection, card, channel="C1", slack_ts="1.5")


def test_a_card_that_changed_is_posted_again_in_its_place(any_store: Store) -> None:
    put(any_store, 1)
    first = due_card(any_store)
    posted(any_store, first)
    assert due_card(any_store) is None
    put(any_store, 2)
    second = due_card(any_store)
    assert first
    assert second == OutgoingCard(first.id, "t", 2, 2, {"n": 2}, "C1", "1.5", was_begun=True)


def test_a_card_that_changes_while_it_is_posted_is_not_lost(any_store: Store) -> None:
    put(any_store, 1)
    first = due_card(any_store)
    put(any_store, 2)
    posted(any_store, first)
    second = due_card(any_store)
    assert second
    assert (second.content, second.slack_ts) == ({"n": 2}, "1.5")
    posted(any_store, second)
    assert due_card(any_store) is None


def test_a_card_whose_posting_was_cut_off_may_be_in_slack_already(any_store: Store) -> None:
    put(any_store, 1)
    first, again = due_card(any_store), due_card(any_store)
    assert first
    assert again
    assert (first.was_begun, again.was_begun) == (False, True)


def test_a_refused_card_is_another_attempt(any_store: Store) -> None:
    put(any_store, 1)
    card = due_card(any_store)
    assert card
    with any_store.database.write() as connection:
        outgoing.postpone_card(connection, card, until=LATER)
    again = due_card(any_store)
    assert again == dataclasses.replace(card, attempt=2, was_begun=True)
