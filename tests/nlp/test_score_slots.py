from dataclasses import replace

from handlers.recognition import Asked, Correction, Decision, Identifiers, Recognition, Slots
from handlers.rights import Right
from nlp.corpus import Mail
from nlp.score_slots import score

SLOTS = Slots(
    corrections=(Correction("email", "a@a.example", "b@b.example"),),
    identifiers=Identifiers(customer_number="4471"),
)
MAIL = Mail("x", "en", "", "", (Right.CORRECTION,), ("",), SLOTS, "mail")


def found(slots: Slots, decision: Decision = Decision.TRIAGE) -> Recognition:
    return Recognition("en", decision, (Asked(Right.CORRECTION, 1.0, ""),), slots)


def test_score_counts_field_and_new_value_and_overlooks_the_old_one() -> None:
    without_old = replace(SLOTS, corrections=(Correction("email", "", "b@b.example"),))
    wrong_field = replace(SLOTS, corrections=(Correction("other", "", "b@b.example"),))
    shares = score([(MAIL, found(without_old)), (MAIL, found(wrong_field))])
    assert (shares["corrections"], shares["corrections_value"]) == (0.5, 1.0)


def test_score_tells_what_was_acted_on_apart() -> None:
    shares = score([(MAIL, found(SLOTS, Decision.ACT)), (MAIL, found(Slots()))])
    assert (shares["corrections"], shares["corrections_acting"]) == (0.5, 1.0)


def test_score_counts_identifiers_missed_and_made_up() -> None:
    made_up = replace(SLOTS, identifiers=Identifiers(customer_number="1", phone="2"))
    shares = score([(MAIL, found(SLOTS)), (MAIL, found(made_up))])
    assert shares["identifiers"] == shares["customer_number"] == shares["customer_number_precision"] == 0.5
    assert shares["phone_precision"] == 0.0


def test_score_overlooks_blanks_and_marks_around_a_value_and_nothing_else() -> None:
    spaced = replace(SLOTS, corrections=(Correction("email", "", "„b@b.example“."),))
    shares = score([(MAIL, found(spaced)), (MAIL, found(replace(SLOTS, identifiers=Identifiers("4471 "))))])
    assert shares["corrections"] == shares["customer_number"] == 1.0
    longer = replace(SLOTS, corrections=(Correction("email", "", "is b@b.example"),))
    assert score([(MAIL, found(longer))])["corrections"] == 0.0
