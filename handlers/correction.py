"""Correction (GDPR Art. 16): old to new, after a look."""

import dataclasses
import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from handlers.crm import Change, Person
from handlers.desk import Job, NeedsPerson, Outcome, Section
from handlers.letters import pick
from handlers.policy import Policy
from handlers.ports import Crm
from handlers.tickets import Request


def prepare(request: Request, person: Person, crm: Crm, *, today: date) -> Request:
    """Propose the changes. Raises NeedsPerson if none was understood or allowed."""
    changes = crm.plan_correction(person.key, request.corrections)
    if not changes or not _are_on_file([one.old for one in request.corrections], changes):
        raise NeedsPerson("nothing_to_correct")
    return dataclasses.replace(request, changes=changes)


def _are_on_file(old_values: Sequence[str], changes: Sequence[Change]) -> bool:
    """Does each old value that the mail gives share a word with what is on file? If not, it was misread."""
    on_file = _words(" ".join(change.old for change in changes))
    return all(_words(old) & on_file for old in old_values if old)


def _words(text: str) -> set[str]:
    """Return the words of a value, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return set(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c))))


def carry_out(job: Job) -> Outcome:
    """Write the new values."""
    done = job.crm.correct(job.ticket.known_person.key, job.request.changes)
    return Outcome(dataclasses.replace(job.request, done=done))


def section(request: Request, *, language: str, policy: Policy) -> Section:
    """Return what was changed, from what to what."""
    changes = [{"label": pick(c.label, language), "old": c.old, "new": c.new} for c in request.changes]
    return {"changes": changes}
