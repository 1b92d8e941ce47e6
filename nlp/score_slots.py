"""How many details were read exactly."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from handlers.recognition import Decision, Recognition, Slots
from handlers.rights import STOP_RIGHTS, Right
from nlp.corpus import Mail
from nlp.slots.tags import CITED

OUTER = " .,;:!?\"'„“”‚‘’«»‹›()[]"  # around a value: no part of it


def score(pairs: Iterable[tuple[Mail, Recognition]]) -> Mapping[str, float]:
    """Return the share of exact answers per detail, over the mails that are labelled with it.

    `corrections` compares field and new value of all corrections of a mail, `corrections_acting` those of mails that
    were acted on; `consents` compares sets; an identifier counts once for each mail that gives it, and `…_precision`
    is the share of those read that are right. Blanks and OUTER marks make no difference, everything else does.
    """
    tally = _Tally()
    for mail, found in pairs:
        _count(tally, mail, found)
    return tally.shares()


class _Tally:
    """Hits and tries by name."""

    def __init__(self) -> None:
        self._tries: dict[str, int] = {}
        self._hits: dict[str, int] = {}

    def add(self, name: str, *, hit: bool) -> None:
        self._tries[name] = self._tries.get(name, 0) + 1
        self._hits[name] = self._hits.get(name, 0) + hit

    def shares(self) -> dict[str, float]:
        return {name: self._hits[name] / tries for name, tries in sorted(self._tries.items())}


def _count(tally: _Tally, mail: Mail, found: Recognition) -> None:
    _count_corrections(tally, mail, found)
    if mail.slots.consents and STOP_RIGHTS & set(mail.labels):
        tally.add("consents", hit=set(mail.slots.consents) == set(found.slots.consents))
    expected, read = _texts(mail.slots), _texts(found.slots)
    for name, value in expected.items():
        if value:
            tally.add(name, hit=value == read[name])
            tally.add("identifiers" if name not in CITED else "cited", hit=value == read[name])
        if read[name]:
            tally.add(f"{name}_precision", hit=value == read[name])


def _count_corrections(tally: _Tally, mail: Mail, found: Recognition) -> None:
    if not mail.slots.corrections or Right.CORRECTION not in mail.labels:
        return
    expected = {(one.field, _plain(one.new)) for one in mail.slots.corrections}
    read = {(one.field, _plain(one.new)) for one in found.slots.corrections}
    tally.add("corrections", hit=expected == read)
    tally.add("corrections_value", hit={new for _, new in expected} == {new for _, new in read})
    if found.decision is Decision.ACT:
        tally.add("corrections_acting", hit=expected == read)


def _texts(slots: Slots) -> dict[str, str]:
    texts = {**asdict(slots.identifiers), **{name: getattr(slots, name) for name in CITED}}
    return {name: _plain(text) for name, text in texts.items()}


def _plain(value: str) -> str:
    return " ".join(value.split()).strip(OUTER)
