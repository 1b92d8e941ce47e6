"""Which person a command of `rightsdesk crm` is about, and the own store beside the CRM where there is one."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.app import change_log, open_store
from bot.crm_commands import places
from bot.settings import load
from handlers.crm import CrmError, Person
from storage import notes
from storage.crm.databases import OpenCrm, open_databases
from storage.store import Store

EmailOption = Annotated[str, typer.Option("--email", help="The person's address on file.", show_default=False)]
KeyOption = Annotated[
    str,
    typer.Option("--key", help="The person's primary key, where several share an address.", show_default=False),
]


def one_person(crm: OpenCrm, *, email: str, key: str) -> Person:
    """Return the one person meant; raises CrmError if there is none, or several."""
    if bool(email) == bool(key):
        raise CrmError("say who: either --email or --key")
    person = crm.person(key) if key else None
    found = crm.find_by_email(email) if email else (person,) if person else ()
    if not found:
        raise CrmError("nobody is on file there; addresses are compared whole, without regard to upper and lower case")
    if len(found) > 1:
        keys = ", ".join(one.key for one in found)
        raise CrmError(f"several persons share this address; say which with --key (their keys: {keys})")
    return found[0]


@contextmanager
def own_store(config: Path) -> Iterator[Store]:
    """Yield the own store that the settings name; raises SettingsProblem, KeyProblem or StoreProblem."""
    store = open_store(load(config))
    try:
        yield store
    finally:
        store.close()


@contextmanager
def crm_with_memory(database: Sequence[str] | None, map_: Path | None, config: Path) -> Iterator[tuple[OpenCrm, Store]]:
    """Yield the CRM, whose copies hold the notes that were released, and the own store; raises as both do."""
    with own_store(config) as store:
        gate = notes.gate(store.database, store.keyring)
        crm = open_databases(*places(database, map_, config), gate=gate, log=change_log(store))
        try:
            yield crm, store
        finally:
            crm.close()


def staff() -> str:
    """Return who works at this terminal, for the journal."""
    return os.environ.get("USER") or f"uid {os.getuid()}"
