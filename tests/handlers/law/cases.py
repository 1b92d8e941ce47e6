"""Requests for the tests of clocks: one on a day, or any that could be."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from handlers.law.facts import Extension, ExtensionReason, Facts, Pause
from handlers.law.regimes import EU, REGIMES, PauseReason, Regime

# From UTC-8 to UTC+13; none of them changes its clocks at midnight.
ZONES = (
    "America/Los_Angeles",
    "America/New_York",
    "America/St_Johns",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Pacific/Tongatapu",
)
REGIONS = ("AT", "CZ", "DE", "DE-BY", "FR", "GB-ENG", "GB-SCT", "CH-ZH", "PL", "SK", "US-FED", "NONE")
# A holiday table is built once for each year and country, which on a busy machine takes its time.
UNTIMED = settings(deadline=None)
COMPLEX = (ExtensionReason.COMPLEXITY,)

days = st.dates(date(2005, 1, 1), date(2080, 1, 1))
minutes = st.integers(0, 24 * 60 - 1).map(lambda count: time(*divmod(count, 60)))
regimes = st.sampled_from(list(REGIMES.values()))


def facts_on(
    day: date, *, regime: Regime = EU, region: str = "DE", at: time = time(12), zone: str = "Europe/Berlin"
) -> Facts:
    where = ZoneInfo(zone)
    return Facts(received_at=datetime.combine(day, at, tzinfo=where), zone=where, region=region, regime=regime)


@st.composite
def all_facts(draw: st.DrawFn) -> Facts:
    """Any request with questions back and a notice, in time or not."""
    day = draw(days)
    pauses = []
    for reason in draw(st.lists(st.sampled_from(PauseReason), max_size=3)):
        asked = day + timedelta(draw(st.integers(0, 40)))
        answered = draw(st.none() | st.integers(0, 40).map(lambda later, asked=asked: asked + timedelta(later)))
        pauses.append(Pause(reason, asked, answered))
    notice = draw(st.none() | st.integers(0, 60).map(lambda later: Extension(day + timedelta(later), COMPLEX, day)))
    facts = facts_on(
        day,
        regime=draw(regimes),
        region=draw(st.sampled_from(REGIONS)),
        at=draw(minutes),
        zone=draw(st.sampled_from(ZONES)),
    )
    return replace(facts, regional=draw(st.booleans()), pauses=tuple(pauses), extension=notice)
