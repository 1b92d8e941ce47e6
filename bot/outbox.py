"""What leaves: letters over SMTP, cards to Slack. Each is a row that is claimed, sent, and marked."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

from bot.cases import Cases, retry_after
from bot.smtp import DeliveryFailed
from handlers import answering
from handlers.cards import failure_card
from handlers.policy import Policy
from storage import outgoing
from storage.outgoing import OutgoingCard, OutgoingLetter

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(days=3)
# RFC 3834: letters that answer a mail, as against those that are sent unasked.
REPLIES = frozenset({"acknowledgement", "answer", "code_wrong"})
LOOP_HEADER = "X-Rightsdesk-Loop"
# The email package decodes these in any header, and older ones write a line break that was in it (CVE-2024-6923):
# a stranger's Message-ID could begin a header of its own.
ENCODED_WORD = "=?"


class Transport(Protocol):
    """Takes a mail to the server, see bot.smtp."""

    async def send(self, message: EmailMessage, *, sender: str, recipient: str) -> None:
        """Raises DeliveryFailed."""
        ...


class CardPoster(Protocol):
    """Puts a card into Slack, see bot.slack."""

    async def post(self, card: OutgoingCard) -> tuple[str, str]:
        """Post or replace; return channel and time stamp. Raises CardRefused."""
        ...


class CardRefused(Exception):
    """Slack did not take a card; `retry_after` says when it may be tried again."""

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


def compose(letter: OutgoingLetter, *, policy: Policy, now: datetime) -> EmailMessage:
    """Return a letter as a mail: text and HTML, threaded, marked as automatic (RFC 3834), under a stable Message-ID."""
    words = letter.words
    local, _, domain = policy.controller.address.rpartition("@")
    message = EmailMessage()
    message["From"] = Address(policy.controller.name, local, domain)
    message["To"] = words.to
    message["Subject"] = words.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter.id}@{policy.message_id_domain}>"
    if words.in_reply_to and ENCODED_WORD not in words.in_reply_to:
        message["In-Reply-To"] = f"<{words.in_reply_to}>"
        message["References"] = " ".join(f"<{one}>" for one in words.references if ENCODED_WORD not in one)
    message["Auto-Submitted"] = "auto-replied" if letter.kind in REPLIES else "auto-generated"
    message[LOOP_HEADER] = "1"
    message.set_content(words.text)
    message.add_alternative(words.html, subtype="html")
    # Last: whatever sets the content takes the content's headers away.
    message["Content-Language"] = words.language
    return message


class Outbox:
    """Sends what is queued."""

    def __init__(
        self, cases: Cases, *, transport: Transport, poster: CardPoster, clock: Callable[[], datetime]
    ) -> None:
        self._cases = cases
        self._transport = transport
        self._poster = poster
        self._clock = clock

    async def deliver(self, letter_id: str, *, attempt: int) -> str:
        """Send one letter; return what became of it."""
        letter = await asyncio.to_thread(self._claim_letter, letter_id, attempt)
        if letter is None:
            return "not ours"
        policy = self._cases.policy
        message = compose(letter, policy=policy, now=self._clock())
        try:
            await self._transport.send(message, sender=policy.controller.address, recipient=letter.words.to)
        except DeliveryFailed as problem:
            return await asyncio.to_thread(self._failed, letter, problem)
        await asyncio.to_thread(self._sent, letter)
        return "sent"

    def _claim_letter(self, letter_id: str, attempt: int) -> OutgoingLetter | None:
        with self._cases.store.database.write() as connection:
            return outgoing.claim_letter(connection, self._cases.store.keyring, letter_id, attempt=attempt)

    def _sent(self, letter: OutgoingLetter) -> None:
        with self._cases.unit() as unit:
            if not outgoing.mark_sent(unit.connection, letter, now=unit.now):
                return
            unit.note("letter.sent", reference=letter.reference, letter=letter.kind)
            ticket = unit.ticket(letter.ticket_id) if letter.ticket_id and letter.kind == "answer" else None
            if ticket is not None:
                answering.answered(unit, ticket, letter.id)

    def _failed(self, letter: OutgoingLetter, problem: DeliveryFailed) -> str:
        log.warning(
            "letter.failed reference=%s code=%d permanent=%s", letter.reference, problem.code, problem.permanent
        )
        given_up = problem.permanent or self._clock() - letter.created_at > GIVE_UP_AFTER
        with self._cases.unit() as unit:
            if not given_up:
                until = unit.now + retry_after(letter.attempt)
                outgoing.postpone_letter(unit.connection, letter, until=until, problem=str(problem.code))
                return "later"
            outgoing.mark_failed(unit.connection, letter, problem=str(problem.code))
            unit.note("letter.failed", reference=letter.reference, letter=letter.kind, code=problem.code)
            ticket = unit.ticket(letter.ticket_id) if letter.ticket_id else None
            if ticket is not None:
                topic, detail = f"letter:{letter.id}", str(problem.code)
                unit.put_card(failure_card(ticket, topic=topic, reason="letter_failed", detail=detail))
        return "failed"

    async def notify(self, card_id: str, *, attempt: int) -> str:
        """Post one card; return what became of it."""
        card = await asyncio.to_thread(self._claim_card, card_id, attempt)
        if card is None:
            return "not ours"
        try:
            channel, slack_ts = await self._poster.post(card)
        except CardRefused as problem:
            await asyncio.to_thread(self._postpone_card, card, problem)
            return "later"
        await asyncio.to_thread(self._posted, card, channel, slack_ts)
        return "posted"

    def _claim_card(self, card_id: str, attempt: int) -> OutgoingCard | None:
        with self._cases.store.database.write() as connection:
            return outgoing.claim_card(connection, card_id, attempt=attempt)

    def _posted(self, card: OutgoingCard, channel: str, slack_ts: str) -> None:
        with self._cases.unit() as unit:
            outgoing.mark_posted(unit.connection, card, channel=channel, slack_ts=slack_ts)

    def _postpone_card(self, card: OutgoingCard, problem: CardRefused) -> None:
        log.warning("card.refused topic=%s reason=%s", card.topic, problem)
        until = self._clock() + (problem.retry_after or retry_after(card.attempt))
        with self._cases.store.database.write() as connection:
            outgoing.postpone_card(connection, card, until=until)
