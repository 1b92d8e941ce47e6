import pytest

from nlp.slots.tokens import is_iban, tokens_of, within


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("mail eve@a.example, please", ["mail", "eve@a.example", ",", "please"]),
        ("IBAN DE02 1203 0000 0000 2020 51.", ["IBAN", "DE02 1203 0000 0000 2020 51", "."]),
        ("geb. 12. 3. 1985 in Ulm", ["geb", ".", "12. 3. 1985", "in", "Ulm"]),
        ("né le 4 mai 1981", ["né", "le", "4 mai 1981"]),
        ("el 3 de marzo de 1990", ["el", "3 de marzo de 1990"]),
        ("call 07700 900 118!", ["call", "07700 900 118", "!"]),
        ("(06 39 98 55 02)", ["(", "06 39 98 55 02", ")"]),
        ("Lipowa 12, 00-950 Łódź", ["Lipowa", "12", ",", "00-950", "Łódź"]),
        ("Dr. Graf-Czerny, J.W.", ["Dr.", "Graf-Czerny", ",", "J.W."]),
        ("KD-4471/A", ["KD-4471/A"]),
        ("", []),
    ],
)
def test_tokens_keep_values_whole(text: str, pieces: list[str]) -> None:
    assert [token.text for token in tokens_of(text)] == pieces


def test_tokens_stand_where_they_say() -> None:
    text = "Old: 0170 1234567,\nnew: eve@a.example"
    assert all(text[token.start : token.end] == token.text for token in tokens_of(text))


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("DE89 3704 0044 0532 0130 00", True),
        ("GB82WEST12345698765432", True),
        ("DE89 3704 0044 0532 0130 01", False),
        ("DE89", False),
        ("DÉ89 3704 0044 0532 0130 00", False),
    ],
)
def test_iban_check_digits(text: str, right: bool) -> None:
    assert is_iban(text) is right


def test_pieces_are_within_a_part_only_where_it_stands() -> None:
    text = "Hello there. Stop the calls"
    assert within(text, tokens_of(text), "Stop the calls") == [False] * 3 + [True] * 3
    assert not any(within(text, tokens_of(text), ""))
    assert not any(within(text, tokens_of(text), "Elsewhere"))
