"""The laws as data: how long, how counted, what pauses and what extends. The arithmetic is in the other files."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from handlers.law.counting import Span, Unit
from handlers.law.provisions import Provision
from handlers.rights import STOP_RIGHTS, Right


@enum.unique
class PauseReason(enum.StrEnum):
    """What the person is waited for."""

    IDENTITY = "identity"
    CLARIFICATION = "clarification"
    FEE = "fee"


@enum.unique
class PauseRule(enum.StrEnum):
    """What a question back does to the period; handlers/law/pauses.py has a function for each."""

    SUSPENDS = "suspends"
    RESTARTS = "restarts"
    LEAVES_DAYS_OUT = "leaves_days_out"
    STARTS_AFTER_REFLECTION = "starts_after_reflection"


@enum.unique
class DaysOff(enum.StrEnum):
    """Whose holidays a law counts by."""

    AS_CONFIGURED = "as_configured"  # nationwide days; days of the region too if the controller says so
    OF_THE_PLACE = "of_the_place"  # always those of the region


@dataclass(frozen=True)
class PauseLaw:
    """The effect of one reason to wait, and where it is written; the safe date leaves a disputed one out.

    `asked_within_days` of receipt the question must be put to have any effect.
    """

    rule: PauseRule
    provision: Provision
    disputed: bool = False
    asked_within_days: int | None = None


@dataclass(frozen=True)
class Regime:
    """One law's periods. `territory` is where its people live (ISO 3166); "" marks the side procedures of another."""

    key: str
    territory: str
    period: Span
    provision: Provision
    counting_provision: Provision | None = None  # how its days are counted, where another text says so
    extension: Span | None = None
    names_date: bool = False  # an extension notice sets the date itself
    extension_provision: Provision | None = None
    roll_provision: Provision | None = None  # None: the last day stays where it falls
    days_off: DaysOff = DaysOff.AS_CONFIGURED
    pauses: Mapping[PauseReason, PauseLaw] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    acknowledge: Span | None = None
    acknowledge_provision: Provision | None = None

    @property
    def extended(self) -> Span | None:
        """Return the whole period with its extension; None where the law has no such period."""
        return self.period.with_further(self.extension) if self.extension else None


# The member states and the three EEA states in which the GDPR applies.
EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905 - a list of codes reads better as one line
)

MONTH = Span(1, Unit.MONTH)
TWO_MONTHS = Span(2, Unit.MONTH)


def _days(count: int) -> Span:
    return Span(count, Unit.DAY)


def _business_days(count: int) -> Span:
    return Span(count, Unit.BUSINESS_DAY)


# "Without undue delay" in days: our number (rule R6), the guidelines name none.
PROMPT_DAYS = 5

# GDPR Art. 12(6) lets the controller ask, and no article says that the period waits: the EDPB holds that it may.
_EU_QUESTION = PauseLaw(PauseRule.SUSPENDS, Provision.EU_PAUSE, disputed=True, asked_within_days=PROMPT_DAYS)

# GDPR Art. 12(3): "... without undue delay and in any event within one month of receipt of the request. That period
# may be extended by two further months where necessary, taking into account the complexity and number of the requests.
# The controller shall inform the data subject of any such extension within one month of receipt of the request,
# together with the reasons for the delay."
EU = Regime(
    key="EU",
    territory="EU",
    period=MONTH,
    provision=Provision.EU_MONTH,
    counting_provision=Provision.EU_COUNTING,
    extension=TWO_MONTHS,
    extension_provision=Provision.EU_EXTENSION,
    roll_provision=Provision.EU_ROLL,
    pauses=MappingProxyType({PauseReason.IDENTITY: _EU_QUESTION, PauseReason.CLARIFICATION: _EU_QUESTION}),
)

# France has a text that suspends the periods of Art. 12(3) while identity is being asked for (rule R6). It names no
# time for asking; a late question is given no effect all the same, which can only make the dates earlier.
EU_FR = Regime(
    key="EU-FR",
    territory="FR",
    period=MONTH,
    provision=Provision.EU_MONTH,
    counting_provision=Provision.EU_COUNTING,
    extension=TWO_MONTHS,
    extension_provision=Provision.EU_EXTENSION,
    roll_provision=Provision.EU_ROLL,
    pauses=MappingProxyType(
        {
            PauseReason.IDENTITY: PauseLaw(PauseRule.SUSPENDS, Provision.FR_PAUSE, asked_within_days=PROMPT_DAYS),
            PauseReason.CLARIFICATION: _EU_QUESTION,
        }
    ),
)

# UK GDPR Art. 12A (Data (Use and Access) Act 2025 s. 76, in force on 5 February 2026): a month from the latest of the
# request, the identity information asked for, and the fee; days of an access clarification are left out. Bank
# holidays are those of the nation (Banking and Financial Dealings Act 1971 Sch. 1).
UK = Regime(
    key="UK",
    territory="GB",
    period=MONTH,
    provision=Provision.UK_MONTH,
    extension=TWO_MONTHS,
    extension_provision=Provision.UK_EXTENSION,
    roll_provision=Provision.UK_ROLL,
    days_off=DaysOff.OF_THE_PLACE,
    pauses=MappingProxyType(
        {
            PauseReason.IDENTITY: PauseLaw(PauseRule.RESTARTS, Provision.UK_IDENTITY),
            PauseReason.CLARIFICATION: PauseLaw(PauseRule.LEAVES_DAYS_OUT, Provision.UK_CLARIFICATION),
            PauseReason.FEE: PauseLaw(PauseRule.RESTARTS, Provision.UK_FEE),
        }
    ),
)

# A complaint to the controller is acknowledged within 30 days from 19 June 2026 (rule R7); no roll-forward relied on.
UK_COMPLAINT = Regime(key="UK-COMPLAINT", territory="", period=_days(30), provision=Provision.UK_COMPLAINT)

# DSV Art. 18(1): 30 days from receipt; (2): if that cannot be met, the person is told, and by when. OR Art. 78 counts
# the holidays "am Erfüllungsorte staatlich anerkannt", hence those of the canton.
CH = Regime(
    key="CH",
    territory="CH",
    period=_days(30),
    provision=Provision.CH_DAYS,
    counting_provision=Provision.CH_COUNTING,
    names_date=True,
    extension_provision=Provision.CH_NAMED_DATE,
    roll_provision=Provision.CH_ROLL,
    days_off=DaysOff.OF_THE_PLACE,
    pauses=MappingProxyType(
        {PauseReason.FEE: PauseLaw(PauseRule.STARTS_AFTER_REFLECTION, Provision.CH_FEE)},
    ),
)


def _plain(
    key: str, territory: str, days: int, further: int, provision: Provision, *, confirm: Span | None = None
) -> Regime:
    return Regime(
        key=key,
        territory=territory,
        period=_days(days),
        provision=provision,
        extension=_days(further) if further else None,
        extension_provision=provision if further else None,
        acknowledge=confirm,
        acknowledge_provision=Provision.CA_CONFIRM if confirm else None,
    )


# Rules R9 and R10. None of these laws rolls its last day, none pauses: 11 CCR § 7021(b) counts "regardless of time
# required to verify the request".
CALIFORNIA = _plain("US-CA", "US-CA", 45, 45, Provision.CA_DAYS, confirm=_business_days(10))
CALIFORNIA_OPT_OUT = Regime(
    key="US-CA-OPT-OUT", territory="", period=_business_days(15), provision=Provision.CA_OPT_OUT
)
_OTHERS = (
    _plain("US-VA", "US-VA", 45, 45, Provision.VA_DAYS),
    _plain("US-VA-APPEAL", "", 60, 0, Provision.VA_APPEAL),
    _plain("US-CO", "US-CO", 45, 45, Provision.CO_DAYS),
    _plain("US-CO-APPEAL", "", 45, 60, Provision.CO_APPEAL),
    _plain("US-MN", "US-MN", 45, 45, Provision.MN_DAYS),
    _plain("US-MN-APPEAL", "", 45, 60, Provision.MN_APPEAL),
    _plain("US-OR", "US-OR", 45, 45, Provision.OR_DAYS),
    _plain("US-IA", "US-IA", 90, 45, Provision.IA_DAYS),
    _plain("US-UT", "US-UT", 45, 45, Provision.UT_DAYS),
    _plain("BR", "BR", 15, 0, Provision.BR_DAYS),
    _plain("CA", "CA", 30, 30, Provision.CANADA_DAYS),
    _plain("CA-QC", "CA-QC", 30, 0, Provision.QUEBEC_DAYS),
    _plain("TR", "TR", 30, 0, Provision.TR_DAYS),
    _plain("IN", "IN", 90, 0, Provision.IN_DAYS),
)

REGIMES: Mapping[str, Regime] = MappingProxyType(
    {regime.key: regime for regime in (EU, EU_FR, UK, UK_COMPLAINT, CH, CALIFORNIA, CALIFORNIA_OPT_OUT, *_OTHERS)}
)


class UnknownRegime(ValueError):
    """There is no law of this key."""


def regime_of(key: str) -> Regime:
    """Return the law of a key. Raises UnknownRegime, which names those there are."""
    if key not in REGIMES:
        raise UnknownRegime(f"there is no law {key!r}; write one of {', '.join(REGIMES)}")
    return REGIMES[key]


# "As soon as feasibly possible", at most 15 business days (11 CCR § 7026, 7027), where other requests have 45 days.
def law_for(right: Right, regime: Regime) -> Regime:
    """Return the law's own procedure for a right: California has one for opting out (11 CCR § 7026, 7027)."""
    return CALIFORNIA_OPT_OUT if regime is CALIFORNIA and right in STOP_RIGHTS else regime
