"""Challenges and links in the store: codes and tokens as keyed hashes only."""

import base64
import json
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from handlers.challenge import Challenge, ChallengeState
from handlers.links import Link
from storage import tables
from storage.crypto import seal, unseal


def challenge_row(challenge: Challenge) -> dict[str, object]:
    """Return a challenge's row."""
    return {
        "id": challenge.id,
        "ticket_id": challenge.ticket_id,
        "code_hash": challenge.code_hash,
        "link_hash": challenge.link_hash,
        "sent_to_hash": challenge.sent_to_hash,
        "expires_at": challenge.expires_at,
        "tries_left": challenge.tries_left,
        "requests": list(challenge.requests),
        "state": challenge.state,
    }


def read_challenge(row: Row) -> Challenge:  # type: ignore[type-arg]
    """Return the challenge of a row."""
    return Challenge(
        row.id,
        row.ticket_id,
        row.code_hash,
        row.link_hash,
        row.sent_to_hash,
        row.expires_at,
        row.tries_left,
        tuple(row.requests or ()),
        ChallengeState(row.state),
    )


def add(connection: Connection, challenge: Challenge) -> None:
    """Keep a challenge; it takes the place of an open one that names the same requests."""
    columns = tables.challenges.c
    open_ones = find_open(connection, columns.ticket_id == challenge.ticket_id)
    replaced = [one.id for one in open_ones if set(one.requests) == set(challenge.requests)]
    if replaced:
        connection.execute(update(tables.challenges).where(columns.id.in_(replaced)).values(state="replaced"))
    connection.execute(insert(tables.challenges), challenge_row(challenge))


def find_open(connection: Connection, which: ColumnElement[bool]) -> list[Challenge]:
    """Return the open challenges of a ticket or a link, the first to expire first."""
    columns = tables.challenges.c
    query = select(tables.challenges).where(which, columns.state == ChallengeState.OPEN)
    # Locked: two replies read at once would count as one try.
    rows = connection.execute(query.order_by(columns.expires_at, columns.id).with_for_update())
    return [read_challenge(row) for row in rows]


def save_challenge(connection: Connection, challenge: Challenge) -> None:
    """Keep a challenge's new state."""
    row = challenge_row(challenge)
    connection.execute(update(tables.challenges).where(tables.challenges.c.id == challenge.id).values(row))


def seal_files(files: Mapping[str, bytes], *, link_hash: str, key: bytes) -> bytes:
    """Seal the files behind a link."""
    text = json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()})
    return seal(key, text.encode(), bound_to=f"link:{link_hash}")


def unseal_files(sealed: bytes, *, link_hash: str, key: bytes) -> dict[str, bytes]:
    """Open the files behind a link."""
    files = json.loads(unseal(key, sealed, bound_to=f"link:{link_hash}"))
    return {name: base64.b64decode(content) for name, content in files.items()}


def read_link(row: Row, *, token: str, key: bytes) -> Link:  # type: ignore[type-arg]
    """Return the link of a row."""
    files = unseal_files(row.sealed, link_hash=row.link_hash, key=key)
    return Link(token, row.kind, row.ticket_id, row.request_id, row.expires_at, files)


def link_row(link: Link, *, link_hash: str, key: bytes) -> dict[str, object]:
    """Return a link's row."""
    return {
        "link_hash": link_hash,
        "kind": link.kind,
        "ticket_id": link.ticket_id,
        "request_id": link.request_id,
        "expires_at": link.expires_at,
        "sealed": seal_files(link.files, link_hash=link_hash, key=key),
    }
