"""One plan for several databases: the steps of all, and a fingerprint that says what was planned for each."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from handlers.crm import CrmConflict, Identifier, Plan
from storage.crm.counterpart import known_of_others
from storage.crm.desk import SqlCrm
from storage.crm.identifiers import canonical
from storage.crm.names import Names

Keys = Mapping[str, str]  # by dataset the person's key there, the leading one first
Plans = Mapping[str, Plan]


@dataclass(frozen=True)
class Approved:
    """What a joint plan says of each database: the person's key there, and the mark of the plan for it."""

    keys: Keys
    marks: Mapping[str, str]

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Read it from a joint plan; raises CrmConflict if it was made for other datasets or for one alone."""
        try:
            parts = json.loads(plan.fingerprint)
        except ValueError:
            raise CrmConflict("the plan was made for one database; plan again") from None
        return cls(keys={name: key for name, key, _ in parts}, marks={name: one for name, _, one in parts})


def joint_plan(databases: Sequence[SqlCrm], names: Names, keys: Keys, plans: Plans) -> Plan:
    """Return the plans as one; its traces are the person's alone in every database."""
    shared = _shared(databases, keys, plans)
    return Plan(
        steps=tuple(names.shown(name, step) for name, plan in plans.items() for step in plan.steps),
        fingerprint=json.dumps([[name, keys[name], mark(plan)] for name, plan in plans.items()]),
        traces=tuple(sorted({trace for plan in plans.values() for trace in plan.traces} - shared)),
        identifiers=tuple(_identifiers(plans, shared)),
    )


def mark(plan: Plan) -> str:
    """Return a hash that changes whenever the plan for one database does."""
    return hashlib.sha256(json.dumps([plan.fingerprint, plan.traces]).encode()).hexdigest()


def _shared(databases: Sequence[SqlCrm], keys: Keys, plans: Plans) -> set[str]:
    """Return the traces from one database that are somebody else's in another."""
    shared: set[str] = set()
    for crm in databases:
        name = crm.map.dataset
        own = set(plans[name].traces) if name in plans else set()
        elsewhere = {trace for plan in plans.values() for trace in plan.traces} - own
        shared |= known_of_others(crm, keys.get(name, ""), elsewhere)
    return shared


def _identifiers(plans: Plans, shared: set[str]) -> Iterator[Identifier]:
    """Yield each once, alone only if nobody else has it anywhere."""
    found = [one for plan in plans.values() for one in plan.identifiers]
    theirs = {one.value for one in found if not one.alone}
    theirs |= {canonical(one.kind, value) for one in found for value in shared}
    yield from dict.fromkeys(replace(one, alone=one.alone and one.value not in theirs) for one in found)
