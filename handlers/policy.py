"""What the company has decided: the settings that decisions depend on."""

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.crm import Labels
from handlers.rights import STOP_RIGHTS, Right


@dataclass(frozen=True)
class Authority:
    """A supervisory authority, to whom a person may complain (GDPR Art. 77)."""

    name: str
    web: str
    address: str = ""


@dataclass(frozen=True)
class Controller:
    """The company that answers."""

    name: str
    address: str  # of the privacy inbox
    country: str  # ISO 3166-1 alpha-2, of its seat
    zone: ZoneInfo
    authority: Authority
    region: str = ""  # of its seat: the second half of ISO 3166-2
    regional_days_off: bool = False  # days that are off in the region only count as well
    markets: tuple[str, ...] = ()  # keys of handlers.law.regimes.REGIMES: laws that apply beside that of the seat
    third_countries: tuple[str, ...] = ()
    safeguards: Labels = field(default_factory=dict)  # what protects personal data there (Art. 15(2))
    automated_decisions: bool = False
    automated_logic: Labels = field(default_factory=dict)  # how they come about, what they mean (Art. 15(1)(h))

    @property
    def place(self) -> str:
        """The seat as ISO 3166, with its region where one is set: "DE", "DE-BY"."""
        return f"{self.country}-{self.region}" if self.region else self.country


@dataclass(frozen=True)
class Policy:
    """How requests are handled here. Approval can be loosened per right, identity never."""

    controller: Controller
    languages: tuple[str, ...]
    default_language: str
    portal_url: str
    approvals: frozenset[Right] = frozenset(Right) - STOP_RIGHTS
    waiting_days: int = 3
    challenge_hours: int = 72
    challenge_tries: int = 3
    copy_days: int = 14
    reminder_days: tuple[int, ...] = (7, 3, 1)
    own_addresses: frozenset[str] = frozenset()
    authserv_id: str = ""
    message_id_domain: str = "rightsdesk.invalid"
    repeat_count: int = 3
    max_bytes: int = 26_214_400

    def language(self, wished: str) -> str:
        """Return the language to write in: the wished one if there are letters in it."""
        return wished if wished in self.languages else self.default_language

    def today(self, now: datetime) -> date:
        """Return the controller's local day."""
        return now.astimezone(self.controller.zone).date()

    def url(self, kind: str, token: str) -> str:
        """Return the portal's address for a link."""
        return f"{self.portal_url.rstrip('/')}/{kind}/{token}"
