import pytest

from handlers.recognition import Correction
from nlp.phrasebook import phrasebook
from nlp.slots.certain import LEAST, is_certain

MAIL = "eve@new.example"
PHONE = "0170 1234567"
ADDRESS = "12 Linden Way, Bristol"


def certain(text: str, *corrections: Correction, certainty: float = 0.99) -> bool:
    return is_certain(text, corrections, certainty=certainty, book=phrasebook("en"))


@pytest.mark.parametrize(
    ("text", "field", "new", "expected"),
    [
        (f"now {MAIL}", "email", MAIL, True),
        (f"now {MAIL}", "phone", MAIL, False),
        (f"now {PHONE}", "phone", PHONE, True),
        ("now 55 9999 0000 0000 0012 34", "phone", "55 9999 0000 0000 0012 34", False),
        ("born 3 July", "birth_date", "3 July", False),
        ("born 3 July 1971", "birth_date", "3 July 1971", True),
        ("it's Stephen", "first_name", "Stephen", True),
        ("was Thomas, now Fischer", "first_name", "Fischer", False),
        ("Steven is wrong", "first_name", "", False),
        ("Mr is wrong", "salutation", "", False),
        ("Dr, please, not Mr", "salutation", "Dr", True),
        ("no longer Mrs Horn but Mrs Novak", "salutation", "Mrs", False),
        ("it's Barlow", "last_name", "Barlow", True),
        ("it's Ann Barlow", "full_name", "Ann Barlow", False),
        ("no sugar", "other", "no sugar", False),
        (f"my new address is {ADDRESS}", "address", ADDRESS, True),
        (f"not the old {ADDRESS}, the new one", "address", ADDRESS, False),
        ("my new address: number 14", "address", "14", False),
    ],
)
def test_a_value_has_to_look_like_its_field(text: str, field: str, new: str, expected: bool) -> None:
    assert certain(text, Correction(field, "", new)) is expected


def test_the_tagger_has_to_be_certain_enough_of_the_field() -> None:
    correction = Correction("email", "", MAIL)
    assert certain(f"now {MAIL}", correction, certainty=LEAST["email"])
    assert not certain(f"now {MAIL}", correction, certainty=LEAST["email"] - 0.01)


def test_of_several_values_it_is_never_certain_nor_of_none() -> None:
    text = f"now {MAIL} and {PHONE}"
    assert not certain(text, Correction("email", "", MAIL), Correction("phone", "", PHONE))
    assert not certain(text)
