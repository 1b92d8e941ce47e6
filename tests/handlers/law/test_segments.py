"""The explanation of a clock: every stretch with its rule, and what was tried in vain."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given

from handlers.law.counting import Span, Unit
from handlers.law.deadlines import reckon
from handlers.law.facts import Extension, ExtensionReason, Facts, Pause
from handlers.law.provisions import Provision
from handlers.law.regimes import CH, EU, UK, PauseReason
from handlers.law.segments import Segment, SegmentKind, segments
from tests.handlers.law.cases import UNTIMED, all_facts

BERLIN = ZoneInfo("Europe/Berlin")
# Received on Tuesday, 22 September 2026, asked who is writing, answered after three days, extended: three months and
# three days end on Christmas Day, a Friday.
STORY = Facts(
    received_at=datetime(2026, 9, 22, 10, tzinfo=BERLIN),
    zone=BERLIN,
    region="DE",
    regime=EU,
    pauses=(Pause(PauseReason.IDENTITY, date(2026, 9, 23), date(2026, 9, 26)),),
    extension=Extension(date(2026, 10, 15), (ExtensionReason.COMPLEXITY,)),
)


def test_a_pause_an_extension_and_holidays_are_told_in_order() -> None:
    assert segments(STORY, language="de") == (
        Segment(SegmentKind.RECEIPT, date(2026, 9, 22), date(2026, 9, 22), Provision.EU_COUNTING),
        Segment(
            SegmentKind.PAUSE,
            date(2026, 9, 23),
            date(2026, 9, 26),
            Provision.EU_PAUSE,
            days=3,
            reason=PauseReason.IDENTITY,
            disputed=True,
        ),
        Segment(
            SegmentKind.PERIOD, date(2026, 9, 22), date(2026, 10, 25), Provision.EU_MONTH, span=Span(1, Unit.MONTH)
        ),
        Segment(
            SegmentKind.EXTENSION,
            date(2026, 10, 25),
            date(2026, 12, 25),
            Provision.EU_EXTENSION,
            span=Span(2, Unit.MONTH),
        ),
        Segment(
            SegmentKind.ROLL_FORWARD,
            date(2026, 12, 25),
            date(2026, 12, 25),
            Provision.EU_ROLL,
            holiday="Erster Weihnachtstag",
        ),
        Segment(
            SegmentKind.ROLL_FORWARD,
            date(2026, 12, 26),
            date(2026, 12, 26),
            Provision.EU_ROLL,
            holiday="Zweiter Weihnachtstag",
        ),
        Segment(SegmentKind.ROLL_FORWARD, date(2026, 12, 27), date(2026, 12, 27), Provision.EU_ROLL),
        Segment(SegmentKind.END, date(2026, 12, 28), date(2026, 12, 28), Provision.EU_COUNTING),
    )


def test_what_has_no_effect_is_told_with_its_reason() -> None:
    told = segments(
        Facts(
            received_at=datetime(2026, 6, 1, 10, tzinfo=BERLIN),
            zone=BERLIN,
            region="DE",
            regime=EU,
            pauses=(Pause(PauseReason.IDENTITY, date(2026, 6, 25), date(2026, 6, 29)),),
            extension=Extension(date(2026, 7, 2), (ExtensionReason.NUMBER,)),
        )
    )
    vain = [(one.kind, one.provision, one.citation) for one in told if not one.counts]
    assert vain == [
        (SegmentKind.PAUSE, Provision.EU_ASKED_LATE, "EDPB 01/2022 § 159"),
        (SegmentKind.EXTENSION, Provision.NOTICE_LATE, ""),
    ]


def test_a_later_start_is_told_as_a_pause_up_to_it() -> None:
    facts = Facts(
        received_at=datetime(2026, 6, 1, 10, tzinfo=BERLIN),
        zone=BERLIN,
        region="CH-ZH",
        regime=CH,
        pauses=(Pause(PauseReason.FEE, date(2026, 6, 4)),),
    )
    _, pause, period, *_ = segments(facts)
    assert (pause.provision, pause.ends) == (Provision.CH_FEE, date(2026, 6, 14))
    assert (period.starts, period.ends) == (date(2026, 6, 14), date(2026, 7, 14))


def test_scotland_has_its_own_holidays() -> None:
    facts = Facts(
        received_at=datetime(2026, 12, 2, 10, tzinfo=ZoneInfo("Europe/London")),
        zone=ZoneInfo("Europe/London"),
        region="GB-SCT",
        regime=UK,
    )
    rolled = [one.holiday for one in segments(facts) if one.kind is SegmentKind.ROLL_FORWARD]
    assert rolled == ["New Year Holiday", "", "New Year Holiday (observed)"]


@UNTIMED
@given(facts=all_facts())
def test_the_explanation_ends_where_the_clock_does(facts: Facts) -> None:
    told, clock = segments(facts), reckon(facts).clock
    assert (told[0].kind, told[0].starts) == (SegmentKind.RECEIPT, clock.received_on)
    assert (told[-1].kind, told[-1].ends) == (SegmentKind.END, clock.last_date)
    rolled = [one for one in told if one.kind is SegmentKind.ROLL_FORWARD]
    assert len(rolled) == (clock.last_date - clock.nominal_date).days
    assert all(one.starts <= one.ends for one in told)
    effective = [one for one in told if one.kind in {SegmentKind.PERIOD, SegmentKind.EXTENSION} and one.counts]
    assert effective[-1].ends == clock.nominal_date
