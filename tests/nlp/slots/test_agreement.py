import pytest

from handlers.recognition import Correction
from nlp.phrasebook import phrasebook
from nlp.slots.agreement import agrees, are_typed
from nlp.slots.tokens import tokens_of

NEW = "eve@new.example"
OLD = "eve@old.example"


@pytest.mark.parametrize(
    ("text", "correction", "agreed"),
    [
        (f"My new e-mail is {NEW}.", Correction("email", "", NEW), True),
        (f"It is {NEW}, no longer {OLD}.", Correction("email", OLD, NEW), True),
        (f"It is {NEW}, no longer {OLD}.", Correction("email", NEW, OLD), False),
        (f"It is {NEW}, no longer {OLD}.", Correction("email", "", NEW), False),
        (f"My old mail {NEW} is dead.", Correction("email", "", NEW), False),
        (f"My new e-mail is {NEW}.", Correction("phone", "", NEW), False),
        ("My name is now Barlow.", Correction("last_name", "", "Barlow"), False),
        ("The new number is 55 9999 0000 0000 0012 34.", Correction("phone", "", "55 9999 0000 0000 0012 34"), False),
    ],
)  # fmt: skip
def test_agreement_needs_a_typed_value_with_the_role_its_cues_say(
    text: str, correction: Correction, agreed: bool
) -> None:
    assert agrees(text, (correction,), book=phrasebook("en")) is agreed


def test_no_correction_is_no_disagreement() -> None:
    assert agrees("Hello", (), book=phrasebook("en"))


@pytest.mark.parametrize(
    ("text", "field", "new", "typed"),
    [
        (f"now {NEW}", "email", NEW, True),
        (f"now {NEW}", "other", NEW, False),
        ("now 0170 1234567", "phone", "0170 1234567", True),
        ("now 55 9999 0000 0000 0012 34", "phone", "55 9999 0000 0000 0012 34", False),
        ("now Barlow", "last_name", "Barlow", False),
    ],
)
def test_a_typed_value_says_its_field_by_its_pattern(text: str, field: str, new: str, typed: bool) -> None:
    assert are_typed(tokens_of(text), (Correction(field, "", new),)) is typed
