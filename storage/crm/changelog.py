"""What is written into the CRM, for a log that is kept elsewhere: the intent before the commit, the result after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from handlers.crm import Action, Author

ERASE = "erase"  # the operation after which nothing of a person's may be read
ERASE_DUE = "erase_due"


@dataclass(frozen=True)
class Write:
    """One field of one row; for a row that is erased neither field nor values, which nobody may keep.

    A field whose old value is the new one was looked at and needs no writing: by that an earlier try is settled.
    """

    action: Action
    table: str
    key: str
    field: str = ""
    old: str = ""
    new: str = ""
    person: str = ""  # whose row it is, where that is not the person whom the operation is about

    @property
    def is_done(self) -> bool:
        """Was it so before?"""
        return bool(self.field) and self.old == self.new


class ChangeLog(Protocol):
    """Remembers who wrote what, when. Entries whose result is missing say that it is unknown."""

    def intend(self, person: str, writes: Sequence[Write], *, operation: str, author: Author) -> str:
        """Keep what is about to be committed about a person, and return the entries' common id.

        An earlier try of the same operation for the same ticket, of which the result is missing, is settled row by row
        and field by field. Each try was one transaction: it was committed if any of it is found done, undone if it has
        to be written again, and stays unknown if this try did not come across it. Of an erasure, what this try does
        not come across is gone; but if any row of it is there, it was undone, whoever took the others.
        """
        ...

    def written(self, batch: str) -> None:
        """Note that it was committed."""
        ...

    def intended(self, person: str, *, operation: str, author: Author) -> bool:
        """Is an earlier try of the same operation for the same ticket kept here that may have been committed?"""
        ...


class NoLog:
    """Remembers nothing: for a CRM that is used without a store."""

    def intend(self, _person: str, _writes: Sequence[Write], *, operation: str, author: Author) -> str:  # noqa: ARG002
        """Keep nothing."""
        return ""

    def written(self, _batch: str) -> None:
        """Note nothing."""

    def intended(self, _person: str, *, operation: str, author: Author) -> bool:  # noqa: ARG002
        """Know of nothing."""
        return False
