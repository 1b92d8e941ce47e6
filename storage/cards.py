"""The cards for Slack: one row a topic, its content as JSON without identities."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, insert, select, update

from handlers.cards import Card
from handlers.tickets import new_id
from storage import tables


def put_cards(connection: Connection, cards: Mapping[str, tuple[Card, bool]], *, now: datetime) -> None:
    """Queue cards by topic; with the flag set, a card that is there is left alone."""
    if not cards:
        return
    columns = tables.cards.c
    there = set(connection.execute(select(columns.topic).where(columns.topic.in_(cards))).scalars())
    added = [card for topic, (card, _) in cards.items() if topic not in there]
    changed = [card for topic, (card, once) in cards.items() if topic in there and not once]
    if added:
        connection.execute(insert(tables.cards), [_row(card, now) for card in added])
    if changed:
        # One that is being posted is left to its attempt, which queues it again: two at once would post it twice.
        is_under_way = columns.state == "sending"
        query = (
            update(tables.cards)
            .where(columns.topic == bindparam("of_topic"))
            .values(
                state=case((is_under_way, "sending"), else_="ready"),
                revision=columns.revision + 1,
                attempt=case((is_under_way, columns.attempt), else_=columns.attempt + 1),
                content=bindparam("new_content", type_=columns.content.type),
                next_attempt_at=bindparam("at", type_=columns.next_attempt_at.type),
            )
        )
        rows = [{"of_topic": card.topic, "new_content": dict(card.content), "at": now} for card in changed]
        connection.execute(query, rows)


def _row(card: Card, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "ticket_id": card.ticket_id,
        "topic": card.topic,
        "state": "ready",
        "revision": 1,
        "attempt": 1,
        "next_attempt_at": now,
        "channel": "",
        "slack_ts": "",
        "content": dict(card.content),
    }
