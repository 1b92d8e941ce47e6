import pytest

from nlp.phrasebook import phrasebook
from nlp.slots.corrections import Change, changes_of, with_old
from nlp.slots.tags import Span
from nlp.slots.tokens import tokens_of
from nlp.text import fold


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


@pytest.mark.parametrize(
    ("language", "text", "found", "old", "new"),
    [
        ("en", "from 14 Kiln Row to 3 Oak Rise", ["14 Kiln Row to 3 Oak Rise"], "14 Kiln Row", "3 Oak Rise"),
        ("fr", "du 12 rue Haute au 3 rue Foch", ["12 rue Haute", "3 rue Foch"], "12 rue Haute", "3 rue Foch"),
        ("it", "da Via Roma 3 a Via Verdi 14", ["Via Roma 3", "Via Verdi 14"], "Via Roma 3", "Via Verdi 14"),
        ("nl", "Oud adres: Kade 5. Nieuw adres: Laan 8", ["Kade 5", "Laan 8"], "Kade 5", "Laan 8"),
        ("nl", "Nieuw adres: Laan 8. Oud adres: Kade 5", ["Laan 8", "Kade 5"], "Kade 5", "Laan 8"),
    ],
)  # fmt: skip
def test_of_two_addresses_the_one_that_words_call_old_is_the_old_one(
    language: str, text: str, found: list[str], old: str, new: str
) -> None:
    tokens = tokens_of(text)
    spans = [_span("new_address", value, text) for value in found]
    read = with_old(spans, tokens, fold(text), phrasebook(language))
    values = {span.role: text[tokens[span.first].start : tokens[span.last].end] for span in read}
    assert values == {"old": old, "new_address": new}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("both: Elm Lane 5 and Oak Lane 8", ["Elm Lane 5", "Oak Lane 8"]),
        ("at 12 rue Haute a 75011 Paris", ["12 rue Haute a 75011 Paris"]),
    ],
)
def test_addresses_of_which_none_is_called_old_stay_new(text: str, found: list[str]) -> None:
    spans = tuple(_span("new_address", value, text) for value in found)
    assert with_old(spans, tokens_of(text), fold(text), phrasebook("en")) == spans


def _span(role: str, value: str, text: str) -> Span:
    start = text.index(value)
    places = [at for at, token in enumerate(tokens_of(text)) if start <= token.start < start + len(value)]
    return Span(role, places[0], places[-1])
