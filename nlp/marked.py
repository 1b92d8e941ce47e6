"""Texts whose details are marked where they stand; corpus/README.md has the format.

withdrawal(sms)+access<tab>your texts<tab>[No more texts, please.] [What else do you have?] {id.phone:07700 900 118}
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from handlers.rights import STOP_RIGHTS

COLUMNS = 3  # labels, subject, body
NO_RIGHT = "none"
LINE_BREAK = r"\n"  # as it is written in a line
CITED = {"behalf": "on_behalf_of", "deadline": "deadline_mentioned", "law": "law"}

_LABEL = re.compile(r"(?P<right>[a-z]+)(?:\((?P<consents>[a-z_,]+)\))?")
_MARK = re.compile(r"\{(?P<role>[a-z_.]+):(?P<words>[^{}\[\]]+)\}")
_CLAUSE = re.compile(r"\[([^\[\]]+)\]")
_LEFT_OVER = re.compile(r"[{}\[\]]")


@dataclass(frozen=True)
class _Marked:
    """A text without its marks, and what they said."""

    text: str
    details: Sequence[tuple[str, str]]  # role and words
    clauses: Sequence[str]


def row_of(line: str) -> dict[str, Any]:
    """Return subject, body, labels, evidence and slots of a line, as a mail's row has them; raises ValueError.

    Of several identifiers of one kind the first counts, as in a mail.
    """
    columns = line.split("\t")
    if len(columns) != COLUMNS:
        raise ValueError("not labels, subject and body with one tab between")
    labels, consents = labels_of(columns[0])
    subject, body = _unmarked(columns[1]), _unmarked(columns[2].replace(LINE_BREAK, "\n"))
    evidence = body.clauses or [body.text] * len(labels)
    if len(evidence) != len(labels):
        raise ValueError(f"{len(evidence)} clauses in square brackets for {len(labels)} labels")
    slots = _slots([*subject.details, *body.details])
    return {
        "subject": subject.text,
        "body": body.text,
        "labels": labels,
        "evidence": list(evidence),
        "slots": slots | consents,
    }


def labels_of(column: str) -> tuple[list[str], dict[str, list[str]]]:
    """Return the rights of "withdrawal(sms,phone)+access", and the slot of their consents, if there are any.

    Raises ValueError.
    """
    labels: list[str] = []
    consents: list[str] = []
    for part in [] if column == NO_RIGHT else column.split("+"):
        label = _LABEL.fullmatch(part)
        if label is None:
            raise ValueError(f"{part!r} is no right, nor one with consents in brackets")
        if label["consents"] and label["right"] not in STOP_RIGHTS:
            raise ValueError(f"{part!r}: only withdrawal and objection have consents")
        labels.append(label["right"])
        consents += label["consents"].split(",") if label["consents"] else []
    return labels, {"consents": list(dict.fromkeys(consents))} if consents else {}


def _unmarked(marked: str) -> _Marked:
    details = [(mark["role"], mark["words"]) for mark in _MARK.finditer(marked)]
    text = _MARK.sub(lambda mark: mark["words"], marked)
    clauses = _CLAUSE.findall(text)
    text = _CLAUSE.sub(lambda clause: clause[1], text)
    if _LEFT_OVER.search(text):
        raise ValueError("a brace or a square bracket without its other")
    return _Marked(text=text, details=details, clauses=clauses)


def _slots(details: Iterable[tuple[str, str]]) -> dict[str, Any]:
    slots: dict[str, Any] = {}
    changed: dict[str, dict[str, list[str]]] = defaultdict(lambda: {"old": [], "new": []})
    for role, words in details:
        group, _, name = role.partition(".")
        if group in {"old", "new"} and name:
            if words not in changed[name][group]:  # what is told twice is one value
                changed[name][group].append(words)
        elif group == "id" and name:
            slots.setdefault("identifiers", {}).setdefault(name, words)
        elif role in CITED:
            slots.setdefault(CITED[role], words)
        else:
            raise ValueError(f"{role!r} is no role of a detail")
    return slots | {"corrections": list(_corrections(changed))} if changed else slots


def _corrections(changed: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[Mapping[str, str]]:
    for field, values in changed.items():
        for old, new in zip_longest(values["old"], values["new"], fillvalue=""):
            yield {"field": field, "old": old, "new": new}
