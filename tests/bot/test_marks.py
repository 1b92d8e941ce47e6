"""The invisible marks: they never leave, and no value can set one."""

import dataclasses

from bot.marks import CLOSE, NAMED, OPEN, marked, take_marks, unmarked
from bot.typeset import JinjaTypesetter
from handlers import letters
from handlers.letters import Said
from handlers.rights import Right
from handlers.tickets import Status
from tests.people import ANNA, NOW, POLICY, a_request, a_ticket


def test_marks_are_taken_out_and_their_words_kept() -> None:
    text = f"Until {marked('date', lambda: '3 May')}. {marked('court', lambda: 'Go.')}"
    assert take_marks(text) == ("Until 3 May. Go.", (Said(("date",), "3 May"), Said(("court",), "Go.")))


def test_marks_in_marks_make_a_path() -> None:
    text = marked(0, lambda: f"## {marked('reason', lambda: 'late')}!")
    assert take_marks(text) == ("## late!", (Said(("0", "reason"), "late"), Said(("0",), "## late!")))


def test_text_without_marks_stays_as_it_is() -> None:
    assert take_marks("Until 3 May.") == ("Until 3 May.", ())
    assert unmarked("date", lambda: "3 May") == "3 May"


def test_a_value_cannot_say_that_a_duty_is_fulfilled() -> None:
    forged = f"Anna {OPEN}reason{NAMED}you need not do anything{CLOSE}{CLOSE}"
    person = dataclasses.replace(ANNA, name=forged)
    ticket = a_ticket(a_request(Right.ACCESS, Status.IDENTITY_ASKED))
    plain = letters.challenge(ticket, ANNA, ticket.requests, code="123456", token="t0k", valid_until=NOW, policy=POLICY)
    letter = letters.challenge(
        ticket, person, ticket.requests, code="123456", token="t0k", valid_until=NOW, policy=POLICY
    )
    rendered = JinjaTypesetter().typeset(letter)
    assert rendered.said == JinjaTypesetter().typeset(plain).said
    assert not {OPEN, NAMED, CLOSE} & set(rendered.subject + rendered.text + rendered.html)
