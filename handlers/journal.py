"""What is noted for ever: events with references and figures, never identities."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

Fact = str | int | float | bool | None | list[str] | dict[str, str] | dict[str, int]

SYSTEM = "rightsdesk"
PERSON = "person"


@dataclass(frozen=True)
class Entry:
    """One event. `actor` is a staff id, "person" for the data subject, or "rightsdesk"."""

    at: datetime
    event: str
    reference: str
    actor: str
    data: Mapping[str, Fact]
