"""What stands in a field after erasing, for rows that stay."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from storage.crm.datamap import Erasure

REDACTED = "***"
ERASED_PREFIX = "erased-"
KEY_BYTES = 32
DIGEST_CHARACTERS = 32
TOKEN_BYTES = 4


def replacement(
    connection: sa.Connection,
    column: sa.Column[Any],
    erasure: Erasure,
    *,
    chosen: sa.ColumnElement[bool],
    key: Sequence[sa.Column[Any]],
) -> object:
    """Return the value or SQL expression for one field of the chosen rows, whose own key tells them apart."""
    if erasure is Erasure.NULL:
        return None
    if erasure is Erasure.REDACT:
        return REDACTED
    if erasure is Erasure.RANDOM:
        return _token(key)
    return _digests(connection, column, chosen)


def _token(key: Sequence[sa.Column[Any]]) -> sa.ColumnElement[str]:
    text: sa.ColumnElement[str] = sa.literal(f"{ERASED_PREFIX}{secrets.token_hex(TOKEN_BYTES)}")
    for part in key:
        text = text.concat("-").concat(sa.cast(part, sa.String))
    return text


def _digests(connection: sa.Connection, column: sa.Column[Any], chosen: sa.ColumnElement[bool]) -> object:
    """Return a choice of digest by value: one statement reads, the caller's one writes."""
    secret = secrets.token_bytes(KEY_BYTES)  # known to nobody afterwards
    values = connection.scalars(sa.select(column).distinct().where(chosen, column.is_not(None))).all()
    if not values:
        return None
    digests = {value: hmac.digest(secret, str(value).encode(), hashlib.sha256).hex() for value in values}
    return sa.case({value: digest[:DIGEST_CHARACTERS] for value, digest in digests.items()}, value=column)
