import pytest

from nlp.phrasebook import phrasebook
from nlp.slots.fields import known_field, named_field
from nlp.slots.tokens import tokens_of


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("eve@a.example", "email"),
        ("DE02 1203 0000 0000 2020 51", "iban"),
        ("55 9999 0000 0000 0012 3400 7788", "iban"),
        ("601 200 300", None),
        ("Barlow", None),
    ],
)
def test_a_pattern_names_the_field(text: str, field: str | None) -> None:
    assert known_field(tokens_of(text)[0]) == field


@pytest.mark.parametrize(
    ("field", "text", "named"),
    [
        ("first_name", "my surname is misspelt", "last_name"),
        ("last_name", "my first name is misspelt", "first_name"),
        ("first_name", "first name and surname are misspelt", "first_name"),
        ("full_name", "my surname is misspelt", "full_name"),
        ("phone", "my surname is misspelt", "phone"),
    ],
)
def test_the_part_of_a_name_is_the_one_that_the_mail_speaks_of(field: str, text: str, named: str) -> None:
    assert named_field(field, text, phrasebook("en")) == named
