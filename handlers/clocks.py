"""A ticket's clock: which law's it is, reckoned anew whenever something happens that its dates follow from."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from handlers.law.basis import Basis
from handlers.law.calendars import table_version
from handlers.law.choosing import ChoiceReason, choose_regime
from handlers.law.deadlines import Clock, Reckoning, extension_denied, reckon
from handlers.law.facts import Extension, Facts, Pause
from handlers.law.regimes import PauseReason, Regime, law_for, regime_of
from handlers.policy import Controller
from handlers.rights import STOP_RIGHTS, Right
from handlers.staff import NotAllowed
from handlers.tickets import SETTLED, Ticket


def begin(
    received_at: datetime, *, rights: Collection[Right], cited: str, controller: Controller
) -> tuple[Basis, Clock]:
    """Return the clock of a request that came in, before anything is known of the person."""
    choice = choose_regime(seat=controller.place, markets=controller.markets, cited=cited)
    basis = Basis(choice.regime.key, choice.reason, cited, tables=table_version())
    return basis, reckon(_facts(basis, received_at, rights=rights, controller=controller)).clock


def facts_of(ticket: Ticket, *, controller: Controller) -> Facts:
    """Return what a ticket's dates follow from."""
    open_ones = {request.right for request in ticket.requests if request.status not in SETTLED}
    rights = open_ones or {request.right for request in ticket.requests}
    return _facts(ticket.basis, ticket.received_at, rights=rights, controller=controller)


def reckoning_of(ticket: Ticket, *, controller: Controller) -> Reckoning:
    """Return a ticket's clock with the dates that go beside it."""
    return reckon(facts_of(ticket, controller=controller))


def reckoned(ticket: Ticket, *, controller: Controller) -> Ticket:
    """Return the ticket with the dates that facts and holiday tables give today."""
    clock = reckoning_of(ticket, controller=controller).clock
    return replace(ticket, clock=clock, basis=replace(ticket.basis, tables=table_version()))


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


def asked(ticket: Ticket, reason: PauseReason, *, on: date, controller: Controller) -> Ticket:
    """Return the ticket waiting for the person; a question that is open already goes on from its first day."""
    ticket = replace(ticket, basis=replace(ticket.basis, asked_last=on), closes_on=None)
    if any(pause.reason is reason and pause.answered_on is None for pause in ticket.basis.pauses):
        return ticket
    return _with_pauses(ticket, (*ticket.basis.pauses, Pause(reason, on)), controller=controller)


def answered(ticket: Ticket, reason: PauseReason, *, on: date, controller: Controller) -> Ticket:
    """Return the ticket with what was asked answered, so that the clock goes on."""
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
    """Return the ticket with its period extended. Raises NotAllowed with the provision that denies it."""
    denied = extension_denied(facts_of(ticket, controller=controller), extension)
    if denied is not None:
        raise NotAllowed(str(denied))
    return reckoned(replace(ticket, basis=replace(ticket.basis, extension=extension)), controller=controller)


def promised_by(ticket: Ticket, *, controller: Controller) -> date:
    """Return the day to name to a sender whom nobody has verified: the earliest by any law that may apply.

    It must not depend on the CRM: a Californian's 45 days would tell that a Californian is on file.
    """
    public = choose_regime(seat=controller.place, markets=controller.markets, cited=ticket.basis.cited).regime
    keys = {public.key, *controller.markets}
    facts = facts_of(replace(ticket, basis=Basis()), controller=controller)
    return min(reckon(replace(facts, regime=regime_of(key))).clock.last_date for key in keys)


def _with_pauses(ticket: Ticket, pauses: tuple[Pause, ...], *, controller: Controller) -> Ticket:
    return reckoned(replace(ticket, basis=replace(ticket.basis, pauses=pauses)), controller=controller)


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
