"""The states of a request as shown: every move of the table, and no other."""

import re

from bot import states
from handlers.tickets import ALLOWED, Status


def test_every_move_is_drawn_and_no_other() -> None:
    arrows = re.findall(r"(\S+) --> (\S+)", states.mermaid())
    moves = {(before, after) for before, afters in ALLOWED.items() for after in afters}
    ends = {(status, "[*]") for status, afters in ALLOWED.items() if not afters}
    assert set(arrows) == {*moves, *ends, ("[*]", "received")}
    assert len(arrows) == len(set(arrows))


def test_every_state_has_a_row_that_says_where_it_leads() -> None:
    rows = dict(states.rows())
    assert list(rows) == list(Status)
    assert rows["answered"] == "nothing: it is settled"
    assert rows["waiting"] == "approval_asked, carrying_out, withdrawn"
