"""The tables of Rightsdesk's own store. Columns named `sealed` hold ciphertext, `*_hash` keyed hashes."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    text,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite would forget the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give back an aware moment."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _partial_index(name: str, column: str, condition: str) -> Index:
    """Return an index of the few rows still open, so that finding them costs the same however many are done."""
    return Index(name, column, sqlite_where=text(condition), postgresql_where=text(condition))


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

mails = Table(
    "mails",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("fingerprint_hash", String(64), nullable=False, unique=True),
    Column("key_id", ForeignKey("keys.id"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("arrived_at", UtcDateTime, nullable=False),
    Column("fetched_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(40), nullable=False, server_default=""),
    Column("ticket_id", ForeignKey("tickets.id"), index=True),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("next_attempt_at", UtcDateTime),
    _partial_index("ix_mails_waiting", "next_attempt_at", "state = 'new'"),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("reference", String(12), nullable=False, unique=True),
    Column("key_id", ForeignKey("keys.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("language", String(8), nullable=False),
    Column("trust", String(16), nullable=False),
    Column("question", String(40), nullable=False),
    Column("opened_by", String(64), nullable=False),
    Column("decided_by", String(64), nullable=False),
    Column("requester_hash", String(64), nullable=False, index=True),
    Column("person_hash", String(64), nullable=False, server_default="", index=True),
    Column("received_at", UtcDateTime, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("nominal_date", Date, nullable=False),
    Column("safe_date", Date, nullable=False),
    Column("last_date", Date, nullable=False),
    Column("rule", String(200), nullable=False),
    Column("basis", JSON),
    Column("reckoned_by", String(16), nullable=False, server_default=""),
    Column("silent", Boolean, nullable=False, server_default="0"),
    Column("look_at", UtcDateTime),
    Column("answered_at", UtcDateTime, index=True),
    Column("closed_at", UtcDateTime),
    Column("related", JSON),
    Column("merged", JSON),
    Column("merged_into", String(12), nullable=False, server_default=""),
    Column("split_from", String(12), nullable=False, server_default=""),
    Column("sealed", LargeBinary, nullable=False),
    _partial_index("ix_tickets_open", "safe_date", "closed_at IS NULL"),
    _partial_index("ix_tickets_look", "look_at", "closed_at IS NULL"),
    Index("ix_tickets_opened_at", "opened_at"),
)

requests = Table(
    "requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("right", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("score", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("due_at", UtcDateTime),
    Column("approved_by", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    _partial_index("ix_requests_waiting", "due_at", "status = 'waiting'"),
    _partial_index("ix_requests_carrying_out", "due_at", "status = 'carrying_out'"),
)

challenges = Table(
    "challenges",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False, index=True),
    Column("code_hash", String(64), nullable=False),
    Column("link_hash", String(64), nullable=False, unique=True),
    Column("sent_to_hash", String(64), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("tries_left", Integer, nullable=False),
    Column("requests", JSON),
    Column("state", String(16), nullable=False),
    _partial_index("ix_challenges_open", "expires_at", "state = 'open'"),
)

links = Table(
    "links",
    metadata,
    Column("link_hash", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False, index=True),
    Column("request_id", ForeignKey("requests.id"), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("sealed", LargeBinary, nullable=False),
)

letters = Table(
    "letters",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id"), index=True),
    Column("key_id", ForeignKey("keys.id"), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("problem", String(40), nullable=False, server_default=""),
    Column("sealed", LargeBinary, nullable=False),
    _partial_index("ix_letters_waiting", "next_attempt_at", "state IN ('ready', 'sending')"),
)

cards = Table(
    "cards",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("ticket_id", ForeignKey("tickets.id"), index=True),
    Column("topic", String(80), nullable=False, unique=True),
    Column("state", String(8), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("channel", String(32), nullable=False),
    Column("slack_ts", String(32), nullable=False),
    Column("content", JSON, nullable=False),
    _partial_index("ix_cards_waiting", "next_attempt_at", "state IN ('ready', 'sending')"),
)

# `address_hash` is of the address, or of a number by which its owner is known too (storage/ledger.py).
suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    Column("consent", String(24), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
)

# What had been consented to when it was stopped, and how it ended: the controller has to prove it (GDPR Art. 7(1)).
consent_history = Table(
    "consent_history",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("address_hash", String(64), nullable=False, index=True),
    Column("right", String(16), nullable=False),
    Column("consents", JSON, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reference", String(12), nullable=False),
    Column("key_id", ForeignKey("keys.id"), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# Erased persons: a row for each mark by which one of them would be known again. `entry` is the same for one person.
ledger = Table(
    "ledger",
    metadata,
    Column("mark_hash", String(64), primary_key=True),
    Column("entry", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reference", String(12), nullable=False),
)

# Notes that somebody of the staff has looked at, so that copies may hold them.
released_notes = Table(
    "released_notes",
    metadata,
    Column("note_hash", String(64), primary_key=True),
    Column("by", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

# What was written into the CRM: a row for each field, or for each row that was erased. Of a batch whose state is
# `intended` the result is unknown: the process was killed, or lost the database, while it was committed.
crm_changes = Table(
    "crm_changes",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("batch", String(32), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("state", String(8), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("reference", String(12), nullable=False, index=True),
    Column("operation", String(16), nullable=False),
    Column("person_hash", String(64), nullable=False, index=True),
    Column("action", String(16), nullable=False),
    Column("table_name", String(64), nullable=False),
    Column("key_hash", String(64), nullable=False),
    Column("field", String(64), nullable=False),
    Column("key_id", ForeignKey("keys.id")),
    Column("sealed", LargeBinary),
)

# Whose data are restricted (GDPR Art. 18), since when, and whether they were told that it ends. `mailings` names the
# CRM's tables in which it ended them; "" is the table of persons, for what an older version wrote.
restrictions = Table(
    "restrictions",
    metadata,
    Column("ticket_id", ForeignKey("tickets.id"), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("mailings", JSON, nullable=False),
    Column("told_at", UtcDateTime),
    Column("lifted_at", UtcDateTime),
)

journal = Table(
    "journal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("event", String(40), nullable=False),
    Column("reference", String(12), nullable=False, index=True),
    Column("actor", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    Column("digest", String(64), nullable=False),
)

# The journal's last entry, signed, so that cutting off its end is found too.
journal_head = Table(
    "journal_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("signature", String(64), nullable=False),
)
