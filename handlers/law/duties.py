"""What each letter has to say: the duties of a reply as data, each with its source."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Table = Mapping[str, Mapping[str, Mapping[str, str | list[str]]]]


@dataclass(frozen=True)
class Duty:
    """Something that a letter, or a section of the answer, owes its reader; the columns are those of duties.toml."""

    of: str
    code: str
    law: str
    fields: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    when: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Where it belongs and what it is, such as "refusal.reason"."""
        return f"{self.of}.{self.code}"


@cache
def _tables() -> Mapping[str, Table]:
    return tomllib.loads(files("handlers.law").joinpath("duties.toml").read_text(encoding="utf-8"))


@cache
def _duties(table: str, of: str) -> tuple[Duty, ...]:
    return tuple(_duty(of, code, columns) for code, columns in _tables()[table][of].items())


def _duty(of: str, code: str, columns: Mapping[str, str | list[str]]) -> Duty:
    lists = {name: tuple(columns.get(name, ())) for name in ("fields", "codes", "when")}
    return Duty(of, code, str(columns["law"]), **lists)


def duties_of_letter(kind: str) -> tuple[Duty, ...]:
    """Return what a kind of letter has to say. Raises KeyError for a kind nobody has thought about."""
    return _duties("letters", kind)


def duties_of_section(template: str) -> tuple[Duty, ...]:
    """Return what a section of the answer has to say. Raises KeyError for a section nobody has thought about."""
    return _duties("sections", template)
