"""Time-limited links of the portal: to fetch a copy, to cancel an erasure."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

COPY = "d"
CANCEL = "x"
TOKEN_BYTES = 24


@dataclass(frozen=True)
class Link:
    """A link and what it gives; only a keyed hash of `token` is stored."""

    token: str
    kind: str
    ticket_id: str
    request_id: str
    expires_at: datetime
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def new_token() -> str:
    """Return an unguessable token (192 bits)."""
    return secrets.token_urlsafe(TOKEN_BYTES)
