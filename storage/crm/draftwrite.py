"""Writes a draft as the data map's file: with `?` where a person has to decide, and a comment that says what about."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
import yaml

from handlers.crm import Action
from storage.crm.datamap import EMAIL, Erasure, Link
from storage.crm.draft import Draft, DraftTable, erasure
from storage.crm.marks import UNDECIDED
from storage.crm.published import readable
from storage.crm.spot import Sight, is_about_invoices, is_flag_of_erasure

PLAIN = "system.operations"
PERSONAL = "user"
_MARKS = frozenset({Erasure.REDACT, Erasure.RANDOM})
_HEAD = """\
# First draft of the data map, made by looking at the database. Every `?` waits for a person to decide; go through the
# rest too: a guess is no knowledge. `rightsdesk crm check` names what is left to do.
"""
# Kinds that mails are read for, by the name that `correctable` has for them.
_CORRECTABLE = {
    EMAIL: "email",
    "phone": "phone",
    "salutation": "salutation",
    "first_name": "first_name",
    "last_name": "last_name",
    "person_name": "full_name",
    "name": "full_name",
    "birth_date": "birth_date",
    "company": "company",
    "iban": "iban",
}


def write(draft: Draft, *, name: str, languages: Sequence[str]) -> str:
    """Return the file's text."""
    lines = [_HEAD, "dataset:", f"  - fides_key: {_flow(name)}", f"    name: {_flow(readable(name))}"]
    if draft.left_out:
        lines.append(f"    # Nothing looks personal in, and so left out: {', '.join(draft.left_out)}")
    lines += [f"    # Would run in a circle, and so left out: {_arrow(link)}" for link in draft.dropped]
    lines.append("    collections:")
    for table in draft.tables:
        lines += _collection(draft, table, name)
    lines += ["", "handling:", f"  languages: {_flow(list(languages))}", *_identity(draft), "", "  tables:"]
    for table in draft.tables:
        if table.linked:
            lines += _handled(table, languages)
    lines += _uses(draft)
    return "\n".join(lines) + "\n"


def _collection(draft: Draft, table: DraftTable, dataset: str) -> Iterator[str]:
    if not table.linked:
        yield "      # Decide: nothing links these persons to those that are looked up; add references if they belong."
    elif not table.live.key:
        yield "      # Decide: the table has no primary key, so erased rows cannot be counted; add one in the database."
    yield f"      - name: {_flow(table.live.name)}"
    yield "        fields:"
    for column in table.live.columns:
        yield f"          - {_flow(_field(draft, table, column, dataset))}{_why(table, column)}"


def _field(draft: Draft, table: DraftTable, column: str, dataset: str) -> dict[str, object]:
    meta: dict[str, object] = {}
    sight = table.sights.get(column)
    if column in table.live.key:
        meta["primary_key"] = True
    if (
        sight
        and sight.kind.identity
        and table.linked
        and (table.live.name == draft.identity or sight.kind.name == EMAIL)
    ):
        meta["identity"] = sight.kind.identity
    references = [_reference(link, table.live.name, dataset) for link in draft.links if _touches(link, table, column)]
    if references:
        meta["references"] = references
    entry: dict[str, object] = {"name": column, "data_categories": [category(table, column)]}
    return {**entry, "fides_meta": meta} if meta else entry


def _identifies(draft: Draft, table: DraftTable, sight: Sight) -> bool:
    return table.linked and (table.live.name == draft.identity or sight.kind.name == EMAIL)


def category(table: DraftTable, column: str) -> str:
    """Return a column's category: what it looks like, or that it says something about the row's person."""
    if column in table.sights:
        return table.sights[column].kind.category
    links = {reference.column for reference in table.live.references}
    return PLAIN if not table.linked or column in links or column in table.live.key else PERSONAL


def _touches(link: Link, table: DraftTable, column: str) -> bool:
    """Does this column name the link? A foreign key does, wherever it leads."""
    if _is_reversed(link, table):
        return (link.parent, link.parent_column) == (table.live.name, column)
    return (link.child, link.child_column) == (table.live.name, column)


def _is_reversed(link: Link, table: DraftTable) -> bool:
    return link.parent == table.live.name and any(
        (ref.column, ref.table) == (link.parent_column, link.child) for ref in table.live.references
    )


def _reference(link: Link, table: str, dataset: str) -> dict[str, str]:
    if link.child == table:
        return {"dataset": dataset, "field": f"{link.parent}.{link.parent_column}", "direction": "from"}
    return {"dataset": dataset, "field": f"{link.child}.{link.child_column}", "direction": "to"}


def _why(table: DraftTable, column: str) -> str:
    sight = table.sights.get(column)
    if sight and sight.by == "content":
        return "  # by its content"
    return "  # decide: personal?" if category(table, column) == PERSONAL else ""


def _identity(draft: Draft) -> Iterator[str]:
    table = draft.tables[0]
    by_kind = _by_kind(table)
    names = [by_kind[kind] for kind in ("first_name", "last_name") if kind in by_kind]
    names = names or [by_kind[kind] for kind in ("person_name", "name") if kind in by_kind]
    yield "  identity:"
    yield f"    table: {_flow(draft.identity)}"
    yield f"    name: {_flow(names)}"
    for kind in ("language", "country"):
        if kind in by_kind and _holds_codes(table, by_kind[kind]):
            yield f"    {kind}: {_flow(by_kind[kind])}"
    flags = [name for name in table.live.columns if is_flag_of_erasure(name)]
    if flags or (table.stays and not _is_marked(table)):
        flag = flags[0] if flags else UNDECIDED
        yield f"    erased: {_flow(flag)}  # decide: the flag of rows that stay as a shell after an erasure"
    yield "    # restricted: a flag that stops all use (Art. 18); suppressed: a flag that stops all advertising"


def _is_marked(table: DraftTable) -> bool:
    """Does erasing leave a word in the row by which it is known as a shell?"""
    return not _MARKS.isdisjoint(erasure(table, column) for column in table.live.columns)


def _holds_codes(table: DraftTable, column: str) -> bool:
    type_ = table.live.columns[column]["type"]
    return isinstance(type_, sa.String) and type_.length == 2  # noqa: PLR2004  (codes of two letters)


def _handled(table: DraftTable, languages: Sequence[str]) -> Iterator[str]:
    yield f"    {_flow(table.live.name)}:"
    yield f"      label: {_texts({'en': readable(table.live.name)}, languages)}"
    for text in ("purpose", "recipients", "retention"):
        yield f"      {text}: {_texts({}, languages)}"
    yield "      provided: false  # decide: true if the persons gave these data themselves (Art. 20)"
    notes = [name for name, sight in table.sights.items() if sight.kind.note]
    if notes:
        yield f"      notes: {_flow(notes)}"
    yield f"      erase: {table.erase}{_why_erase(table)}"
    if table.follows:
        yield f"      duty: {_flow({'follows': table.follows})}"
    elif table.dated:
        record = "invoice" if is_about_invoices(table.live.name) else UNDECIDED
        yield f"      duty: {_flow({'record': record, 'dated': table.dated, 'country': UNDECIDED})}"
    personal = [column for column in table.live.columns if category(table, column) != PLAIN]
    if table.stays and personal:
        yield "      fields:  # of rows that stay"
        yield from (f"        {_flow(column)}: {erasure(table, column)}" for column in personal)
    if personal:
        yield "      columns:"
        yield from (f"        {_flow(column)}: {_texts(_label(table, column), languages)}" for column in personal)


def _why_erase(table: DraftTable) -> str:
    if table.follows or table.erase is Action.ANONYMISE:
        return "  # decide: it belongs to rows that are kept"
    if table.erase is Action.KEEP:
        return "  # decide: it looks as if tax law wanted these rows kept"
    return ""


def _label(table: DraftTable, column: str) -> dict[str, str]:
    """Return the words of the column's kind; of a name or a text only the column's own name says whose or which."""
    sight = table.sights.get(column)
    if sight is None or sight.kind.note or sight.kind.name in {"name", "person_name"}:
        return {"en": readable(column)}
    return dict(sight.kind.label)


def _uses(draft: Draft) -> Iterator[str]:
    yield ""
    yield "  # Decide what ends each consent, such as {newsletter: [{table: members, values: {subscribed: false}}]}"
    yield "  consents: {}"
    yield ""
    yield "  correctable:"
    found = dict(_correctable(draft))
    yield from (f"    {field}: {_flow([target])}" for field, target in found.items())
    if not found:
        yield "    {}"


def _correctable(draft: Draft) -> Iterator[tuple[str, dict[str, object]]]:
    identity = draft.tables[0]
    name = identity.live.name
    by_kind = _by_kind(identity)
    for kind, field in _CORRECTABLE.items():
        if kind in by_kind:
            yield field, {"table": name, "column": by_kind[kind]}
    if {"first_name", "last_name"} <= by_kind.keys():
        parts = {"first_name": by_kind["first_name"], "last_name": by_kind["last_name"]}
        yield "full_name", {"table": name, "parts": parts}
    for table in draft.tables:
        parts = _address(table)
        if parts and table.linked and table.erase is Action.DELETE:
            yield "address", {"table": table.live.name, "parts": parts}
            return


def _address(table: DraftTable) -> dict[str, str]:
    by_kind = _by_kind(table)
    street = by_kind.get("street") or by_kind.get("address")
    if not street or not {"postcode", "city"} <= by_kind.keys():
        return {}
    return {"street": street, "postcode": by_kind["postcode"], "city": by_kind["city"]}


def _by_kind(table: DraftTable) -> dict[str, str]:
    """Return the first column of each kind."""
    return {sight.kind.name: name for name, sight in reversed(list(table.sights.items()))}


def _texts(known: dict[str, str], languages: Sequence[str]) -> str:
    return _flow({language: known.get(language, UNDECIDED) for language in languages})


def _arrow(link: Link) -> str:
    return f"{link.child}.{link.child_column} -> {link.parent}.{link.parent_column}"


def _flow(value: object) -> str:
    """Return a value on one line of YAML, quoted where it has to be."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=2**20)
    return text.removesuffix("\n").removesuffix("\n...")
