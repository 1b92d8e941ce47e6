"""What the command line says about dates: a clock, many at once, and how long records are kept."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import TextIO

from bot.cases import Cases
from bot.explain import Explained, Row, explain, explain_ticket
from bot.offline import NotThere
from bot.settings import Settings
from handlers.law.choosing import choose_regime
from handlers.law.elapsed import breach_due
from handlers.law.facts import Facts
from handlers.law.provisions import CITATIONS, Provision
from handlers.law.retention import RetentionRow, record_kinds, retention_rows
from handlers.law.whatif import OUTPUT_COLUMNS, BadRow, reckon_row

BREACH_TITLES = ("known since", "tell the authority by", "rule")
RETENTION_TITLES = ("kind of record", "period", "counted from", "law", "kept until")


def ticket_clock(cases: Cases, reference: str, settings: Settings) -> Explained:
    """Return a ticket's dates and how they come about. Raises NotThere."""
    ticket = cases.ticket(reference.upper())
    if ticket is None:
        raise NotThere(f"there is no ticket {reference}: see `rightsdesk tickets`")
    return explain_ticket(ticket, controller=settings.to_policy().controller, language=settings.slack.language)


def what_if_clock(settings: Settings, received: datetime, *, country: str) -> Explained:
    """Return the dates of a request received on a day; days off in a region count if one is named ("DE-BY").

    Raises UnknownCountry or UnknownRegion.
    """
    seat = settings.to_policy().controller
    region = country.upper() or seat.place
    choice = choose_regime(seat=region, markets=seat.markets)
    at = datetime.combine(received.date(), time(12), tzinfo=seat.zone)
    regional = "-" in country or seat.regional_days_off
    facts = Facts(received_at=at, zone=seat.zone, region=region, regime=choice.regime, regional=regional)
    return explain(facts, reason=choice.reason, is_told=False, language=settings.slack.language)


def breach_clock(settings: Settings, aware_at: datetime) -> Row:
    """Return the BREACH_TITLES of a breach that became known then; without a zone, by the controller's clock."""
    zone = settings.to_policy().controller.zone
    aware = aware_at if aware_at.tzinfo else aware_at.replace(tzinfo=zone)
    due = breach_due(aware, zone=zone)
    return (_minute(aware.astimezone(zone)), _minute(due), CITATIONS[Provision.HOURS_72])


def _minute(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")


def reckon_csv(source: TextIO, target: TextIO) -> Iterator[str]:
    """Write the dates of each row as it is read; yield what is wrong with a row, by its line and column."""
    rows = csv.DictReader(source, restval="")
    writer = csv.DictWriter(target, OUTPUT_COLUMNS, lineterminator="\n")
    writer.writeheader()
    try:
        for row in rows:
            try:
                writer.writerow(reckon_row(row))
            except BadRow as problem:
                yield f"line {rows.line_num}: {problem}"
    except csv.Error as problem:  # raised before the line is counted; what follows cannot be told apart into rows
        yield f"line {rows.line_num + 1}: {problem}"


def retention_table(country: str, day: date, *, record: str) -> list[Row]:
    """Return the RETENTION_TITLES of a country's periods for a record of a day. Raises NotThere."""
    if record and record not in record_kinds():
        raise NotThere(f"no law names records {record!r}; write one of {', '.join(sorted(record_kinds()))}")
    found = retention_rows(country, day, record=record)
    if not found:
        raise NotThere(f"no periods are known for {' '.join(filter(None, (country.upper(), record)))}")
    return [_retention_row(row) for row in found]


def _retention_row(row: RetentionRow) -> Row:
    until = row.until.isoformat() if row.until else "as long as it lasts"
    return (row.rule.kind, row.rule.period, row.rule.counted_from, row.rule.law, until)
