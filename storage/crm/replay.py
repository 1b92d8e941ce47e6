"""After a restore of the CRM: whom the own store remembers as erased or suppressed, and doing it again.

Nobody is erased again on one coincidence. The old key and an identifier that was theirs alone must agree; somebody who
only has the address of an erased person, or the key and the name, may be a new customer: a person is to look.
"""

import enum
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

import sqlalchemy as sa

from handlers.crm import Done, Identifier
from handlers.mailheaders import normalise_address
from storage.crm import identifiers, suppress
from storage.crm.datamap import EMAIL
from storage.crm.desk import SqlCrm
from storage.crm.schema import MappedDatabase
from storage.crm.shells import gone
from storage.ledger import Erased, Ledger, doubtful_marks, mark, pair_marks, says_who, suppression_hash

PORTION = 1_000  # rows that are looked up together
_GONE = "rightsdesk_gone"
_HELD = "rightsdesk_held"

Progress = Callable[[int, int], None]  # done, of how many


@enum.unique
class Verdict(enum.StrEnum):
    """What is to become of somebody whom the ledger knows."""

    ERASE = "erase"
    HELD = "held"  # restricted: perhaps needed for a legal claim (Art. 18(1)(c)), so never erased by a replay
    LOOK = "look"  # an identifier of an erased person, but not the rest: perhaps a new customer


@dataclass(frozen=True)
class Returned:
    """Somebody on file who was erased, as far as the ledger can tell."""

    key: str
    verdict: Verdict
    erased: Erased


@dataclass(frozen=True)
class Resumed:
    """An address on file whose mailings were stopped: for what, and since when."""

    address: str
    consents: Mapping[str, datetime]

    def without(self, consents: Collection[str]) -> "Resumed | None":
        """Return it without some of the consents, None if nothing is left."""
        left = {name: since for name, since in self.consents.items() if name not in consents}
        return Resumed(self.address, left) if left else None


@dataclass(frozen=True)
class _Known:
    key: str
    held: bool
    identifiers: tuple[Identifier, ...]


def find_erased(crm: SqlCrm, ledger: Ledger, *, progress: Progress) -> tuple[Returned, ...]:
    """Return everyone on file whom the ledger knows, in the order of keys; two statements for a thousand persons."""
    if not ledger.count():
        return ()
    return tuple(
        found for portion in _persons(crm, progress=progress) for found in _judge(portion, ledger) if found is not None
    )


def find_suppressed(crm: SqlCrm, ledger: Ledger, *, progress: Progress) -> tuple[Resumed, ...]:
    """Return every address on file whose mailings were stopped; one statement for a thousand of them."""
    if not ledger.count_suppressed():
        return ()
    found: dict[str, Mapping[str, datetime]] = {}
    for portion in _persons(crm, progress=progress):
        found |= _suppressed([(_address(one), one.identifiers) for one in portion], ledger)
    for addresses in _listed(crm, progress=progress):
        found |= _suppressed([(address, (Identifier(EMAIL, address),)) for address in addresses], ledger)
    return tuple(Resumed(address, found[address]) for address in sorted(found))


def erase_again(crm: SqlCrm, returned: Returned, *, today: date) -> Done:
    """Erase a person again, by a plan of today: what the law still keeps stays. Raises CrmError."""
    plan = crm.plan_deletion(returned.key, today=today)
    return crm.delete(returned.key, plan, today=today, resumed=False)


def count_again(crm: SqlCrm, resumed: Resumed) -> int:
    """Return how many rows `suppress_again` would change. Raises CrmError."""
    with crm.reading() as (connection, mapped):
        return sum(
            suppress.count(connection, mapped, resumed.address, consents, given_before=since)
            for since, consents in _by_date(resumed)
        )


def suppress_again(crm: SqlCrm, resumed: Resumed) -> int:
    """Stop an address's mailings again and return how many rows changed; newer consents stay. Raises CrmError."""
    with crm.changing("suppress", resumed.address) as (connection, mapped, writes):
        done = [
            suppress.suppress(connection, mapped, resumed.address, consents, writes, given_before=since)
            for since, consents in _by_date(resumed)
        ]
    return sum(step.rows for one in done for step in one.steps)


def _by_date(resumed: Resumed) -> Iterator[tuple[datetime, list[str]]]:
    dated = sorted((since, consent) for consent, since in resumed.consents.items())
    for since, group in groupby(dated, key=lambda pair: pair[0]):
        yield since, [consent for _, consent in group]


def _persons(crm: SqlCrm, *, progress: Progress) -> Iterator[list[_Known]]:
    """Yield everyone on file who is no empty shell, in portions that are read while they are looked at."""
    with crm.reading() as (connection, mapped):
        identity = mapped.map.identity
        table = mapped.tables[identity.table]
        total = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        held = table.c[identity.restricted].is_(sa.true()) if identity.restricted else sa.false()
        columns = identifiers.columns(mapped)
        query = sa.select(*columns, gone(mapped).label(_GONE), held.label(_HELD)).order_by(*mapped.key(identity.table))
        done = 0
        for rows in connection.execution_options(yield_per=PORTION).execute(query).mappings().partitions():
            yield [_known(mapped, row) for row in rows if not row[_GONE]]
            done += len(rows)
            progress(done, total)


def _known(mapped: MappedDatabase, row: sa.RowMapping) -> _Known:
    found = identifiers.of_row(mapped, row)
    return _Known(str(row[mapped.map.identity.key]), bool(row[_HELD]), found)


def _judge(portion: Sequence[_Known], ledger: Ledger) -> Iterator[Returned | None]:
    keyring = ledger.keyring
    pairs = [pair_marks(keyring, one.identifiers) for one in portion]
    singles = [
        doubtful_marks(keyring, one.identifiers) + [mark(keyring, each) for each in one.identifiers if says_who(each)]
        for one in portion
    ]
    erased = ledger.erased([each for marks in (*pairs, *singles) for each in marks])
    for one, pair, single in zip(portion, pairs, singles, strict=True):
        agreed = next((erased[each] for each in pair if each in erased), None)
        alike = next((erased[each] for each in single if each in erased), None)
        if agreed:
            yield Returned(one.key, Verdict.HELD if one.held else Verdict.ERASE, agreed)
        elif alike:
            yield Returned(one.key, Verdict.LOOK, alike)


def _address(one: _Known) -> str:
    return next((each.value for each in one.identifiers if each.kind == EMAIL), "")


def _listed(crm: SqlCrm, *, progress: Progress) -> Iterator[list[str]]:
    """Yield the addresses in the tables beside the identity table: lists hold people who are no customers."""
    for table, column in _address_columns(crm):
        with crm.reading() as (connection, mapped):
            stored = mapped.tables[table].c[column]
            total = connection.execute(sa.select(sa.func.count(stored.distinct()))).scalar_one()
            query = sa.select(stored).distinct().where(stored.is_not(None))
            done = 0
            for values in connection.execution_options(yield_per=PORTION).execute(query).scalars().partitions():
                yield list(filter(None, (normalise_address(str(value)) for value in values)))
                done += len(values)
                progress(done, total)


def _address_columns(crm: SqlCrm) -> list[tuple[str, str]]:
    with crm.reading() as (_, mapped):
        tables = [mapped.map.tables[name] for name in mapped.map.order if name != mapped.map.identity.table]
        return [(table.name, field.name) for table in tables for field in table.fields if field.identity == EMAIL]


def _suppressed(
    portion: Collection[tuple[str, Sequence[Identifier]]], ledger: Ledger
) -> dict[str, Mapping[str, datetime]]:
    hashes = [
        (address, suppression_hash(ledger.keyring, one))
        for address, known in portion
        for one in known
        if address and says_who(one)
    ]
    stopped = ledger.suppressed([each for _, each in hashes])
    found: dict[str, Mapping[str, datetime]] = {}
    for address, each in hashes:
        if each in stopped:
            found[address] = {**stopped[each], **found.get(address, {})}
    return found
