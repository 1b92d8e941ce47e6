"""Decisions of staff become rows of the corpus, if the company allows it, and nobody can be told from them."""

import pytest

from bot import learning
from bot.cases import Cases
from bot.settings import PolicySection, Settings
from handlers.recognition import Decision, Recognition
from handlers.rights import Right
from nlp.corpus import Mail
from nlp.faults import faults_of
from nlp.recognise import SpacyRecogniser
from tests.fakes import FakeRecogniser
from tests.people import GRETA, NOW, a_mail

ALLOWED = Settings(policy=PolicySection(learn_from_decisions=True))
TEXT = """Dear Mrs Wobbleton,

my mother Thorvalda has moved out, number 778812. Please tell me everything that you hold about me.

> Your old quotation

Anna Beispiel"""


@pytest.fixture(scope="module")
def reader() -> SpacyRecogniser:
    return SpacyRecogniser.load()


@pytest.fixture
def recogniser() -> FakeRecogniser:
    return FakeRecogniser(Recognition("en", Decision.TRIAGE, reason="low_score"))


def decided(cases: Cases, rights: list[Right]) -> None:
    mail_id = cases.keep(a_mail(TEXT), arrived_at=NOW)
    assert mail_id
    cases.take_in(mail_id)
    (ticket,), _ = cases.open_tickets(limit=1)
    cases.decide(ticket.reference, rights, staff=GRETA)


def test_a_decided_mail_becomes_a_row_without_its_writer(cases: Cases, reader: SpacyRecogniser) -> None:
    decided(cases, [Right.ACCESS])
    (row,) = learning.rows(ALLOWED, cases.store, reader)
    assert list(faults_of([row])) == []
    mail = Mail.from_row(row)
    assert mail.labels == (Right.ACCESS,)
    assert mail.evidence == ("Please tell me everything that you hold about me.",)
    assert not any(word in mail.body for word in ("Wobbleton", "Thorvalda", "778812", "Anna", "Beispiel", "quotation"))


def test_the_decision_that_nothing_is_asked_teaches_too(cases: Cases, reader: SpacyRecogniser) -> None:
    decided(cases, [])
    (row,) = learning.rows(ALLOWED, cases.store, reader)
    assert row["labels"] == []


def test_a_mail_that_nobody_decided_on_is_not_exported(cases: Cases, reader: SpacyRecogniser) -> None:
    mail_id = cases.keep(a_mail(TEXT), arrived_at=NOW)
    assert mail_id
    cases.take_in(mail_id)
    assert list(learning.rows(ALLOWED, cases.store, reader)) == []


def test_nothing_is_exported_unless_the_settings_allow_it(cases: Cases, reader: SpacyRecogniser) -> None:
    with pytest.raises(learning.NotAllowedToLearn, match="learn_from_decisions"):
        list(learning.rows(Settings(), cases.store, reader))
