"""What is to happen to a person's rows, as a value."""

from dataclasses import dataclass
from datetime import date

from handlers.crm import Action
from storage.crm.rows import Key


@dataclass(frozen=True)
class Fate:
    """The rows of a table that share what happens to them.

    Those that are `shared` with somebody else are left as they are. `loosened` are columns to be emptied in rows that
    stay, because they lead to such shared rows, or to rows that go.
    """

    table: str
    action: Action
    keys: tuple[Key, ...]
    law: str = ""
    until: date | None = None
    shared: bool = False
    loosened: tuple[str, ...] = ()
