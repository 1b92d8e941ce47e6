"""What the data map lets be changed: consents and how they end, fields that can be corrected."""

from collections.abc import Mapping
from types import MappingProxyType

from storage.crm.datamap import Consent, Given, Stop, Target, Validator, Wording
from storage.crm.mapfile import ConsentEntry, HandlingEntry, StopEntry, TargetEntry

# How the values of the fields that mails are read for are checked where the map says nothing.
_VALIDATORS: Mapping[str, Validator] = {
    "email": Validator.EMAIL,
    "phone": Validator.PHONE,
    "birth_date": Validator.DATE,
    "iban": Validator.IBAN,
    "address": Validator.ADDRESS,
    "first_name": Validator.NAME,
    "last_name": Validator.NAME,
    "full_name": Validator.NAME,
}


def stops(own: HandlingEntry) -> Mapping[str, tuple[Stop, ...]]:
    """Return what ends each consent."""
    return MappingProxyType({name: tuple(map(_stop, entry.stops)) for name, entry in own.consents.items()})


def consent_types(own: HandlingEntry) -> tuple[Consent, ...]:
    """Return the consents that the map describes, in its order."""
    return tuple(_consent(name, entry) for name, entry in own.consents.items() if entry.purpose or entry.given)


def correctable(own: HandlingEntry) -> Mapping[str, tuple[Target, ...]]:
    """Return where each correctable field is stored."""
    return MappingProxyType(
        {name: tuple(_target(name, target) for target in targets) for name, targets in own.correctable.items()}
    )


def _stop(entry: StopEntry) -> Stop:
    where, values = tuple(entry.where.items()), tuple(entry.values.items())
    return Stop(table=entry.table, where=where, values=values, delete=entry.delete)


def _consent(name: str, entry: ConsentEntry) -> Consent:
    wordings = (Wording(version=one.version, valid_from=one.valid_from, text=one.text) for one in entry.wordings)
    return Consent(
        name=name,
        channel=entry.channel,
        purpose=entry.purpose,
        wordings=tuple(sorted(wordings, key=lambda wording: wording.valid_from)),
        given=tuple(
            Given(
                table=one.table,
                where=tuple(one.where.items()),
                granted=one.granted,
                granted_values=one.granted_values,
                at=one.at,
                version=one.version,
            )
            for one in entry.given
        ),
    )


def _target(name: str, entry: TargetEntry) -> Target:
    whole = {"": entry.column} if entry.column else {}
    return Target(
        table=entry.table,
        columns=tuple((whole | entry.parts).items()),
        where=tuple(entry.where.items()),
        validator=entry.validator or _VALIDATORS.get(name, Validator.TEXT),
    )
