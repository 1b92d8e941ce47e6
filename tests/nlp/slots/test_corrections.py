import pytest

from nlp.slots.corrections import Change, changes_of
from nlp.slots.tags import Span
from nlp.slots.tokens import tokens_of


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        (
            "a@b.example to c@d.example",
            (Span("old", 0, 0), Span("new_email", 2, 2)),
            (Change(Span("old", 0, 0), Span("new_email", 2, 2)),),
        ),
        ("remove Penicillin", (Span("old", 1, 1),), (Change(Span("old", 1, 1), None),)),
        (
            "0170 1234567 and Kovacic; now Kovačić and 0170 7654321",
            (Span("old", 0, 0), Span("old", 2, 2), Span("new_last_name", 5, 5), Span("new_phone", 7, 7)),
            (
                Change(Span("old", 2, 2), Span("new_last_name", 5, 5)),
                Change(Span("old", 0, 0), Span("new_phone", 7, 7)),
            ),
        ),
        ("customer 4471", (Span("customer_number", 1, 1),), ()),
    ],
)
def test_each_new_value_takes_the_old_one_that_is_most_like_it(
    text: str, spans: tuple[Span, ...], expected: tuple[Change, ...]
) -> None:
    assert changes_of(spans, tokens_of(text)) == expected
