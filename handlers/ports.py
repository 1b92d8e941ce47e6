"""What the decisions need from outside, as promises; bot and storage keep them."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from handlers.crm import Change, Copy, Done, Person, Plan
from handlers.recognition import Correction, Recognition


class Recogniser(Protocol):
    """Reads a mail's text. Never raises on any input; what it cannot read goes to triage."""

    def recognise(self, *, subject: str, body: str) -> Recognition:
        """Return the verdict on a mail whose quotes and signature may still be there."""
        ...


class Crm(Protocol):
    """The CRM database. Synchronous; matches exactly on normalised values, never by substring.

    Every writing method is one transaction and may be called again after a crash.
    All methods raise CrmUnavailable when the database cannot be reached.
    """

    def check(self) -> None:
        """Connect and compare the data map with the database; raise CrmError with the remedy."""
        ...

    def find_by_email(self, address: str) -> tuple[Person, ...]:
        """Return everyone on file under the address, in the order of their keys."""
        ...

    def person(self, key: str) -> Person | None:
        """Return the person with this key, None if gone or anonymised."""
        ...

    def collect(self, key: str) -> Copy:
        """Return all mapped data of a person (Art. 15)."""
        ...

    def plan_correction(self, key: str, corrections: Sequence[Correction]) -> tuple[Change, ...]:
        """Return the field changes that the map allows and that would change a value; others are left out."""
        ...

    def correct(self, key: str, changes: Sequence[Change]) -> Done:
        """Write the new values. A value that already is new is done; raises CrmConflict if it is neither old nor new."""
        ...

    def plan_deletion(self, key: str, *, today: date) -> Plan:
        """Return what erasing would do per table, kept rows with their law and date. Raises CrmError if nobody is there."""
        ...

    def delete(self, key: str, plan: Plan, *, today: date, resumed: bool) -> Done:
        """Carry out the plan, then search for traces.

        Raises CrmConflict if the rows changed since the plan, CrmIncomplete if affected rows differ from planned
        rows or traces are left (then nothing is committed). `resumed`: an earlier call with this plan may have
        committed before its result was noted; if it did, only the search is made again.
        """
        ...

    def suppress(self, address: str, consents: Sequence[str]) -> Done:
        """Stop mailings to an address at once: the consents named, all marketing if none. Zero rows if unknown."""
        ...

    def restrict(self, key: str) -> Done:
        """Set the restriction flag (Art. 18)."""
        ...
