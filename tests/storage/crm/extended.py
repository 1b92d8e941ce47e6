"""The sample CRM with what it lacks: notes that are looked at, data of third persons, a queue of mails to be sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from storage.crm.notes import NoteGate
from tests.storage.crm.desk import MAP, Desk

QUEUE = (
    "CREATE TABLE mail_queue (id INTEGER PRIMARY KEY, email VARCHAR(254), list_code VARCHAR(40), status VARCHAR(20))"
)
QUEUED = (
    "INSERT INTO mail_queue (id, email, list_code, status) VALUES (1, 'ann@example.org', 'newsletter', 'queued'),"
    " (2, 'Ann@Example.org', 'offers', 'queued'), (3, 'ann@example.org', 'newsletter', 'sent'),"
    " (4, 'joann@example.org', 'newsletter', 'queued')"
)
LANGUAGES = ("en", "de", "pl", "sk")


def extended(
    desk: Desk, folder: Path, change: Callable[[dict[str, Any]], None], *, gate: NoteGate | None = None
) -> Desk:
    """Return the desk with a changed data map."""
    content = yaml.safe_load(MAP.read_text(encoding="utf-8"))
    change(content)
    file = folder / "crm.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return Desk(crm=SqlCrm(desk.engine, load(file), gate=gate), engine=desk.engine)


def with_notes(content: dict[str, Any]) -> None:
    """Mark the notes as free text of the staff, and the subjects of contacts as about somebody else."""
    content["handling"]["tables"]["notes"]["notes"] = ["body"]
    content["handling"]["tables"]["interactions"]["third_person"] = ["subject"]


def with_queue(stop: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """Map the queue, and stop what waits there together with the newsletter."""

    def change(content: dict[str, Any]) -> None:
        dataset = content["dataset"][0]
        link = {"dataset": dataset["fides_key"], "field": "customers.email", "direction": "from"}
        fields = [
            {"name": "id", "data_categories": ["system.operations"], "fides_meta": {"primary_key": True}},
            {
                "name": "email",
                "data_categories": ["user.contact.email"],
                "fides_meta": {"identity": "email", "references": [link]},
            },
            {"name": "list_code", "data_categories": ["system.operations"]},
            {"name": "status", "data_categories": ["system.operations"]},
        ]
        dataset["collections"].append({"name": "mail_queue", "fields": fields})
        words = dict.fromkeys(LANGUAGES, "Mails to be sent")
        content["handling"]["tables"]["mail_queue"] = {
            **dict.fromkeys(("label", "purpose", "recipients", "retention"), words),
            "erase": "delete",
            "columns": {"email": words},
        }
        stops = content["handling"]["consents"]["newsletter"]
        (stops if isinstance(stops, list) else stops["stops"]).append({"table": "mail_queue", **stop})

    return change
