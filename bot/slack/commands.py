"""What /privacy and the buttons do. Answers go to the one who asked, and to nobody else."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence

from bot.cases import Cases
from bot.slack.cards import GROUNDS, NO_REQUEST
from bot.slack.details import details
from bot.slack.law_commands import LAWS, LawCommands
from bot.slack.staff import StaffList
from bot.slack.words import Words, escape
from handlers.crm import CrmUnavailable
from handlers.intake import REFERENCE
from handlers.ports import StaleTicket
from handlers.rights import Right
from handlers.staff import NotAllowed, Staff
from handlers.tickets import NotPossible, Status, Ticket

LIST_LENGTH = 20
# As code, so that Slack does not read the underscores as italics.
TYPED_GROUNDS = ", ".join(f"`{ground}`" for ground in (*GROUNDS, "nothing_found"))
TYPED_RIGHTS = ", ".join(f"`{right}`" for right in Right)
Answer = str
Subcommand = Callable[[Staff, Sequence[str]], Awaitable[Answer]]
ReferenceCommand = Callable[[Staff, str, Sequence[str]], Awaitable[Answer]]
_SPACES = re.compile(r"\s+")


class Commands:
    """The subcommands of /privacy and the actions of the buttons; every method returns the answer's text."""

    def __init__(self, cases: Cases, staff: StaffList, words: Words) -> None:
        self._cases = cases
        self._staff = staff
        self._words = words
        self._subcommands: dict[str, Subcommand] = {
            "list": self._list,
            "show": self._show,
            "approve": self._approve,
            "refuse": self._refuse,
            "resend": self._resend,
            "lift": self._with_reference(self._lift),
            "merge": self._merge,
            "split": self._split,
            **{name: self._with_reference(do) for name, do in _law_commands(cases, words).items()},
        }

    async def run(self, user: str, text: str) -> Answer:
        """Carry out what was typed after /privacy."""
        word, *arguments = _SPACES.split(text.strip())
        if word.lower() in {"", "help"}:
            return self._words("reply.help", grounds=TYPED_GROUNDS, laws=LAWS)
        subcommand = self._subcommands.get(word.lower())
        if subcommand is None:
            return self._words("reply.unknown_command", word=escape(word))
        return await self._answered(user, arguments[:1], lambda staff: subcommand(staff, arguments))

    async def approve(self, user: str, reference: str, fingerprint: str) -> Answer:
        """Approve the plan that a card showed."""
        return await self._answered(user, [reference], lambda staff: self._approved(staff, reference, fingerprint))

    async def refuse(self, user: str, reference: str, ground: str) -> Answer:
        """Refuse from a card."""
        return await self._answered(user, [reference], lambda staff: self._refused(staff, reference, ground))

    async def decide(self, user: str, reference: str, rights: str) -> Answer:
        """Decide from a card what a ticket asks for."""
        wanted = [] if rights == NO_REQUEST else [Right(right) for right in rights.split(",")]
        return await self._answered(user, [reference], lambda staff: self._decided(staff, reference, wanted))

    async def show(self, user: str, reference: str) -> Answer:
        """Show the details of a ticket."""
        return await self._answered(user, [reference], lambda staff: self._show(staff, [reference]))

    async def _answered(self, user: str, named: Sequence[str], do: Callable[[Staff], Awaitable[Answer]]) -> Answer:
        """Do it as this user, and put into words what was not possible."""
        reference = escape(named[0].upper()) if named else ""
        try:
            return await do(await self._staff.find(user))
        except NotAllowed as problem:
            return await self._why_not(problem, reference)
        except NotPossible as problem:
            return self._not_possible(problem, reference)
        except StaleTicket:
            return self._words("reply.done_already", reference=reference)
        except CrmUnavailable:
            return self._words("reply.crm_unavailable")

    def _not_possible(self, problem: NotPossible, reference: str) -> Answer:
        possible = ", ".join(self._words(f"status.{status}") for status in problem.possible)
        return self._words(
            "reply.not_possible",
            reference=reference,
            right=self._words(f"rights.{problem.right}"),
            status=self._words(f"status.{problem.status}"),
            possible=possible or self._words("reply.nothing_more"),
        )

    def _with_reference(self, do: ReferenceCommand) -> Subcommand:
        async def subcommand(staff: Staff, arguments: Sequence[str]) -> Answer:
            return await do(staff, self._reference(arguments), arguments[1:])

        return subcommand

    async def _why_not(self, problem: NotAllowed, reference: str) -> Answer:
        ticket = None
        if str(problem) == "nothing_to_refuse":
            ticket = await asyncio.to_thread(self._cases.ticket, reference)
        values = {
            "reference": problem.reference or reference,
            "role": problem.role,
            "status": self._status(ticket) if ticket else "",
        }
        return self._words(f"reply.{problem}", **values)

    async def _list(self, staff: Staff, _arguments: Sequence[str]) -> Answer:
        staff.require("agent")
        tickets, count = await asyncio.to_thread(self._cases.open_tickets, limit=LIST_LENGTH)
        if not tickets:
            return self._words("reply.list_empty")
        lines = [self._words("reply.list_title", count=count), *(self._row(ticket) for ticket in tickets)]
        if count > len(tickets):
            lines.append(self._words("reply.list_more", count=count - len(tickets)))
        return "\n".join(lines)

    def _row(self, ticket: Ticket) -> str:
        return self._words(
            "reply.list_row",
            reference=ticket.reference,
            rights=self._words.rights(r.right for r in ticket.requests if r.status is not Status.CLOSED),
            status=self._status(ticket),
            safe_date=self._words.day(ticket.clock.safe_date.isoformat()),
        )

    def _status(self, ticket: Ticket) -> str:
        statuses = dict.fromkeys(r.status for r in ticket.requests if r.status is not Status.CLOSED)
        return ", ".join(self._words(f"status.{status}") for status in statuses)

    async def _show(self, staff: Staff, arguments: Sequence[str]) -> Answer:
        ticket, mails = await asyncio.to_thread(self._cases.show, self._reference(arguments), staff=staff)
        return details(ticket, mails, self._words)

    async def _approve(self, staff: Staff, arguments: Sequence[str]) -> Answer:
        return await self._approved(staff, self._reference(arguments), None)

    async def _approved(self, staff: Staff, reference: str, fingerprint: str | None) -> Answer:
        await asyncio.to_thread(self._cases.approve, reference, staff=staff, fingerprint=fingerprint)
        return self._words("reply.approved", reference=reference)

    async def _refuse(self, staff: Staff, arguments: Sequence[str]) -> Answer:
        reference = self._reference(arguments)
        ground = arguments[1].lower() if len(arguments) > 1 else ""
        if ground not in {*GROUNDS, "nothing_found"}:
            return self._words("reply.which_ground", grounds=TYPED_GROUNDS)
        return await self._refused(staff, reference, ground)

    async def _refused(self, staff: Staff, reference: str, ground: str) -> Answer:
        await asyncio.to_thread(self._cases.refuse, reference, ground, staff=staff)
        return self._words("reply.refused", reference=reference)

    async def _resend(self, staff: Staff, arguments: Sequence[str]) -> Answer:
        reference = self._reference(arguments)
        count = await asyncio.to_thread(self._cases.send_again, reference, staff=staff)
        return self._words("reply.resent" if count else "reply.nothing_to_resend", reference=reference)

    async def _lift(self, staff: Staff, reference: str, _typed: Sequence[str]) -> Answer:
        await asyncio.to_thread(self._cases.lift, reference, staff=staff)
        return self._words("reply.lifting", reference=reference)

    async def _decided(self, staff: Staff, reference: str, rights: Sequence[Right]) -> Answer:
        await asyncio.to_thread(self._cases.decide, reference, rights, staff=staff)
        return self._words("reply.decided", reference=reference)

    async def _merge(self, staff: Staff, arguments: Sequence[str]) -> Answer:
        match [REFERENCE.fullmatch(argument) for argument in arguments]:
            case [re.Match() as one, re.Match() as other]:
                named = (one.group().upper(), other.group().upper())
            case _:
                raise NotAllowed("which_two")
        ticket = await asyncio.to_thread(self._cases.merge, *named, staff=staff)
        return self._words("reply.merged", reference=ticket.reference)

    async def _split(self, staff: Staff, arguments: Sequence[str]) -> Answer:
        reference = self._reference(arguments)
        typed = {word for word in ",".join(arguments[1:]).lower().split(",") if word}
        if not typed or not typed <= set(Right):
            return self._words("reply.which_rights", rights=TYPED_RIGHTS)
        rights = [Right(word) for word in sorted(typed)]
        ticket = await asyncio.to_thread(self._cases.split, reference, rights, staff=staff)
        return self._words(
            "reply.split", reference=reference, rights=self._words.rights(rights), other=ticket.reference
        )

    def _reference(self, arguments: Sequence[str]) -> str:
        """Return the reference that was typed. Raises NotAllowed if there is none."""
        found = REFERENCE.fullmatch(arguments[0]) if arguments else None
        if found is None:
            raise NotAllowed("which_ticket")
        return found.group().upper()


def _law_commands(cases: Cases, words: Words) -> dict[str, ReferenceCommand]:
    law = LawCommands(cases, words)
    return {"clock": law.clock, "ask": law.ask, "extend": law.extend, "law": law.law}
