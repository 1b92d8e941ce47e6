"""What /privacy does about law and time: the clock, a question back, an extension, another law."""

import asyncio
from collections.abc import Sequence
from datetime import date

from bot.cases import Cases
from bot.explain import explain_ticket
from bot.slack.words import Words, escape
from handlers.law.facts import ExtensionReason
from handlers.law.regimes import REGIMES
from handlers.staff import NotAllowed, Staff
from handlers.tickets import Ticket

REASONS = ", ".join(f"`{reason}`" for reason in ExtensionReason)
LAWS = ", ".join(f"`{key}`" for key in REGIMES)


class LawCommands:
    """Subcommands of /privacy; each takes the reference and what was typed after it, and returns the answer's text."""

    def __init__(self, cases: Cases, words: Words) -> None:
        self._cases = cases
        self._words = words

    async def clock(self, staff: Staff, reference: str, _typed: Sequence[str]) -> str:
        """Show the dates of a ticket, and the rule behind each."""
        staff.require("agent")
        ticket = await asyncio.to_thread(self._cases.ticket, reference)
        if ticket is None:
            raise NotAllowed("unknown_ticket")
        controller = self._cases.policy.controller
        found = explain_ticket(ticket, controller=controller, language=self._words.language)
        head = self._words("reply.clock", reference=reference, law=found.law, **self._dates(ticket))
        return "\n".join([head, *map(self._step, found.steps), *found.remarks])

    def _step(self, step: Sequence[str]) -> str:
        starts, ends, what, law = step
        text = escape(f"{what} ({law})" if law else what)
        if starts == ends:
            return self._words("reply.clock_step", starts=self._words.day(starts), what=text)
        return self._words("reply.clock_stretch", starts=self._words.day(starts), ends=self._words.day(ends), what=text)

    async def ask(self, staff: Staff, reference: str, typed: Sequence[str]) -> str:
        """Ask the person what is meant."""
        if not typed:
            return self._words("reply.which_question")
        await asyncio.to_thread(self._cases.clarify, reference, " ".join(typed), staff=staff)
        return self._words("reply.asked", reference=reference)

    async def extend(self, staff: Staff, reference: str, typed: Sequence[str]) -> str:
        """Take the longer period and tell the person why."""
        named_date, rest = _leading_date(typed)
        reasons, explanation = _reasons(rest)
        if not reasons or not explanation:
            return self._words("reply.which_reasons", reasons=REASONS)
        ticket = await asyncio.to_thread(
            self._cases.extend, reference, reasons, explanation, named_date=named_date, staff=staff
        )
        return self._words("reply.extended", reference=reference, **self._dates(ticket))

    async def law(self, staff: Staff, reference: str, typed: Sequence[str]) -> str:
        """Put a ticket under another law."""
        key = typed[0].upper() if typed else ""
        if key not in REGIMES:
            return self._words("reply.which_law", laws=LAWS)
        ticket = await asyncio.to_thread(self._cases.choose_law, reference, key, staff=staff)
        return self._words("reply.law_chosen", reference=reference, law=self._words.law(key), **self._dates(ticket))

    def _dates(self, ticket: Ticket) -> dict[str, str]:
        names = ("received_on", "nominal_date", "safe_date", "last_date")
        return {name: self._words.day(getattr(ticket.clock, name).isoformat()) for name in names}


def _leading_date(typed: Sequence[str]) -> tuple[date | None, Sequence[str]]:
    try:
        return date.fromisoformat(typed[0]), typed[1:]
    except (IndexError, ValueError):
        return None, typed


def _reasons(typed: Sequence[str]) -> tuple[tuple[ExtensionReason, ...], str]:
    """Return the reasons, one or several with commas between, and the explanation after them."""
    named = typed[0].lower().split(",") if typed else []
    if not named or any(name not in set(ExtensionReason) for name in named):
        return (), ""
    return tuple(ExtensionReason(name) for name in dict.fromkeys(named)), " ".join(typed[1:])
