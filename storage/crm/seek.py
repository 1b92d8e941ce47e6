"""Who is on file by what somebody says of themselves: exact and normalised, and everyone whom it fits.

Address and numbers are compared by the database. What it cannot normalise (a telephone number's spellings, the words of
a name) it only narrows down, and the rest is compared here.
"""

import unicodedata
from collections.abc import Iterator

import sqlalchemy as sa

from handlers.crm import Clue, Person
from storage.crm import phones
from storage.crm.datamap import EMAIL
from storage.crm.find import people, with_address, with_identifier
from storage.crm.holders import categorised, exactly, holders, kinds
from storage.crm.match import folded, normalise, same
from storage.crm.schema import MappedDatabase
from storage.crm.walk import Condition, one_of, persons_of

PHONE = "phone_number"
_BIRTH_DATE = "user.demographic.date_of_birth"
_PHONE = "user.contact.phone_number"
_ADDRESS = "user.contact.address"  # where a CRM has street and number, and perhaps more, in one column
_STREET = "user.contact.address.street"
_POSTCODE = "user.contact.address.postal_code"
_PUNCTUATION = " -/().\u00a0"


def find(connection: sa.Connection, crm: MappedDatabase, clue: Clue) -> tuple[Person, ...]:
    """Return everyone whom any of the clues fits, in the order of their keys; name goes with birth date or address."""
    sure = list(_by_identifiers(connection, crm, clue))
    table = crm.map.identity.table
    found = set(people(connection, crm, one_of(crm, table, sure)) if sure else ())
    if clue.name:
        found.update(
            person for person in _born_or_living(connection, crm, clue) if _words(person.name) == _words(clue.name)
        )
    return tuple(sorted(found, key=lambda person: (len(person.key), person.key)))


def _by_identifiers(connection: sa.Connection, crm: MappedDatabase, clue: Clue) -> Iterator[Condition]:
    if clue.email:
        yield with_address(crm, clue.email)
    if clue.number:
        yield from (with_identifier(crm, kind, clue.number) for kind in kinds(crm) if kind not in (EMAIL, PHONE))
    if clue.phone:
        yield from _by_phone(connection, crm, clue.phone, clue.country)


def _by_phone(connection: sa.Connection, crm: MappedDatabase, text: str, country: str) -> Iterator[Condition]:
    number = phones.e164(text, country)
    if not number:
        return
    for table, name in dict.fromkeys([*holders(crm, PHONE), *categorised(crm, _PHONE)]):
        column = crm.tables[table].c[name]
        stored = connection.scalars(sa.select(column).distinct().where(_ends_in(column, phones.ending(number))))
        spellings = [text for text in stored if text]
        abroad = [text for text in spellings if phones.e164(text, "") == number]
        if abroad:
            yield persons_of(crm, table, column.in_(abroad))
        for home in sorted(phones.countries(number)) if crm.map.identity.country else ():
            at_home = [text for text in spellings if text not in abroad and phones.e164(text, home) == number]
            if at_home:
                yield sa.and_(persons_of(crm, table, column.in_(at_home)), _lives_in(crm, home))


def _ends_in(column: sa.Column[object], digits: str) -> Condition:
    text: sa.ColumnElement[str] = sa.cast(column, sa.String)
    for character in _PUNCTUATION:
        text = sa.func.replace(text, character, "")
    return text.endswith(digits, autoescape=True)


def _lives_in(crm: MappedDatabase, country: str) -> Condition:
    return same(crm.tables[crm.map.identity.table].c[crm.map.identity.country], normalise(country))


def _born_or_living(connection: sa.Connection, crm: MappedDatabase, clue: Clue) -> Iterator[Person]:
    for way in [*_born_on(crm, clue), *_living_at(crm, clue)]:
        yield from people(connection, crm, way)


def _born_on(crm: MappedDatabase, clue: Clue) -> Iterator[Condition]:
    if clue.birth_date is None:
        return
    for table, name in categorised(crm, _BIRTH_DATE):
        column = crm.tables[table].c[name]
        value = clue.birth_date.isoformat() if isinstance(column.type, sa.String) else clue.birth_date
        yield persons_of(crm, table, column == value)


def _living_at(crm: MappedDatabase, clue: Clue) -> Iterator[Condition]:
    if not (clue.street and clue.postcode):
        return
    streets = {table: name for category in (_ADDRESS, _STREET) for table, name in exactly(crm, category)}
    postcode = normalise(clue.postcode).replace(" ", "").replace("-", "")
    for table, name in categorised(crm, _POSTCODE):
        if table in streets:
            code = sa.func.replace(sa.func.replace(folded(crm.tables[table].c[name]), " ", ""), "-", "")
            there = same(crm.tables[table].c[streets[table]], normalise(clue.street))
            yield persons_of(crm, table, sa.and_(code == postcode, there))


def _words(name: str) -> list[str]:
    """Return a name's words in any order: family names stand first in some countries and files."""
    return sorted(unicodedata.normalize("NFC", name).casefold().replace(",", " ").split())
