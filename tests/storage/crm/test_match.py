import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.crm.match import ascii_words, holds_token, normalise, spelled


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" Ann@Example.ORG ", "ann@example.org"),
        ("JÜRGEN@example.org", "jürgen@example.org"),
        ("ju\u0308rgen@example.org", "jürgen@example.org"),  # the same letter in two code points
        ("ann\u212a@example.org", ""),  # the Kelvin sign, which lowers to k
        ("ann\0@example.org", ""),
        ("ann\ud800@example.org", ""),
        ("ann@example.org\nBcc: eve@example.org", ""),
        ("   ", ""),
    ],
)
def test_normalise_makes_equal_what_is_the_same_and_drops_look_alikes(value: str, expected: str) -> None:
    assert normalise(value) == expected


@pytest.mark.parametrize("value", ["ann@example.org", "j\u00fcrgen@example.org", "анна@пример.рф"])
def test_every_spelling_is_that_of_its_value(value: str) -> None:
    assert {normalise(spelling) for spelling in spelled(value)} == {value}


@pytest.mark.parametrize(
    ("text", "token", "expected"),
    [
        ("write to ann@example.org.", "ann@example.org", True),
        ("ANN@EXAMPLE.ORG", "ann@example.org", True),
        ("(ann@example.org)", "ann@example.org", True),
        ("'ann@example.org'", "ann@example.org", True),
        ("joann@example.org", "ann@example.org", False),
        ("jo-ann@example.org", "ann@example.org", False),
        ("jo+ann@example.org", "ann@example.org", False),
        ("ann@example.org.uk", "ann@example.org", False),
        ("ann@example.organic", "ann@example.org", False),
        ("no. K-10013, see file", "k-10013", True),
        ("K-100131", "k-10013", False),
        ("K-10013-2", "k-10013", False),
        ("AK-10013", "k-10013", False),
        ("call +44 20 5550199!", "+44 20 5550199", True),
        ("call +44 20 55501990", "+44 20 5550199", False),
        ("Tel.+44 20 5550199", "+44 20 5550199", True),
        ("a.*b", ".*", False),
        ("_ann@example.org_", "ann@example.org", True),
        ("jo_ann@example.org", "ann@example.org", False),
        ("jo__ann@example.org", "ann@example.org", False),
        ("invoice_K-10013_2026.pdf", "k-10013", True),
        ("*_annika_*", "annika", True),
        ("annika_b", "annika", False),
    ],
)
def test_holds_token_finds_whole_tokens_only(text: str, token: str, expected: bool) -> None:
    assert holds_token(text, token) is expected


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("ann.miller7@example.org", ["ann", "miller7", "example", "org"]),
        ("+44 20 5550199", ["44", "20", "5550199"]),
        ("jürgen@example.org", ["j", "rgen", "example", "org"]),
        ("анна@пример.рф", []),
    ],
)
def test_ascii_words_are_letters_and_digits_in_a_row(token: str, expected: list[str]) -> None:
    assert ascii_words(token) == expected


PARTS = st.text("aбü1 .-+@_(,", max_size=4)


@given(
    before=PARTS,
    token=st.sampled_from(["ann@example.org", "k-10013", "+44 20 5550199", "jürgen@example.org"]),
    after=PARTS,
)
def test_a_text_that_holds_a_token_holds_its_words(before: str, token: str, after: str) -> None:
    # An index on the words may narrow the search down only because of this.
    text = f"{before}{token}{after}"
    if holds_token(text, token):
        assert set(ascii_words(token)) <= set(ascii_words(text))
