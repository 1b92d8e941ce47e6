"""Dates in bulk: rows with a case each (`handlers.law.rows`) to rows with its dates."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType

from handlers.law.counting import Span, Unit
from handlers.law.deadlines import reckon
from handlers.law.elapsed import breach_due, breach_due_by_full_hours, hours_after
from handlers.law.facts import Extension, ExtensionReason, Facts, Pause
from handlers.law.provisions import CITATIONS, Provision
from handlers.law.regimes import CH, EU, EU_FR, REGIMES, UK, UK_COMPLAINT, PauseReason, Regime
from handlers.law.rows import Case, Fault, read_case

OUTPUT_COLUMNS = ("id", "nominal_date", "expected_due", "due_end_exclusive", "safe_due", "rule")
ACKNOWLEDGEMENT = "ack"
EXTENSION_NOTICE = "extension_notice"
# Where a request reaches the controller on the day it is sent; other channels count from `reached_controller`.
OWN_CHANNELS = frozenset({"account_manager", "general_mailbox", "processor", "spam_folder"})

_LAWS: Mapping[str, Regime] = MappingProxyType({"GDPR": EU, "GDPR-FR": EU_FR, "UKGDPR": UK, "CH": CH})
_UNITS: Mapping[str, Unit] = MappingProxyType({"DAYS": Unit.DAY, "BDAYS": Unit.BUSINESS_DAY})
# Side procedures of a law that has them, by the kind of request.
_SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        "appeal": "-APPEAL",
        "opt_out_sale": "-OPT-OUT",
        "opt_out": "-OPT-OUT",
        "limit": "-OPT-OUT",
        "complaint": "-COMPLAINT",
    }
)


class BadRow(ValueError):
    """A row cannot be reckoned; `column` is the one at fault."""

    def __init__(self, row_id: str, column: str, problem: str) -> None:
        super().__init__(f"row {row_id or '?'}: {column}: {problem}")
        self.column = column


@dataclass(frozen=True)
class _Dates:
    due: str
    safe: str
    rule: str
    nominal: str = ""
    end: str = ""


def reckon_rows(rows: Iterable[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    """Yield the dates of each row as it is read. Raises BadRow."""
    return map(reckon_row, rows)


def reckon_row(row: Mapping[str, str]) -> dict[str, str]:
    """Return the OUTPUT_COLUMNS of one case. Raises BadRow, which names the column at fault."""
    row_id = row.get("id") or ""
    try:
        case = read_case(row)
        dates = _way_of(case)(case)
    except Fault as fault:
        raise BadRow(row_id, fault.column, str(fault)) from None
    values = (row_id, dates.nominal, dates.due, dates.end, dates.safe, dates.rule)
    return dict(zip(OUTPUT_COLUMNS, values, strict=True))


def _way_of(case: Case) -> Callable[[Case], _Dates]:
    way = _WAYS.get(case.profile)
    if way is None:
        raise Fault("law_profile", f"there is no profile {case.profile!r}; write one of {', '.join(_WAYS)}")
    return way


def _by_day(case: Case) -> _Dates:
    found = reckon(_facts(case))
    clock = found.clock
    return _Dates(
        nominal=clock.nominal_date.isoformat(),
        due=clock.last_date.isoformat(),
        end=found.ends_at.isoformat(),
        safe=clock.safe_date.isoformat(),
        rule=clock.rule,
    )


def _breach(case: Case) -> _Dates:
    reading = case.events.words.get("reading", "")
    if reading not in {"", "1182"}:
        raise Fault("events", f"there is no reading {reading!r} of the 72 hours; write 1182 or nothing")
    safe = breach_due(case.received_at, zone=case.zone)
    due = breach_due_by_full_hours(case.received_at, zone=case.zone) if reading else safe
    provision = Provision.HOURS_72_ROUNDED if reading else Provision.HOURS_72
    return _Dates(due=due.isoformat(), safe=safe.isoformat(), rule=CITATIONS[provision])


def _internal(case: Case) -> _Dates:
    hours = case.events.numbers.get("hours")
    if hours is None:
        raise Fault("events", "write the hours of this profile, such as hours=24")
    due = hours_after(case.received_at, hours, zone=case.zone).isoformat()
    return _Dates(due=due, safe=due, rule=CITATIONS[Provision.STOP_TARGET])


_WAYS: Mapping[str, Callable[[Case], _Dates]] = MappingProxyType(
    {**dict.fromkeys((*_LAWS, *_UNITS), _by_day), "BREACH72": _breach, "INTERNAL_H": _internal}
)


def _facts(case: Case) -> Facts:
    return Facts(
        received_at=_reached(case),
        zone=case.zone,
        region=case.region,
        regime=_regime(case),
        regional=case.regional,
        pauses=tuple(_pauses(case)),
        extension=_extension(case),
    )


# A request to a random or clearly unsuitable address is not received until it is passed on (EDPB 01/2022 § 54-56).
def _reached(case: Case) -> datetime:
    reached = case.events.days_on.get("reached_controller")
    if reached is None or case.events.words.get("channel") in OWN_CHANNELS:
        return case.received_at
    return datetime(reached.year, reached.month, reached.day, hour=12, tzinfo=case.zone)


def _regime(case: Case) -> Regime:
    if case.profile in _LAWS:
        return _law(case)
    days = case.events.numbers.get("days")
    if days is None:
        raise Fault("events", f"write the days of profile {case.profile}, such as days=30")
    rolls = case.events.words.get("roll") == "yes"
    plain = _plain(case, Span(days, _UNITS[case.profile]))
    return replace(plain, roll_provision=Provision.PLAIN_ROLL if rolls else None)


def _law(case: Case) -> Regime:
    law = _LAWS[case.profile]
    if case.kind != ACKNOWLEDGEMENT:
        return law
    if law is not UK:
        raise Fault("expected_kind", f"{case.profile} sets no date for an acknowledgement")
    return UK_COMPLAINT


def _plain(case: Case, span: Span) -> Regime:
    """Return the law that has this period; with its extended period, the law itself, so that a late notice is seen."""
    for suffix in (_SUFFIXES.get(case.request_type, ""), ""):
        own = REGIMES.get(case.jurisdiction + suffix)
        if own is None:
            continue
        if own.extended == span and "extension_sent" in case.events.days_on:
            return own
        if (provision := _provision_for(own, span)) is not None:
            return Regime(key=own.key, territory="", period=span, provision=provision)
    return Regime(key=case.profile, territory="", period=span, provision=Provision.PLAIN_DAYS)


def _provision_for(regime: Regime, span: Span) -> Provision | None:
    """Return which provision of a law has a period of this length."""
    if span == regime.acknowledge:
        return regime.acknowledge_provision
    return regime.provision if span in (regime.period, regime.extended) else None


def _pauses(case: Case) -> Iterator[Pause]:
    days_on = case.events.days_on
    yield from _question(case, PauseReason.IDENTITY, "id_asked", "id_received")
    yield from _question(case, PauseReason.CLARIFICATION, "clar_asked", "clar_received")
    if "fee_paid" in days_on or "fee_notice" in days_on:
        asked = days_on.get("fee_notice") or case.received_on
        yield _pause(PauseReason.FEE, asked_on=asked, answered_on=days_on.get("fee_paid"))


def _question(case: Case, reason: PauseReason, asked: str, answered: str) -> Iterator[Pause]:
    asked_on, answered_on = case.events.days_on.get(asked), case.events.days_on.get(answered)
    if asked_on is None and answered_on is not None:
        raise Fault("events", f"{answered} needs {asked}")
    if asked_on is not None:
        yield _pause(reason, asked_on=asked_on, answered_on=answered_on)


def _pause(reason: PauseReason, *, asked_on: date, answered_on: date | None) -> Pause:
    try:
        return Pause(reason, asked_on, answered_on)
    except ValueError as problem:
        raise Fault("events", str(problem)) from None


def _extension(case: Case) -> Extension | None:
    """Return the notice, if the row asks for the answer's date and not for that of the notice itself."""
    sent, named = case.events.days_on.get("extension_sent"), case.events.days_on.get("promised")
    if case.kind == EXTENSION_NOTICE or (sent is None and named is None):
        return None
    # Rows name no reasons; a date promised without a notice counts as said on the day of receipt.
    return Extension(sent or case.received_on, reasons=(ExtensionReason.COMPLEXITY,), named_date=named)
