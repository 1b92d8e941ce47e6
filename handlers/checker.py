"""The reply checker: does a letter say what the law demands of it? It looks at the words, not at the template."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from handlers.law.duties import Duty, duties_of_letter, duties_of_section
from handlers.letters import Letter, Rendered, Said

WORD = re.compile(r"\w+")


def missing_duties(letter: Letter, rendered: Rendered) -> tuple[Duty, ...]:
    """Return the duties that a letter's words leave open, each once; a letter with none may leave.

    Raises KeyError for a kind of letter or a section whose duties are not known.
    """
    missing = _missing(duties_of_letter(letter.kind), letter.context, rendered.said, place=())
    for number, section in enumerate(_rows(letter.context.get("sections", ()))):
        duties = duties_of_section(str(_get(section, "template")))
        missing += _missing(duties, section, rendered.said, place=(str(number),))
    return tuple(dict.fromkeys(missing))


def _missing(duties: Iterable[Duty], filled: object, said: Sequence[Said], *, place: tuple[str, ...]) -> list[Duty]:
    def words(duty: Duty) -> str:
        return " ".join(one.words for one in said if one.path == (*place, duty.code))

    return [duty for duty in duties if _exists(duty, filled) and not _is_met(duty, filled, _tokens(words(duty)))]


def _exists(duty: Duty, filled: object) -> bool:
    return not duty.when or any(any(_values(filled, path)) for path in duty.when)


def _is_met(duty: Duty, filled: object, words: Sequence[str]) -> bool:
    if not words:
        return False
    shown = [_values(filled, path) for path in duty.fields]
    chosen = [_values(filled, path) for path in duty.codes]
    if not all(shown) or not all(chosen):
        return False
    return all(_is_said(value, words) for values in shown for value in values) and all(
        _tokens(value) for values in chosen for value in values
    )


def _is_said(value: object, words: Sequence[str]) -> bool:
    """Does the value stand among these words? Of a date, what every language writes in figures: day and year."""
    if isinstance(value, date):
        rest = iter(words)
        return all(part in rest for part in (str(value.day), str(value.year)))
    wanted = " ".join(_tokens(value))
    return bool(wanted) and f" {wanted} " in f" {' '.join(words)} "


def _tokens(value: object) -> list[str]:
    """Return a value's words, which neither spaces nor punctuation can change."""
    return [] if value is None else WORD.findall(str(value).casefold())


def _values(filled: object, path: str) -> list[object]:
    """Return what is found at a place such as "tables.purpose", one per row."""
    found = [filled]
    for name in path.split("."):
        found = [value for one in found for value in _rows(_get(one, name))]
    return found


def _get(filled: object, name: str) -> object:
    return filled.get(name) if isinstance(filled, Mapping) else getattr(filled, name, None)


def _rows(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else [value]
