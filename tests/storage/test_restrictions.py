from datetime import timedelta

from handlers.restrictions import Restriction
from storage.store import Store
from tests.people import NOW, a_ticket


def test_a_restriction_is_kept_with_its_state(any_store: Store) -> None:
    ticket = a_ticket()
    frozen = Restriction(ticket.id, since=NOW, mailings=("customers",))
    with any_store.unit(now=NOW) as unit:
        unit.save(ticket, actor="")
        assert unit.restriction(ticket.id) is None
        unit.save_restriction(frozen)

    ended = frozen.tell(now=NOW + timedelta(days=1)).lift(now=NOW + timedelta(days=2))
    with any_store.unit(now=NOW) as unit:
        assert unit.restriction(ticket.id) == frozen
        unit.save_restriction(ended)
    with any_store.unit(now=NOW) as unit:
        assert unit.restriction(ticket.id) == ended
