"""A ticket's clock: which law's it is, reckoned anew whenever something happens that its dates follow from."""

import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from handlers.law.basis import Basis
from handlers.law.calendars import table_version
from handlers.law.choosing import Choice, ChoiceReason, choose_regime
from handlers.law.deadlines import Clock, Reckoning, extension_denied, reckon
from handlers.law.facts import Extension, Facts, Pause
from handlers.law.regimes import PauseReason, Regime, law_for, regime_of
from handlers.policy import Controller
from handlers.rights import STOP_RIGHTS, Right
from handlers.staff import NotAllowed
from handlers.tickets import Status, Ticket

# Until somebody has answered these, a question of ours is open.
UNPROVED = frozenset({"unknown_sender", "several_persons", "challenge_expired", "tries_used_up"})
LONGEST_NAMED_DAYS = 366


def begin(
    received_at: datetime, *, rights: Collection[Right], cited: str, controller: Controller
) -> tuple[Basis, Clock]:
    """Return the clock of a request that came in, before anything is known of the person."""
    choice = _public_choice(cited, controller)
    basis = Basis(choice.regime.key, choice.reason, cited)
    return _reckoned(basis, received_at, rights=rights, controller=controller)


def facts_of(ticket: Ticket, *, controller: Controller) -> Facts:
    """Return what a ticket's dates follow from."""
    return _facts(ticket.basis, ticket.received_at, rights=_rights(ticket), controller=controller)


def reckoning_of(ticket: Ticket, *, controller: Controller) -> Reckoning:
    """Return a ticket's clock with the dates that go beside it."""
    return reckon(facts_of(ticket, controller=controller))


def reckoned(ticket: Ticket, *, controller: Controller) -> Ticket:
    """Return the ticket with the dates that facts, settings and holiday tables give today."""
    basis, clock = _reckoned(ticket.basis, ticket.received_at, rights=_rights(ticket), controller=controller)
    return replace(ticket, basis=basis, clock=clock)


def choose(ticket: Ticket, *, controller: Controller, staff_choice: str = "") -> Ticket:
    """Return the ticket under the law that its person, its mail or the staff call for. Raises UnknownRegime.

    What the staff once chose stays.
    """
    if ticket.basis.reason is ChoiceReason.STAFF:
        staff_choice = staff_choice or ticket.basis.law
    choice = choose_regime(
        seat=controller.place,
        markets=controller.markets,
        subject_country=ticket.person.country if ticket.person else "",
        cited=ticket.basis.cited,
        staff_choice=staff_choice,
    )
    basis = replace(ticket.basis, law=choice.regime.key, reason=choice.reason)
    return reckoned(replace(ticket, basis=basis), controller=controller)


def anew(ticket: Ticket, *, controller: Controller) -> Ticket:
    """Return the ticket as today's settings and tables make it; one from before laws were chosen gets its question."""
    if not ticket.basis.tables and _is_unproved(ticket):
        ticket = asked(ticket, PauseReason.IDENTITY, at=ticket.opened_at, controller=controller)
    return choose(ticket, controller=controller)


def _is_unproved(ticket: Ticket) -> bool:
    return any(r.status is Status.IDENTITY_ASKED or r.reason in UNPROVED for r in ticket.requests)


def asked(ticket: Ticket, reason: PauseReason, *, at: datetime, controller: Controller) -> Ticket:
    """Return the ticket waiting for the person; a question that is open already goes on from its first day."""
    ticket = replace(ticket, basis=replace(ticket.basis, asked_at=at), closes_on=None)
    if any(pause.reason is reason and pause.answered_on is None for pause in ticket.basis.pauses):
        return ticket
    pause = Pause(reason, at.astimezone(controller.zone).date())
    return _with_pauses(ticket, (*ticket.basis.pauses, pause), controller=controller)


def heard(ticket: Ticket, *, at: datetime, controller: Controller) -> Ticket:
    """Return the ticket of a person who has written: whatever it says, this is not silence, and answers what was asked.

    What came before the question does not.
    """
    basis = ticket.basis
    if basis.heard_at is None or at > basis.heard_at:
        ticket = replace(ticket, basis=replace(basis, heard_at=at))
    if basis.asked_at is None or at < basis.asked_at:
        return ticket
    return answered(replace(ticket, closes_on=None), PauseReason.CLARIFICATION, at=at, controller=controller)


def answered(ticket: Ticket, reason: PauseReason, *, at: datetime, controller: Controller) -> Ticket:
    """Return the ticket with what was asked answered, so that the clock goes on."""
    on = at.astimezone(controller.zone).date()
    pauses = tuple(
        replace(pause, answered_on=max(on, pause.asked_on))
        if pause.reason is reason and pause.answered_on is None
        else pause
        for pause in ticket.basis.pauses
    )
    if pauses == ticket.basis.pauses:
        return ticket
    return _with_pauses(replace(ticket, closes_on=None), pauses, controller=controller)


def extended(ticket: Ticket, extension: Extension, *, controller: Controller) -> Ticket:
    """Return the ticket with its period extended. Raises NotAllowed with the reason word."""
    facts = facts_of(ticket, controller=controller)
    denied = extension_denied(facts, extension) or _named_date_denied(facts, extension, ticket.clock)
    if denied is not None:
        raise NotAllowed(str(denied))
    return reckoned(replace(ticket, basis=replace(ticket.basis, extension=extension)), controller=controller)


def _named_date_denied(facts: Facts, extension: Extension, clock: Clock) -> str | None:
    """Return why a day that the notice names moves nothing, None if it does, or if none is named."""
    if extension.named_date is None:
        return None
    if not facts.regime.names_date:
        return "law_names_the_date"
    days = (extension.named_date - clock.last_date).days
    return None if 0 < days <= LONGEST_NAMED_DAYS else "date_out_of_range"


def promised_by(ticket: Ticket, *, controller: Controller) -> date:
    """Return the day to name to a sender whom nobody has verified: the earliest by any law that may apply.

    It must not depend on the CRM: a Californian's 45 days would tell that a Californian is on file.
    """
    return _promised(ticket.basis.cited, ticket.received_at, rights=_rights(ticket), controller=controller)


def public_reckoning(ticket: Ticket, *, controller: Controller) -> Reckoning:
    """Return the dates as they are for everybody: what goes to the unverified must not depend on who is on file."""
    choice = _public_choice(ticket.basis.cited, controller)
    basis = Basis(choice.regime.key, choice.reason)
    return reckon(_facts(basis, ticket.received_at, rights=_rights(ticket), controller=controller))


def _public_choice(cited: str, controller: Controller) -> Choice:
    return choose_regime(seat=controller.place, markets=controller.markets, cited=cited)


def _promised(cited: str, received_at: datetime, *, rights: Collection[Right], controller: Controller) -> date:
    keys = {_public_choice(cited, controller).regime.key, *controller.markets}
    facts = (_facts(Basis(key), received_at, rights=rights, controller=controller) for key in keys)
    return min(reckon(one).clock.last_date for one in facts)


def _with_pauses(ticket: Ticket, pauses: tuple[Pause, ...], *, controller: Controller) -> Ticket:
    return reckoned(replace(ticket, basis=replace(ticket.basis, pauses=pauses)), controller=controller)


def _rights(ticket: Ticket) -> set[Right]:
    """Return what a ticket asks; what turned out not to be asked does not count, what is settled still does."""
    asked_for = {request.right for request in ticket.requests if request.status is not Status.CLOSED}
    return asked_for or {request.right for request in ticket.requests}


def _reckoned(
    basis: Basis, received_at: datetime, *, rights: Collection[Right], controller: Controller
) -> tuple[Basis, Clock]:
    clock = reckon(_facts(basis, received_at, rights=rights, controller=controller)).clock
    if basis.extension is None and basis.reason is not ChoiceReason.STAFF:
        # The acknowledgement names this day, so nobody may plan for a later one.
        promised = _promised(basis.cited, received_at, rights=rights, controller=controller)
        clock = replace(clock, safe_date=min(clock.safe_date, promised))
    return replace(basis, tables=table_version(), reckoned_by=fingerprint(controller)), clock


def fingerprint(controller: Controller) -> str:
    """Return what stands for the holiday tables and the settings that dates follow from."""
    settings = (controller.place, controller.zone.key, controller.regional_days_off, controller.markets)
    return hashlib.sha256(repr((table_version(), *settings)).encode()).hexdigest()[:16]


def _facts(basis: Basis, received_at: datetime, *, rights: Collection[Right], controller: Controller) -> Facts:
    return Facts(
        received_at=received_at,
        zone=controller.zone,
        region=controller.place,
        regime=_procedure(regime_of(basis.law), rights),
        regional=controller.regional_days_off,
        pauses=basis.pauses,
        extension=basis.extension,
    )


def _procedure(regime: Regime, rights: Collection[Right]) -> Regime:
    """Return the law's own procedure for what is asked; one ticket has one clock, so other rights keep the law's."""
    if not rights or set(rights) - STOP_RIGHTS:
        return regime
    return law_for(next(iter(rights)), regime)
