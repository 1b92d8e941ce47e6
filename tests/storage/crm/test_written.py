import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.crm.match import ascii_words
from storage.crm.written import BEFORE_WORDS, holds_any, spellings_in_text


@pytest.mark.parametrize(
    ("text", "token", "expected"),
    [
        ('{"to": "Ask\\nann@example.org"}', "ann@example.org", True),
        ('"{\\"to\\": \\"\\\\u0041nn@example.org\\"}"', "ann@example.org", True),  # JSON in JSON
        ("\\u0041nn\\u0040example.org", "ann@example.org", True),
        ("CORP\\nann@example.org", "ann@example.org", False),  # not JSON: nann of another house
        ("CORP\\nann@example.org", "nann@example.org", True),
        ("\\ud83d\\ude00 ann@example.org \\ud83d", "ann@example.org", True),  # a face, and half of one
        ("?to=ann%2540example.org", "ann@example.org", True),
        ("?to=ann%40example.org", "n@example.org", False),
        ("100%ann@example.org", "ann@example.org", False),
        ("j%C3%B6rg@example.org", "j\u00f6rg@example.org", True),
        ("jo\u0308rg@example.org", "j\u00f6rg@example.org", True),
        ("%E9 ann@example.org", "ann@example.org", True),  # no UTF-8
        (b"ann@example.org", "ann@example.org", False),
        (None, "ann@example.org", False),
    ],
)
def test_holds_any_reads_what_programs_write(text: object, token: str, *, expected: bool) -> None:
    assert holds_any(text, [token]) is expected


REMNANTS = st.lists(st.sampled_from(["", "a", " ", "_", "=", "\\n", "\\u003c", "%20", "%3D", '"', "+"]), max_size=3)
WAYS = (str, quote, lambda token: quote(token, safe=""), lambda token: json.dumps(token)[1:-1])


@given(
    before=REMNANTS,
    token=st.sampled_from(["ann@example.org", "k-10013", "+44 20 5550199", "j\u00fcrgen@example.org"]),
    way=st.sampled_from(WAYS),
    after=REMNANTS,
    begin=st.sampled_from(["", '{"to": "']),
)
def test_what_holds_a_token_has_one_of_its_spellings_and_their_words(
    *, before: list[str], token: str, way: object, after: list[str], begin: str
) -> None:
    # By these a database narrows the search down, on PostgreSQL by an index on words.
    text = "".join([begin, *before, way(token), *after]).lower()  # type: ignore[operator]
    if holds_any(text, [token]):
        words = set(re.split("[^a-z0-9]+", text))
        assert [one for one in spellings_in_text(token) if one in text and _has_words(one, words)]


def _has_words(spelling: str, words: set[str]) -> bool:
    first, *rest = ascii_words(spelling)
    return set(rest) <= words and bool(words & {first, *(f"{remnant}{first}" for remnant in BEFORE_WORDS)})
