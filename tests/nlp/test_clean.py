import pytest

from nlp.clean import MAX_CHARACTERS, clean, is_garbled, is_too_long


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b\x07c", "abc"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("\u202eevil\u202c\u200b text\ufeff", "evil text"),
        ("wide\u00a0 \t blank", "wide blank"),
        ("Z\u030c", "Ž"),
        ("lone \ud800 surrogate", "lone surrogate"),
    ],
)
def test_clean_leaves_plain_text(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_clean_bounds_the_length() -> None:
    assert len(clean("a" * (MAX_CHARACTERS + 5))) == MAX_CHARACTERS


@pytest.mark.parametrize(("length", "too_long"), [(MAX_CHARACTERS - 7, False), (MAX_CHARACTERS - 6, True)])
def test_is_too_long_counts_subject_and_body(length: int, too_long: bool) -> None:
    assert is_too_long(subject="subject", body="b" * length) is too_long


def test_a_text_that_was_lost_in_decoding_is_garbled_and_some_lost_accents_are_not() -> None:
    assert is_garbled("\x1d\ufffde\ufffd\ufffd^j\ufffd\ufffdzw")
    assert not is_garbled("Bitte l\ufffdschen Sie alles, was Sie \ufffdber mich haben, und schreiben Sie mir dann.")
    assert is_garbled("dée¢™^jÇ¬zwfy§(§*jYm…ê^®Ê'jWZµ¬¨º%u¦èºÙž")
    assert not is_garbled("thanks :) ^^ that's 5 € ± 1, it´s ok")
    assert not is_garbled("")
