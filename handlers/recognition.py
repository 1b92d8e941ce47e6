"""What a mail asks for, as the recogniser understood it."""

import enum
from dataclasses import dataclass, field

from handlers.rights import Right


@enum.unique
class Decision(enum.StrEnum):
    """What may be done with a recognition: act on it, ask a person, or nothing is asked."""

    ACT = "act"
    TRIAGE = "triage"
    NONE = "none"


@dataclass(frozen=True)
class Asked:
    """One right that a mail exercises, with the sentence that asks for it."""

    right: Right
    score: float  # 0 to 1
    evidence: str


@dataclass(frozen=True)
class Correction:
    """A value the person wants changed; `field` is a field name of the data map, `old` may be empty."""

    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Identifiers:
    """What the writer names to be found by; a new value of a correction is none of them."""

    customer_number: str = ""  # also of a contract, membership or policy
    order_number: str = ""  # also of an invoice, booking or ticket
    email: str = ""
    phone: str = ""
    postal_address: str = ""
    birth_date: str = ""


@dataclass(frozen=True)
class Slots:
    """Details that a mail gives beside the rights, as they stand in the mail."""

    corrections: tuple[Correction, ...] = ()
    consents: tuple[str, ...] = ()
    identifiers: Identifiers = Identifiers()
    on_behalf_of: str = ""  # the other person, where the writer asks for somebody else
    deadline_mentioned: str = ""
    law: str = ""  # the words that cite an article or a law


@dataclass(frozen=True)
class Recognition:
    """The verdict on one mail; `asked` holds the best guess whatever the decision."""

    language: str  # ISO 639-1
    decision: Decision
    asked: tuple[Asked, ...] = ()
    slots: Slots = field(default_factory=Slots)
    reason: str = ""  # a word of the catalogue: why a person has to look, e.g. "low_score"
