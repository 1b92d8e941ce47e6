"""The clock of a ticket: hand-worked cases by statute, and what must hold for every law, zone and day."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.law.calendars import table_version
from handlers.law.counting import Unit
from handlers.law.deadlines import (
    Clock,
    UnknownCountry,
    UnknownRegion,
    add_month,
    changed_clock,
    days_left,
    extension_denied,
    next_working_day,
    reckon,
    start_clock,
)
from handlers.law.facts import Extension, Facts, Pause
from handlers.law.provisions import CITATIONS, Provision
from handlers.law.regimes import CALIFORNIA, CH, EU, EU_FR, REGIMES, UK, PauseReason, Regime
from storage.tables import tickets
from tests.handlers.law.cases import COMPLEX, UNTIMED, ZONES, all_facts, days, facts_on, minutes, regimes

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_clock_names_its_rule() -> None:
    # 25 Dec 2026 is a Friday, 26 Dec a holiday and a Saturday, 27 Dec a Sunday.
    assert start_clock(datetime(2026, 11, 25, 11, tzinfo=UTC), zone=BERLIN, country="DE") == Clock(
        received_on=date(2026, 11, 25),
        nominal_date=date(2026, 12, 25),
        safe_date=date(2026, 12, 25),
        last_date=date(2026, 12, 28),
        rule="GDPR Art. 12(3); Reg. 1182/71 Art. 3(2)(c); Reg. 1182/71 Art. 3(4)",
    )


def test_a_clock_names_no_rule_that_moved_nothing() -> None:
    clock = start_clock(datetime(2026, 11, 23, 9, tzinfo=UTC), zone=BERLIN, country="DE")
    assert clock.rule == "GDPR Art. 12(3); Reg. 1182/71 Art. 3(2)(c)"


def test_a_clock_runs_by_the_law_it_is_given() -> None:
    received = datetime(2026, 3, 5, 11, tzinfo=UTC)
    swiss = start_clock(received, zone=ZoneInfo("Europe/Zurich"), country="CH-ZH", regime=CH)
    assert (swiss.nominal_date, swiss.last_date) == (date(2026, 4, 4), date(2026, 4, 7))  # Saturday; Easter Monday
    californian = start_clock(received, zone=ZoneInfo("America/Los_Angeles"), country="US", regime=CALIFORNIA)
    assert californian.last_date == date(2026, 4, 19)  # a Sunday: 45 days, not rolled


def test_days_off_in_a_region_count_if_the_controller_says_so() -> None:
    received = datetime(2026, 5, 4, 10, tzinfo=UTC)  # a month later is Corpus Christi
    nationwide = start_clock(received, zone=BERLIN, country="DE-BY")
    regional = start_clock(received, zone=BERLIN, country="DE-BY", regional=True)
    assert (nationwide.last_date, regional.last_date) == (date(2026, 6, 4), date(2026, 6, 5))


@pytest.mark.parametrize(
    ("last_day", "weekday", "country", "rolled"),
    [
        (date(2026, 12, 24), "Thursday", "DE", date(2026, 12, 24)),
        (date(2026, 12, 24), "Thursday", "PL", date(2026, 12, 28)),  # a day off in Poland since 2025
        (date(2026, 12, 26), "Saturday", "DE", date(2026, 12, 28)),
        (date(2026, 10, 31), "Saturday", "DE", date(2026, 11, 2)),
        (date(2025, 10, 31), "Friday", "DE", date(2025, 10, 31)),  # Reformation Day is regional
        (date(2027, 3, 26), "Friday", "SK", date(2027, 3, 30)),  # Good Friday to Easter Monday
        (date(2027, 1, 1), "Friday", "AT", date(2027, 1, 4)),
        (date(2026, 11, 23), "Monday", "DE", date(2026, 11, 23)),
    ],
)
def test_only_a_last_day_that_is_off_moves(last_day: date, weekday: str, country: str, rolled: date) -> None:
    assert f"{last_day:%A}" == weekday
    assert next_working_day(last_day, country=country) == rolled


@pytest.mark.parametrize(
    ("received", "local_day"),
    [
        ("2026-03-31T23:59:59+02:00", date(2026, 3, 31)),
        ("2026-04-01T00:10:00+02:00", date(2026, 4, 1)),  # 31 March in UTC
        ("2026-03-31T22:10:00+00:00", date(2026, 4, 1)),  # the same moment
        ("2026-12-31T23:10:00+00:00", date(2027, 1, 1)),
        ("2026-11-23T01:00:00-08:00", date(2026, 11, 23)),
    ],
)
def test_the_day_of_receipt_is_the_controllers(received: str, local_day: date) -> None:
    assert start_clock(datetime.fromisoformat(received), zone=BERLIN, country="DE").received_on == local_day


@pytest.mark.parametrize(
    ("today", "left"), [(date(2026, 12, 20), 3), (date(2026, 12, 23), 0), (date(2026, 12, 24), -1)]
)
def test_days_left_count_to_the_safe_date(today: date, left: int) -> None:
    assert days_left(start_clock(datetime(2026, 11, 23, 9, tzinfo=UTC), zone=BERLIN, country="DE"), today) == left


def test_an_unknown_place_is_said() -> None:
    with pytest.raises(UnknownCountry, match="no holiday calendar for country 'XX'"):
        start_clock(datetime(2026, 11, 23, 9, tzinfo=UTC), zone=BERLIN, country="XX")
    with pytest.raises(UnknownRegion, match="the holiday calendar of DE knows no region 'XX'"):
        start_clock(datetime(2026, 11, 23, 9, tzinfo=UTC), zone=BERLIN, country="DE-XX")


def test_what_goes_beside_a_clock() -> None:
    # Received on Wednesday, 25 November; Christmas is on Friday: three working days before it is Tuesday, 22 December.
    found = reckon(facts_on(date(2026, 11, 25)))
    assert found.notice_by == date(2026, 12, 22)
    assert found.notice_last_date == date(2026, 12, 28)
    assert found.acknowledge_by is None
    assert found.ends_at.isoformat() == "2026-12-29T00:00:00+01:00"
    assert found.tables == table_version()


def test_california_wants_an_acknowledgement_in_ten_business_days() -> None:
    facts = facts_on(date(2026, 3, 2), regime=CALIFORNIA, region="US-FED", zone="America/Los_Angeles")
    assert reckon(facts).acknowledge_by == date(2026, 3, 16)


def test_a_law_without_extension_has_no_notice() -> None:
    found = reckon(facts_on(date(2026, 3, 2), regime=REGIMES["BR"], region="NONE"))
    assert (found.notice_by, found.notice_last_date) == (None, None)


@pytest.mark.parametrize(
    ("regime", "notice", "denied"),
    [
        (EU, Extension(date(2026, 4, 1), COMPLEX), None),
        (EU, Extension(date(2026, 4, 7), COMPLEX), None),  # 5 April is Easter Sunday
        (EU, Extension(date(2026, 4, 8), COMPLEX), Provision.NOTICE_LATE),
        (EU, Extension(date(2026, 4, 1)), Provision.NOTICE_WITHOUT_REASONS),
        (CH, Extension(date(2026, 4, 1)), Provision.NOTICE_WITHOUT_DATE),
        (CH, Extension(date(2026, 4, 1), named_date=date(2026, 5, 1)), None),
        (REGIMES["BR"], Extension(date(2026, 3, 6), COMPLEX), Provision.NO_EXTENSION),
    ],
)
def test_a_notice_extends_in_time_and_with_reasons(regime: Regime, notice: Extension, denied: Provision | None) -> None:
    facts = facts_on(date(2026, 3, 5), regime=regime)
    assert extension_denied(facts, notice) is denied
    extended = reckon(replace(facts, extension=notice)).clock.nominal_date > reckon(facts).clock.nominal_date
    assert extended is (denied is None)


def test_a_period_is_extended_once() -> None:
    facts = replace(facts_on(date(2026, 3, 5)), extension=Extension(date(2026, 3, 10), COMPLEX))
    assert extension_denied(facts, Extension(date(2026, 3, 20), COMPLEX)) is Provision.ALREADY_EXTENDED


def test_a_notice_that_only_a_disputed_pause_saves_is_refused() -> None:
    paused = replace(
        facts_on(date(2026, 6, 1)), pauses=(Pause(PauseReason.IDENTITY, date(2026, 6, 2), date(2026, 6, 10)),)
    )
    assert extension_denied(paused, Extension(date(2026, 7, 6), COMPLEX)) is Provision.NOTICE_LATE


def test_a_change_of_the_facts_changes_the_clock_once() -> None:
    facts = facts_on(date(2026, 3, 5))
    stored = reckon(facts).clock
    assert changed_clock(stored, facts) is None
    extended = replace(facts, extension=Extension(date(2026, 4, 1), COMPLEX))
    anew = changed_clock(stored, extended)
    assert anew is not None
    assert anew.last_date == date(2026, 6, 5)
    assert changed_clock(anew, extended) is None


def test_a_clock_reckoned_by_an_older_holiday_table_is_found() -> None:
    facts = facts_on(date(2025, 11, 24), region="PL")
    today = reckon(facts).clock
    # Before 24 December became a day off.
    stored = replace(today, last_date=date(2025, 12, 24), rule=CITATIONS[Provision.EU_MONTH])
    assert changed_clock(stored, facts) == today


@pytest.mark.parametrize("regime", [EU, EU_FR, UK, CH], ids=lambda regime: regime.key)
def test_the_longest_rule_fits_its_column(regime: Regime) -> None:
    asked = date(2026, 3, 6)
    pauses = tuple(Pause(reason, asked, asked + timedelta(2)) for reason in PauseReason)
    # From 5 or 8 March three months end on a weekend or not; the roll is in one of a week's receipts.
    rules = [
        reckon(
            replace(
                facts_on(date(2026, 3, day)), regime=regime, pauses=pauses, extension=Extension(asked, COMPLEX, asked)
            )
        ).clock.rule
        for day in range(1, 8)
    ]
    assert max(len(rule) for rule in rules) <= (tickets.c.rule.type.length or 0)


def test_every_law_cites_its_provisions() -> None:
    for regime in REGIMES.values():
        named = {regime.provision, regime.extension_provision, regime.roll_provision, regime.acknowledge_provision}
        named |= {law.provision for law in regime.pauses.values()}
        assert all(CITATIONS[provision] for provision in named - {None}), regime.key


@UNTIMED
@given(facts=all_facts())
def test_a_clock_never_runs_backwards(facts: Facts) -> None:
    clock = reckon(facts).clock
    assert clock.received_on < clock.nominal_date <= clock.last_date
    assert clock.received_on < clock.safe_date <= clock.nominal_date


@UNTIMED
@given(facts=all_facts())
def test_a_clock_ends_at_the_midnight_after_its_last_day(facts: Facts) -> None:
    found = reckon(facts)
    local = found.ends_at.astimezone(facts.zone)
    assert local.time() == time.min
    assert local.date() == found.clock.last_date + timedelta(days=1)


@UNTIMED
@given(facts=all_facts())
def test_reckoning_again_changes_nothing(facts: Facts) -> None:
    assert changed_clock(reckon(facts).clock, facts) is None


@UNTIMED
@given(day=days, regime=st.sampled_from([regime for regime in REGIMES.values() if regime.period.unit is Unit.MONTH]))
def test_a_month_is_never_thirty_days_but_a_month(day: date, regime: Regime) -> None:
    nominal = reckon(facts_on(day, regime=regime)).clock.nominal_date
    months = (nominal.year - day.year) * 12 + nominal.month - day.month
    assert months == 1
    assert nominal.day == day.day or (nominal.day < day.day and (nominal + timedelta(days=1)).day == 1)
    assert nominal == add_month(day)


@UNTIMED
@given(day=days, at=minutes, regime=regimes, zone=st.sampled_from(ZONES))
def test_no_zone_and_no_change_of_the_clocks_moves_a_day(day: date, at: time, regime: Regime, zone: str) -> None:
    in_utc = reckon(facts_on(day, regime=regime, zone="UTC")).clock
    assert reckon(facts_on(day, regime=regime, at=at, zone=zone)).clock == in_utc


@UNTIMED
@given(facts=all_facts())
def test_what_is_tried_and_has_no_effect_moves_nothing(facts: Facts) -> None:
    unanswered = tuple(
        replace(pause, answered_on=None) for pause in facts.pauses if pause.reason is not PauseReason.FEE
    )
    plain = replace(facts, pauses=(), extension=None)
    late = Extension(reckon(plain).clock.last_date + timedelta(days=1), COMPLEX, date.max)
    assert reckon(replace(plain, pauses=unanswered, extension=late)).clock == reckon(plain).clock
