"""On which ground which right may be refused; the expectations are read off the articles of the GDPR."""

import pytest

from bot.slack.cards import GROUNDS
from handlers import deciding
from handlers.law.grounds import article_of, articles
from handlers.rights import Right
from handlers.staff import NotAllowed
from handlers.tickets import Status
from tests.fakes import FakeUnit
from tests.people import OLGA, POLICY, a_request, a_ticket

# Art. 12(5) names Articles 15 to 22 and 34, Art. 12(6) Articles 15 to 21: consent (Art. 7(3)) is in neither.
WITHOUT_WITHDRAWAL = set(Right) - {Right.WITHDRAWAL}


def test_the_grounds_are_those_that_staff_can_choose() -> None:
    assert set(articles()) == {*GROUNDS, "nothing_found"}


@pytest.mark.parametrize(
    ("ground", "rights"),
    [
        ("unfounded", WITHOUT_WITHDRAWAL),
        ("excessive", WITHOUT_WITHDRAWAL),
        ("identity", WITHOUT_WITHDRAWAL),
        ("legal_duty", {Right.DELETION, Right.OBJECTION, Right.PORTABILITY}),
        ("claims", {Right.DELETION, Right.OBJECTION, Right.RESTRICTION}),
        ("others", {Right.ACCESS, Right.PORTABILITY, Right.RESTRICTION}),
        ("not_controller", set(Right)),
        ("nothing_found", WITHOUT_WITHDRAWAL),
    ],
)
def test_a_ground_holds_against_these_rights_only(ground: str, rights: set[Right]) -> None:
    assert {right for right in Right if article_of(ground, right)} == rights


@pytest.mark.parametrize(
    ("ground", "right", "article"),
    [
        ("legal_duty", Right.DELETION, "17(3)(b)"),
        ("claims", Right.DELETION, "17(3)(e)"),
        ("claims", Right.OBJECTION, "21(1)"),
        ("others", Right.ACCESS, "15(4)"),
        ("others", Right.PORTABILITY, "20(4)"),
        ("excessive", Right.ACCESS, "12(5)(b)"),
        ("nothing_found", Right.ACCESS, "15(1)"),
        ("legal_duty", Right.ACCESS, ""),
        ("no such ground", Right.ACCESS, ""),
    ],
)
def test_a_ground_has_the_article_of_its_right(ground: str, right: Right, article: str) -> None:
    assert article_of(ground, right) == article


def test_staff_refuse_only_what_the_ground_holds_against() -> None:
    unit = FakeUnit()
    asked = [a_request(right, Status.APPROVAL_ASKED) for right in (Right.ACCESS, Right.DELETION)]
    ticket = deciding.refuse(unit, unit.save(a_ticket(*asked), actor=""), "legal_duty", staff=OLGA, policy=POLICY)
    assert [(r.right, r.status, r.reason) for r in ticket.requests] == [
        (Right.ACCESS, Status.APPROVAL_ASKED, ""),
        (Right.DELETION, Status.REFUSED, "legal_duty"),
    ]
    assert unit.letters == []


def test_staff_cannot_refuse_on_a_ground_that_the_law_does_not_know() -> None:
    unit = FakeUnit()
    ticket = unit.save(a_ticket(a_request(Right.CORRECTION, Status.APPROVAL_ASKED)), actor="")
    with pytest.raises(NotAllowed, match="wrong_ground"):
        deciding.refuse(unit, ticket, "claims", staff=OLGA, policy=POLICY)
    assert "refused" not in unit.events
