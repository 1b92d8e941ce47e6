"""After a restore of the CRM: whom the own store remembers as erased or suppressed, and doing it again.

Nobody is erased again on one coincidence. The old key and an identifier that was theirs alone must agree; somebody who
only has the address of an erased person, or the key and the name, may be a new customer: a person is to look.
"""

import enum
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
    """An address on file whose mailings were stopped, or a person known by a number: for what, and since when."""

    address: str
    consents: Mapping[str, datetime]
    key: str = ""  # of a person whose address of today nobody stopped; then there is no address here

    def without(self, consents: Collection[str]) -> "Resumed | None":
        """Return it without some of the consents, None if nothing is left."""
        left = {name: since for name, since in self.consents.items() if name not in consents}
        return replace(self, consents=left) if left else None

    @property
    def whom(self) -> suppress.Whom:
        """Whose mailings these are: everybody's under the address, or one person's and nobody else's."""
        return suppress.Whom(keys=(self.key,), alone=True) if self.key else suppress.Whom(self.address)


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
    """Return every address on file whose mailings were stopped, then whoever is known by a number alone, each once.

    One statement for a thousand of them.
    """
    if not ledger.count_suppressed():
        return ()
    addresses: dict[str, Resumed] = {}
    persons: list[Resumed] = []
    for portion in _persons(crm, progress=progress):
        for one in _stopped(portion, ledger):
            if one.key:
                persons.append(one)
            else:
                addresses[one.address] = one
    for listed in _listed(crm, progress=progress):
        nameless = [_Known("", held=False, identifiers=(Identifier(EMAIL, address),)) for address in listed]
        addresses |= {one.address: one for one in _stopped(nameless, ledger)}
    return (*(addresses[address] for address in sorted(addresses)), *persons)


def erase_again(crm: SqlCrm, returned: Returned, *, today: date) -> Done:
    """Erase a person again, by a plan of today: what the law still keeps stays. Raises CrmError."""
    plan = crm.plan_deletion(returned.key, today=today)
    return crm.delete(returned.key, plan, today=today, resumed=False)


def count_again(crm: SqlCrm, resumed: Resumed) -> int:
    """Return how many rows `suppress_again` would change. Raises CrmError."""
    with crm.reading() as (connection, mapped):
        return sum(
            suppress.count(connection, mapped, resumed.whom, consents, given_before=since)
            for since, consents in _by_date(resumed)
        )


def suppress_again(crm: SqlCrm, resumed: Resumed) -> int:
    """Stop an address's mailings again and return how many rows changed; newer consents stay. Raises CrmError."""
    with crm.changing("suppress", resumed.key or resumed.address) as (connection, mapped, writes):
        done = [
            suppress.suppress(connection, mapped, resumed.whom, consents, writes, given_before=since)
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


def _stopped(portion: Collection[_Known], ledger: Ledger) -> Iterator[Resumed]:
    """Yield the stopped addresses of some persons, and the persons for what only their numbers say."""
    hashes = {
        identifier: suppression_hash(ledger.keyring, identifier)
        for one in portion
        for identifier in one.identifiers
        if says_who(identifier)
    }
    stopped = ledger.suppressed(list(hashes.values()))
    for one in portion:
        said = [(each, stopped[hashes[each]]) for each in one.identifiers if hashes.get(each, "") in stopped]
        by_address = [(each.value, consents) for each, consents in said if each.kind == EMAIL]
        yield from (Resumed(address, consents) for address, consents in by_address)
        merged = {name: since for _, consents in said for name, since in consents.items()}
        left = Resumed("", merged, key=one.key).without({name for _, consents in by_address for name in consents})
        if left:
            yield left
