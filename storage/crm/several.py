"""One CRM out of several databases: the first dataset of the map leads, and persons are found there.

Whatever is changed for a person is changed in all databases in one go: one transaction each, all of them ready before
any is committed, the leading one last. So what can fail fails before anything is committed; killed between two commits,
the person is still on file in the leading database, and the next try goes on from there.
"""

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Self

import sqlalchemy as sa

from handlers.crm import (
    Author,
    Change,
    Clue,
    Copy,
    CrmConflict,
    CrmError,
    CrmIncomplete,
    CrmUnavailable,
    Done,
    Formerly,
    Person,
    Plan,
)
from handlers.ports import Crm
from handlers.recognition import Correction
from storage.crm import correct, erase, restrict, suppress
from storage.crm.changelog import ERASE, Write
from storage.crm.counterpart import counterpart, counterparts
from storage.crm.datamap import MapError
from storage.crm.desk import SqlCrm
from storage.crm.jointplan import Approved, joint_plan, mark
from storage.crm.likely import unsearched
from storage.crm.match import normalise
from storage.crm.names import Names
from storage.crm.schema import MappedDatabase

Opened = Mapping[str, tuple[sa.Connection, MappedDatabase, list[Write]]]  # by dataset
_NOBODY_THERE = Plan(steps=(), fingerprint="", traces=())


class SeveralCrms(Crm):
    """Several databases behind one data map. Safe to share between threads."""

    def __init__(self, databases: Sequence[SqlCrm]) -> None:
        """Take one CRM a dataset, the leading one first."""
        self.databases = tuple(databases)
        self._names = Names([crm.map for crm in databases])

    def signed(self, author: Author) -> Self:
        """Return the same CRM, whose writes are logged as this author's."""
        other = copy.copy(self)
        other.databases = tuple(crm.signed(author) for crm in self.databases)
        return other

    def close(self) -> None:
        """Give all connections back."""
        for crm in self.databases:
            crm.close()

    def check(self) -> None:
        """Connect and compare the data map with each database; raise CrmError with the remedy."""
        problems = []
        for crm in self.databases:
            try:
                crm.check()
            except MapError as problem:
                problems.append(str(problem))
        if problems:
            raise MapError("\n".join(problems))

    def find_by_email(self, address: str) -> tuple[Person, ...]:
        """Return everyone on file under the address in the leading database, in the order of their keys."""
        return self._leading.find_by_email(address)

    def find(self, clue: Clue) -> tuple[Person, ...]:
        """Return everyone in the leading database whom any of the clues fits, in the order of their keys."""
        return self._leading.find(clue)

    def person(self, key: str) -> Person | None:
        """Return the person with this key in the leading database, None if gone or anonymised."""
        return self._leading.person(key)

    def collect(self, key: str) -> Copy:
        """Return all mapped data of a person; raises CrmError if nobody is there."""
        copies = {name: self._named(name).collect(own) for name, own in self._keys(key).items()}
        return Copy(
            tables=tuple(self._names.copied(name, table) for name, one in copies.items() for table in one.tables),
            consents=tuple(consent for one in copies.values() for consent in one.consents),
        )

    def plan_correction(self, key: str, corrections: Sequence[Correction]) -> tuple[Change, ...]:
        """Return the field changes that the map allows; raises CrmError if nobody is there."""
        return tuple(
            self._names.shown(name, change)
            for name, own in self._keys(key).items()
            for change in self._named(name).plan_correction(own, corrections)
        )

    def correct(self, key: str, changes: Sequence[Change]) -> Done:
        """Write the new values; raises CrmConflict if a value is neither old nor new."""
        grouped: dict[str, list[Change]] = {crm.map.dataset: [] for crm in self.databases}
        for change in changes:
            name, own = self._names.found(change)
            grouped[name].append(own)
        keys = self._keys(key, changes=grouped[self._leading.map.dataset])
        if any(own and name not in keys for name, own in grouped.items()):
            raise CrmConflict("the person is no longer joined to what is to be corrected; propose the correction again")
        with self._changing("correct", keys) as opened:
            done = {
                name: correct.correct(connection, crm, keys[name], grouped[name], writes)
                for name, (connection, crm, writes) in opened.items()
            }
        return self._joint(done)

    def plan_deletion(self, key: str, *, today: date) -> Plan:
        """Return what erasing would do per table in each database; raises CrmError if nobody is there."""
        keys = self._keys(key)
        plans = {name: self._named(name).plan_deletion(own, today=today) for name, own in keys.items()}
        return joint_plan(self.databases, self._names, keys, plans)

    def delete(
        self,
        key: str,
        plan: Plan,
        *,
        today: date,
        resumed: bool,
        deep: bool = False,
        before_commit: Callable[[], None] = lambda: None,
    ) -> Done:
        """Carry the plan out in all databases and search each for traces of the person in any of them.

        `before_commit` is called once, before the first database commits. Raises CrmConflict, CrmRestricted or
        CrmIncomplete. Nothing was committed then, unless the text says where it was.
        """
        approved = Approved.of(plan)
        if self.person(key) is not None and not self._keys(key).items() <= approved.keys.items():
            raise CrmConflict("the person is on file in a database where they were not; plan again")
        plans = {name: self._as_approved(name, approved, today=today) for name in approved.keys}
        unread: list[str] = []
        with self._changing(ERASE, approved.keys) as opened:
            for name, (connection, crm, writes) in opened.items():
                with _told_where(name):
                    done = erase.delete(
                        connection,
                        crm,
                        approved.keys[name],
                        plans[name],
                        writes,
                        today=today,
                        resumed=resumed and self._named(name).may_have_erased(approved.keys[name]),
                        deep=deep,
                        also=plan.traces,
                    )
                unread += (f"{name}.{place}" for place in done.unsearched)
            for other in self.databases:
                if other.map.dataset not in opened:
                    with _told_where(other.map.dataset):
                        found = _search(other, plan.traces, deep=deep)
                    unread += (f"{other.map.dataset}.{place}" for place in found)
            before_commit()
        for one in self.databases:
            one.flush()
        return Done(steps=plan.steps, unsearched=tuple(unread))

    def due_erasures(self, *, today: date) -> tuple[str, ...]:
        """Return, as dataset and key, the erased persons of whom something was kept that no law keeps any longer."""
        return tuple(f"{crm.map.dataset}:{key}" for crm in self.databases for key in crm.due_erasures(today=today))

    def erase_due(self, key: str, *, today: date) -> Done:
        """Erase what `due_erasures` named; raises CrmIncomplete, having committed nothing."""
        name, _, own = key.partition(":")
        return self._joint({name: self._named(name).erase_due(own, today=today)})

    def suppress(self, address: str, consents: Sequence[str]) -> Done:
        """Stop mailings to an address in every database at once; raises CrmError if no map knows a consent."""
        chosen = self._chosen(consents)
        keys = self._under_address(address)
        with self._changing("suppress", dict.fromkeys(chosen, normalise(address))) as opened:
            done = {
                name: suppress.suppress(connection, crm, suppress.Whom(address, keys[name]), chosen[name], writes)
                for name, (connection, crm, writes) in opened.items()
            }
        return self._joint(done)

    def restrict(self, key: str) -> Done:
        """Freeze a person's data and end mailings to them; raises CrmError if a database has no such flag."""
        keys = self._keys(key)
        with self._changing("restrict", keys) as opened:
            done = {}
            for name, (connection, crm, writes) in opened.items():
                with _told_where(name):
                    done[name] = restrict.restrict(connection, crm, keys[name], writes)
        return self._joint(done)

    def lift_restriction(self, key: str, *, mailings: Collection[str]) -> Done:
        """Unfreeze them, with the mailings that the restriction ended, each where it did."""
        flagged = {crm.map.dataset for crm in self.databases if crm.map.identity.restricted}
        keys = {name: own for name, own in self._keys(key).items() if name in flagged}
        with self._changing("lift", keys) as opened:
            done = {
                name: restrict.lift(
                    connection, crm, keys[name], writes, mailings=bool(self._ended(name) & set(mailings))
                )
                for name, (connection, crm, writes) in opened.items()
            }
        return self._joint(done)

    @property
    def _leading(self) -> SqlCrm:
        return self.databases[0]

    def _named(self, dataset: str) -> SqlCrm:
        found = next((crm for crm in self.databases if crm.map.dataset == dataset), None)
        if found is None:
            raise CrmConflict(f"there is no dataset '{dataset}' in the data map any longer; plan again")
        return found

    def _keys(self, key: str, *, changes: Sequence[Change] = ()) -> dict[str, str]:
        """Return the person's key in each database in which they are, the leading one first.

        `changes` of the leading database may have reached the others already. Raises CrmError if several persons
        share the value that joins them.
        """
        leading, *others = self.databases
        found = {leading.map.dataset: key}
        for other in others:
            joined = other.map.joined
            here = (leading.map.identity.table, joined.leading_column if joined else "")
            new = [change.new for change in changes if (change.table, change.field) == here]
            own = counterpart(leading, other, key, new=new)
            if own:
                found[other.map.dataset] = own
        return found

    def _under_address(self, address: str) -> dict[str, tuple[str, ...]]:
        """Return everybody in each database who is known by an address in the leading one."""
        leading, *others = self.databases
        persons = leading.find_by_email(address)
        found: dict[str, tuple[str, ...]] = {leading.map.dataset: ()}
        for other in others:
            keys = (own for person in persons for own in counterparts(leading, other, person.key))
            found[other.map.dataset] = tuple(dict.fromkeys(keys))
        return found

    def _chosen(self, consents: Sequence[str]) -> dict[str, Sequence[str]]:
        """Return what to end in each database that knows any of it; raises CrmError for what none knows."""
        if not consents or suppress.ALL in consents:
            return {crm.map.dataset: consents for crm in self.databases}
        known = dict.fromkeys(consent for crm in self.databases for consent in crm.map.consents)
        if not set(consents) <= known.keys():
            raise CrmError(suppress.unknown(known))
        chosen = {crm.map.dataset: [one for one in consents if one in crm.map.consents] for crm in self.databases}
        return {name: ours for name, ours in chosen.items() if ours}

    def _as_approved(self, dataset: str, approved: Approved, *, today: date) -> Plan:
        """Return today's plan for one database; raises CrmConflict unless it is the approved one."""
        crm = self._named(dataset)
        if crm.person(approved.keys[dataset]) is None:
            return _NOBODY_THERE  # which `erase.delete` lets pass in a resumed call alone
        made = crm.plan_deletion(approved.keys[dataset], today=today)
        if mark(made) != approved.marks[dataset]:
            raise CrmConflict("the person's rows changed since the plan was made; plan again")
        return made

    @contextmanager
    def _changing(self, operation: str, keys: Mapping[str, str]) -> Iterator[Opened]:
        """Yield what each database is changed with, all committed at the end, the leading one last.

        What fails before the first commit undoes everything; what fails later says where it was committed already.
        """
        committed: list[str] = []
        try:
            with ExitStack() as stack:  # which ends them in the opposite order
                yield {
                    crm.map.dataset: stack.enter_context(_noted(crm, operation, keys[crm.map.dataset], committed))
                    for crm in self.databases
                    if crm.map.dataset in keys
                }
        except CrmError as problem:
            if not committed:
                raise
            kind = CrmUnavailable if problem.temporary else CrmIncomplete
            where = ", ".join(committed)
            raise kind(f"committed in {where}, but not in the rest; do it again to finish it ({problem})") from None

    def _joint(self, done: Mapping[str, Done]) -> Done:
        """Return the proofs as one."""
        return Done(
            steps=tuple(self._names.shown(name, step) for name, one in done.items() for step in one.steps),
            leftovers=tuple(place for one in done.values() for place in one.leftovers),
            formerly=tuple(row for name, one in done.items() for row in self._formerly(self._named(name), one)),
            identifiers=tuple(identifier for one in done.values() for identifier in one.identifiers),
        )

    def _ended(self, dataset: str) -> set[str]:
        """Return how the table whose flag ends mailings is called; "" is that of the leading database."""
        crm = self._named(dataset)
        shown = self._names.shown(dataset, Formerly(crm.map.identity.table, ()))
        return {shown.table, ""} if crm is self._leading else {shown.table}

    def _formerly(self, crm: SqlCrm, done: Done) -> tuple[Formerly, ...]:
        return tuple(self._names.shown(crm.map.dataset, row) for row in done.formerly)


@contextmanager
def _noted(
    crm: SqlCrm, operation: str, key: str, committed: list[str]
) -> Iterator[tuple[sa.Connection, MappedDatabase, list[Write]]]:
    with crm.changing(operation, key) as found:
        yield found
    committed.append(crm.map.dataset)


@contextmanager
def _told_where(dataset: str) -> Iterator[None]:
    """Let a problem say in which database it is."""
    try:
        yield
    except CrmIncomplete as problem:
        places = tuple(f"{dataset}.{place}" for place in problem.places)
        raise CrmIncomplete(f"{dataset}: {problem}", places=places) from None
    except CrmError as problem:
        raise type(problem)(f"{dataset}: {problem}") from None


def _search(crm: SqlCrm, traces: Sequence[str], *, deep: bool) -> tuple[str, ...]:
    """Search a database in which the person was not on file, and return what it could not read.

    Raises CrmIncomplete.
    """
    with crm.reading() as (connection, mapped):
        erase.refuse_leftovers(connection, mapped, traces, fates=(), deep=deep)
        return unsearched(connection) if deep else ()
