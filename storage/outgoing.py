"""Letters and cards on their way out: claimed by a conditional update, so that no attempt runs twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, select, update

from storage import tables
from storage.crypto import Keyring
from storage.records import LetterSecret, unseal_letter


@dataclass(frozen=True)
class OutgoingLetter:
    """A letter to be sent now."""

    id: str
    kind: str
    ticket_id: str | None
    reference: str
    attempt: int
    created_at: datetime
    words: LetterSecret


@dataclass(frozen=True)
class OutgoingCard:
    """A card to be posted, or to replace what was posted as `slack_ts`.

    `was_begun`: an earlier try may have got it posted before that could be noted.
    """

    id: str
    topic: str
    revision: int
    attempt: int
    content: Mapping[str, Any]
    channel: str
    slack_ts: str
    was_begun: bool = False


def claim_letter(connection: Connection, keyring: Keyring, letter_id: str, *, attempt: int) -> OutgoingLetter | None:
    """Take a letter for sending; None if it was sent, given up, or belongs to another attempt."""
    columns = tables.letters.c
    mine = (columns.id == letter_id) & (columns.attempt == attempt) & columns.state.in_(["ready", "sending"])
    if connection.execute(update(tables.letters).where(mine).values(state="sending")).rowcount != 1:
        return None
    query = (
        select(tables.letters, tables.keys.c.wrapped, tables.tickets.c.reference)
        .join(tables.keys, tables.keys.c.id == columns.key_id)
        .outerjoin(tables.tickets, tables.tickets.c.id == columns.ticket_id)
        .where(columns.id == letter_id)
    )
    row = connection.execute(query).one()
    words = unseal_letter(row.sealed, letter_id=row.id, key=keyring.unwrap(row.key_id, row.wrapped))
    return OutgoingLetter(row.id, row.kind, row.ticket_id, row.reference or "", row.attempt, row.created_at, words)


def mark_sent(connection: Connection, letter: OutgoingLetter, *, now: datetime) -> bool:
    """Note that a letter left; False if that was noted before."""
    columns = tables.letters.c
    mine = (columns.id == letter.id) & (columns.state == "sending")
    query = update(tables.letters).where(mine).values(state="sent", sent_at=now, problem="")
    return connection.execute(query).rowcount == 1


def mark_failed(connection: Connection, letter: OutgoingLetter, *, problem: str) -> None:
    """Note that a letter will not be sent again by itself."""
    query = update(tables.letters).where(tables.letters.c.id == letter.id)
    connection.execute(query.values(state="failed", problem=problem))


def send_again(connection: Connection, ticket_id: str, *, now: datetime) -> int:
    """Queue the letters of a ticket again that were given up; return how many. Their time to give up begins anew."""
    columns = tables.letters.c
    query = update(tables.letters).where(columns.ticket_id == ticket_id, columns.state == "failed")
    values = {"state": "ready", "attempt": columns.attempt + 1, "next_attempt_at": now, "created_at": now}
    return connection.execute(query.values(values)).rowcount


def has_unsent(connection: Connection, ticket_id: str) -> bool:
    """Is a letter of a ticket still to leave, held back, or given up?"""
    columns = tables.letters.c
    query = select(columns.id).where(columns.ticket_id == ticket_id, columns.state.not_in(["sent", "dropped"])).limit(1)
    return connection.execute(query).first() is not None


def held(connection: Connection, ticket_id: str) -> list[tuple[str, str]]:
    """Return id and kind of the letters of a ticket that were held back, the oldest first."""
    columns = tables.letters.c
    mine = (columns.ticket_id == ticket_id) & (columns.state == "held")
    rows = connection.execute(select(columns.id, columns.kind).where(mine).order_by(columns.created_at))
    return [(row.id, row.kind) for row in rows]


def drop(connection: Connection, letter_id: str) -> None:
    """Give up a letter for which another one was set."""
    connection.execute(update(tables.letters).where(tables.letters.c.id == letter_id).values(state="dropped"))


def postpone_letter(connection: Connection, letter: OutgoingLetter, *, until: datetime, problem: str) -> None:
    """Let another attempt follow later."""
    query = update(tables.letters).where(tables.letters.c.id == letter.id, tables.letters.c.state == "sending")
    values = {"state": "ready", "attempt": letter.attempt + 1, "next_attempt_at": until, "problem": problem}
    connection.execute(query.values(values))


def claim_card(connection: Connection, card_id: str, *, attempt: int) -> OutgoingCard | None:
    """Take a card for posting; None if it was posted or belongs to another attempt."""
    columns = tables.cards.c
    mine = (columns.id == card_id) & (columns.attempt == attempt) & columns.state.in_(["ready", "sending"])
    row = connection.execute(select(tables.cards).where(mine).with_for_update()).one_or_none()
    if row is None:
        return None
    connection.execute(update(tables.cards).where(columns.id == card_id).values(state="sending"))
    was_begun = row.state == "sending" or row.attempt > 1
    return OutgoingCard(row.id, row.topic, row.revision, row.attempt, row.content, row.channel, row.slack_ts, was_begun)


def mark_posted(connection: Connection, card: OutgoingCard, *, channel: str, slack_ts: str) -> None:
    """Note where a card stands in Slack; a newer revision that came meanwhile is queued now."""
    columns = tables.cards.c
    connection.execute(update(tables.cards).where(columns.id == card.id).values(channel=channel, slack_ts=slack_ts))
    mine, is_newest = (columns.id == card.id) & (columns.attempt == card.attempt), columns.revision == card.revision
    values = {
        "state": case((is_newest, "sent"), else_="ready"),
        "attempt": case((is_newest, columns.attempt), else_=columns.attempt + 1),
    }
    connection.execute(update(tables.cards).where(mine).values(values))


def postpone_card(connection: Connection, card: OutgoingCard, *, until: datetime) -> None:
    """Let another attempt follow later."""
    columns = tables.cards.c
    mine = (columns.id == card.id) & (columns.attempt == card.attempt)
    values = {"state": "ready", "attempt": card.attempt + 1, "next_attempt_at": until}
    connection.execute(update(tables.cards).where(mine).values(values))
