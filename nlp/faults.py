"""What is wrong with a line of a corpus file: everything that is labelled must stand in the mail, word for word."""

from collections.abc import Iterable, Iterator

from handlers.rights import STOP_RIGHTS, Right
from nlp.corpus import TEACHING_KINDS, Row
from nlp.slots.consents import CONSENTS
from nlp.slots.tags import CITED, FIELDS, IDENTIFIERS

KEYS = frozenset({"id", "lang", "subject", "body", "labels", "evidence", "slots", "kind", "note"})
TEXTS = ("id", "lang", "subject", "body", "kind", "note")
KINDS = frozenset({"mail", "chat", "letter", "thread", "forward", "auto", "bulk", "spam", *TEACHING_KINDS})
SLOTS = frozenset({"corrections", "consents", "identifiers", *CITED})


def faults_of(rows: Iterable[Row]) -> Iterator[str]:
    """Yield one line for each fault, beginning with the mail's id."""
    seen: set[object] = set()
    for row in rows:
        name = row.get("id")
        if name in seen:
            yield f"{name}: this id is there twice"
        seen.add(name)
        yield from (f"{name}: {fault}" for fault in _faults(row))


def _faults(row: Row) -> Iterator[str]:
    if set(row) != KEYS:
        yield f"its keys are {sorted(row)}, not {sorted(KEYS)}"
        return
    if not all(isinstance(row[key], str) for key in TEXTS) or row["kind"] not in KINDS:
        yield f"{', '.join(TEXTS)} are texts, and kind is one of {sorted(KINDS)}"
        return
    if not _are_of(row["labels"], set(Right)) or len(set(row["labels"])) != len(row["labels"]):
        yield f"labels {row['labels']} are not a list of different rights"
        return
    text = f"{row['subject']}\n{row['body']}"
    yield from _evidence_faults(row, text)
    if set(row["slots"]) <= SLOTS:
        yield from _slot_faults(row, text)
    else:
        yield f"slots {sorted(set(row['slots']) - SLOTS)} are unknown"


def _evidence_faults(row: Row, text: str) -> Iterator[str]:
    if len(row["evidence"]) != len(row["labels"]):
        yield "there must be one evidence for each label"
    yield from (
        f"evidence is not in the mail: {words!r}" for words in row["evidence"] if not words or words not in text
    )


def _slot_faults(row: Row, text: str) -> Iterator[str]:
    slots = row["slots"]
    corrections, consents = slots.get("corrections", []), slots.get("consents", [])
    identifiers = slots.get("identifiers", {})
    if corrections and Right.CORRECTION not in row["labels"]:
        yield "corrections without the label"
    if consents and not STOP_RIGHTS & set(row["labels"]):
        yield "consents without withdrawal or objection"
    if not _are_of(consents, CONSENTS):
        yield f"consents {consents} are not among {sorted(CONSENTS)}"
    if not _are_of(identifiers, IDENTIFIERS):
        yield f"identifiers {sorted(identifiers)} are not among {sorted(IDENTIFIERS)}"
    values = [*identifiers.values(), *(slots[key] for key in CITED if key in slots)]
    for correction in corrections:
        yield from _correction_faults(correction)
        values += [correction.get(key) or "" for key in ("old", "new") if correction.get(key) != ""]
    yield from (f"not in the mail: {value!r}" for value in values if not value or value not in text)


def _correction_faults(correction: Row) -> Iterator[str]:
    if set(correction) != {"field", "old", "new"} or correction["field"] not in FIELDS:
        yield f"correction {correction} is not a field of {sorted(FIELDS)} with old and new"
    elif not correction["old"] and not correction["new"]:
        yield "a correction without any value"


def _are_of(values: Iterable[object], known: Iterable[object]) -> bool:
    return set(values) <= set(known)
