"""What the command line does without a server: set-up, recognition, mails from files, dates, journal."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import open_crm, open_store, utc_now
from bot.cases import Cases
from bot.settings import FILE, Settings, load
from bot.typeset import TEMPLATES
from handlers.desk import Desk
from handlers.mail import Mail
from handlers.recognition import Recognition
from handlers.tickets import Status
from nlp.recognise import SpacyRecogniser
from storage import journal, mails
from storage.crm.none import NoCrm
from storage.crypto import MasterKey

Row = tuple[str, ...]
Verdict = dict[str, Any]
LIST_LENGTH = 500
MAIL_PREFIX = "M-"


class NotThere(Exception):
    """What was named does not exist."""


def init(folder: Path) -> list[str]:
    """Write the settings and the key, and make the store; return what was done, a line each."""
    folder.mkdir(parents=True, exist_ok=True)
    settings_file = folder / FILE.name
    done = []
    if settings_file.exists():
        done.append(f"{settings_file} is there already: kept as it is")
    else:
        text = (TEMPLATES / "settings" / FILE.name).read_text(encoding="utf-8")
        settings_file.write_text(text, encoding="utf-8")
        done.append(f"wrote {settings_file}: the settings, each with its explanation")
    settings = load(settings_file)
    key_file = settings.store.key_file
    if key_file.exists():
        done.append(f"{key_file} is there already: kept as it is")
    else:
        MasterKey.generate().write(key_file)
        done.append(f"wrote {key_file}: the master key. Back it up apart from the database; without it all is lost")
    open_store(settings).close()
    done.append(f"made the store {settings.store.url}")
    done.append('next: rightsdesk classify "please delete my data", then fill in the settings and rightsdesk check')
    return done


@contextmanager
def desk(settings: Settings) -> Iterator[Cases]:
    """Yield the cases without doors. The CRM is used if one is configured."""
    store = open_store(settings)
    try:
        crm = open_crm(settings, store) if settings.crm.url else NoCrm()
        recogniser = _LazyRecogniser()
        yield Cases(store, Desk(settings.to_policy(), recogniser, crm), clock=utc_now)
    finally:
        store.close()


class _LazyRecogniser:
    """Loads the model when the first mail is read: most commands read none."""

    def __init__(self) -> None:
        self._loaded: SpacyRecogniser | None = None

    def _recogniser(self) -> SpacyRecogniser:
        if self._loaded is None:
            self._loaded = SpacyRecogniser.load()
        return self._loaded

    def recognise(self, *, subject: str, body: str) -> Any:
        return self._recogniser().recognise(subject=subject, body=body)

    def own_words(self, body: str) -> str:
        return self._recogniser().own_words(body)


def classify(sources: Iterable[str]) -> Iterator[Verdict]:
    """Yield the verdict on each text or file, as plain data."""
    recogniser = SpacyRecogniser.load()
    for source in sources:
        subject, body = _text_of(source)
        found = recogniser.recognise(subject=subject, body=body)
        yield {"language": found.language, "decision": str(found.decision), "reason": found.reason, **_told(found)}


def classify_rows(lines: Iterable[str], *, on_problem: Callable[[str], None]) -> Iterator[Verdict]:
    """Yield the verdict on each JSON line with "id", "subject" and "body"; a line that is none is a problem."""
    recogniser = SpacyRecogniser.load()
    for number, line in enumerate(lines, start=1):
        row = _row_of(line)
        if row is None:
            on_problem(f'line {number}: not a JSON object with "id", "from", "subject" and "body"')
            continue
        found = recogniser.recognise(subject=str(row.get("subject") or ""), body=str(row.get("body") or ""))
        told = _told(found)
        yield {
            "id": row.get("id"),
            "language": found.language,
            "labels": told["labels"],
            "decision": str(found.decision),
            "rights": told["rights"],
            "slots": told["slots"],
        }


def _row_of(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _told(found: Recognition) -> Verdict:
    return {
        "labels": [str(one.right) for one in found.asked],
        "rights": [{"right": str(o.right), "score": round(o.score, 3), "evidence": o.evidence} for o in found.asked],
        "slots": dataclasses.asdict(found.slots),
    }


def _text_of(source: str) -> tuple[str, str]:
    path = Path(source)
    try:
        if "\n" in source or not path.is_file():
            return "", source
    except OSError:  # too long for a file name: a text
        return "", source
    raw = path.read_bytes()
    if path.suffix == ".eml":
        mail = Mail.from_bytes(raw, arrived_at=datetime.now(UTC))
        return mail.subject, mail.text
    return "", raw.decode(errors="replace")


def take_in(cases: Cases, file: Path, *, now: datetime) -> Row:
    """Keep and handle a mail; return file, what it became, ticket, rights, safe date, reason."""
    mail_id = cases.keep(file.read_bytes(), arrived_at=now)
    if mail_id is None:
        return (file.name, "known", "", "", "", "taken in before")
    cases.take_in(mail_id)
    with cases.store.unit(now=now) as unit:
        kept = mails.outcome(unit.connection, mail_id)
        ticket = unit.ticket(kept.ticket_id) if kept.ticket_id else None
    if ticket is None:
        return (file.name, kept.state, "", "", "", kept.reason)
    rights = ", ".join(request.right for request in ticket.requests)
    return (file.name, kept.state, ticket.reference, rights, ticket.clock.safe_date.isoformat(), ticket.question)


def ticket_rows(cases: Cases) -> list[Row]:
    """Return the open tickets: reference, rights, status, received, safe and last date."""
    found, _ = cases.open_tickets(limit=LIST_LENGTH)
    return [
        (
            ticket.reference,
            ", ".join(r.right for r in ticket.requests if r.status is not Status.CLOSED),
            ", ".join(dict.fromkeys(r.status for r in ticket.requests)),
            ticket.clock.received_on.isoformat(),
            ticket.clock.safe_date.isoformat(),
            ticket.clock.last_date.isoformat(),
        )
        for ticket in found
    ]


def mail_rows(cases: Cases, *, state: str) -> list[Row]:
    """Return the mails: name, arrival, state, reason, size in bytes."""
    with cases.store.database.read() as connection:
        found = mails.outcomes(connection, state=state, limit=LIST_LENGTH)
    return [
        (f"{MAIL_PREFIX}{one.id[:8]}", _minute(one.arrived_at), one.state, one.reason, str(one.size)) for one in found
    ]


def release(cases: Cases, name: str) -> str:
    """Handle a mail that was set aside. Raises NotThere."""
    with cases.store.database.read() as connection:
        mail_id = mails.find(connection, name.removeprefix(MAIL_PREFIX).lower(), state="quarantined")
    if mail_id is None:
        raise NotThere(f"there is no quarantined mail {name}: see `rightsdesk mails --state quarantined`")
    cases.release(mail_id)
    with cases.store.database.read() as connection:
        kept = mails.outcome(connection, mail_id)
    return f"{name}: {kept.state} {kept.reason}".strip()


def journal_rows(cases: Cases, *, reference: str) -> list[Row]:
    """Return the journal's entries."""
    with cases.store.database.read() as connection:
        entries = journal.read(connection, reference=reference)
    return [
        (
            str(seq),
            _minute(entry.at),
            entry.event,
            entry.reference,
            entry.actor,
            json.dumps(dict(entry.data), ensure_ascii=False),
        )
        for seq, entry in entries
    ]


def _minute(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
