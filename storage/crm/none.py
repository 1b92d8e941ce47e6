"""No CRM: what an inbox can do before a CRM is configured. Nobody is on file, so a person decides every case."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import NoReturn, Self

from handlers.crm import Author, Change, Clue, Copy, CrmUnavailable, Done, Person, Plan
from handlers.recognition import Correction


class NoCrm:
    """Keeps the promises of handlers.ports.Crm for an empty CRM."""

    def check(self) -> None:
        """Find nothing wrong."""

    def find_by_email(self, _address: str) -> tuple[Person, ...]:
        """Find nobody."""
        return ()

    def find(self, _clue: Clue) -> tuple[Person, ...]:
        """Find nobody."""
        return ()

    def person(self, _key: str) -> Person | None:
        """Find nobody."""
        return None

    def suppress(self, _address: str, _consents: Sequence[str]) -> Done:
        """Stop nothing here; the store's own list remembers the address."""
        return Done(())

    def collect(self, _key: str) -> Copy:
        """Raise CrmUnavailable."""
        _unavailable()

    def plan_correction(self, _key: str, _corrections: Sequence[Correction]) -> tuple[Change, ...]:
        """Raise CrmUnavailable."""
        _unavailable()

    def correct(self, _key: str, _changes: Sequence[Change]) -> Done:
        """Raise CrmUnavailable."""
        _unavailable()

    def plan_deletion(self, _key: str, *, today: date) -> Plan:  # noqa: ARG002  (the port's signature)
        """Raise CrmUnavailable."""
        _unavailable()

    def delete(self, _key: str, _plan: Plan, *, today: date, resumed: bool) -> Done:  # noqa: ARG002  (likewise)
        """Raise CrmUnavailable."""
        _unavailable()

    def due_erasures(self, *, today: date) -> tuple[str, ...]:  # noqa: ARG002  (likewise)
        """Find nobody."""
        return ()

    def erase_due(self, _key: str, *, today: date) -> Done:  # noqa: ARG002  (likewise)
        """Raise CrmUnavailable."""
        _unavailable()

    def restrict(self, _key: str) -> Done:
        """Raise CrmUnavailable."""
        _unavailable()

    def lift_restriction(self, _key: str, *, mailings: Collection[str]) -> Done:  # noqa: ARG002  (likewise)
        """Raise CrmUnavailable."""
        _unavailable()

    def signed(self, _author: Author) -> Self:
        """Change nothing that could be signed."""
        return self


def _unavailable() -> NoReturn:
    raise CrmUnavailable("no CRM is configured: set [crm] url and map")
