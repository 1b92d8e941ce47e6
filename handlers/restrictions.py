"""A restriction in force (GDPR Art. 18): since when, and what has to happen before it ends."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime


class NotTold(Exception):
    """The person has to be told before a restriction is lifted (GDPR Art. 18(3))."""


@dataclass(frozen=True)
class Restriction:
    """The restriction that a ticket brought about.

    `mailings` names the CRM's tables whose flag it set to end mailings: those come back when it is lifted.
    """

    ticket_id: str
    since: datetime
    mailings: tuple[str, ...]
    told_at: datetime | None = None
    lifted_at: datetime | None = None

    def tell(self, *, now: datetime) -> "Restriction":
        """Note that the person was told that it is going to end."""
        return dataclasses.replace(self, told_at=self.told_at or now)

    def lift(self, *, now: datetime) -> "Restriction":
        """Note its end; raises NotTold if the person was not told before."""
        if self.told_at is None or self.told_at > now:
            raise NotTold
        return dataclasses.replace(self, lifted_at=self.lifted_at or now)
