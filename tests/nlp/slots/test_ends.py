import pytest

from nlp.slots.ends import mended
from nlp.slots.tags import Span
from nlp.slots.tokens import Token, tokens_of


def value(text: str, role: str, found: str, old: str = "") -> tuple[str, str]:
    """Return role and words of a value of which the tagger found these words."""
    tokens = tokens_of(text)
    spans = [_span(role, tokens, text, found)] + ([_span("old", tokens, text, old)] if old else [])
    span = mended(spans, tokens, text)[0]
    return span.role, text[tokens[span.first].start : tokens[span.last].end]


def _span(role: str, tokens: tuple[Token, ...], text: str, found: str) -> Span:
    start = text.index(found)
    inside = [at for at, token in enumerate(tokens) if start <= token.start < start + len(found)]
    return Span(role, inside[0], inside[-1])


@pytest.mark.parametrize(
    ("text", "found", "whole"),
    [
        ("now Chemin des Roches 21, 1009 Pully", "Roches 21, 1009 Pully", "Chemin des Roches 21, 1009 Pully"),
        ("vive en calle Jazmín 3", "Jazmín 3", "calle Jazmín 3"),
        ("Deichreihe 3a, 25541 Brunsbüttel", "3a, 25541 Brunsbüttel", "Deichreihe 3a, 25541 Brunsbüttel"),
        ("naar Calle Sol 8, 03580 Alfaz del Pi.", "Calle Sol 8, 03580 Alfaz", "Calle Sol 8, 03580 Alfaz del Pi"),
        ("to Calle Sol 8, 03580 Alfaz", "Calle Sol 8", "Calle Sol 8, 03580 Alfaz"),
        ("neuer Sitz Kaiserring 5, Mannheim", "Kaiserring 5, Mannheim", "Kaiserring 5, Mannheim"),
        ("die Hausnummer 14", "14", "14"),
        ("Anschrift\n3a, 25541 Brunsbüttel", "3a, 25541 Brunsbüttel", "3a, 25541 Brunsbüttel"),
    ],
)
def test_an_address_is_read_from_its_street_to_its_town(text: str, found: str, whole: str) -> None:
    assert value(text, "new_address", found) == ("new_address", whole)


def test_a_street_ends_where_another_value_begins() -> None:
    assert value("Rue Haute to Basse 3, 1009 Pully", "new_address", "Basse 3, 1009 Pully", old="Rue Haute")[1] == (
        "Basse 3, 1009 Pully"
    )


@pytest.mark.parametrize(
    ("text", "role", "found", "old", "expected"),
    [
        ("now Frau Novák", "new_full_name", "Frau Novák", "", ("new_last_name", "Novák")),
        ("now Frau Eva Novák", "new_full_name", "Frau Eva Novák", "", ("new_full_name", "Eva Novák")),
        ("From Tamsin Oduya: I am Tamsin Hale", "new_last_name", "Tamsin Hale", "Oduya", ("new_last_name", "Hale")),
        ("Vaclav Simandl ne Šimandl", "new_last_name", "Vaclav Simandl", "Šimandl", ("new_last_name", "Simandl")),
        ("Greta Belloni Markovic", "new_last_name", "Belloni Markovic", "", ("new_last_name", "Belloni Markovic")),
        ("still says Oduya, now Tamsin Hale", "new_full_name", "Tamsin Hale", "Oduya", ("new_last_name", "Hale")),
        ("it's Kaja, not Karol", "new_last_name", "Kaja", "Karol", ("new_first_name", "Kaja")),
        ("ours is Bentje now, not Bart", "new_last_name", "Bentje", "Bart", ("new_first_name", "Bentje")),
        ("it's Schmitt, not Schmid", "new_last_name", "Schmitt", "Schmid", ("new_last_name", "Schmitt")),
        ("was Horak, now Anna Maria Novak", "new_full_name", "Anna Maria Novak", "Horak", ("new_last_name", "Novak")),
        ("the payer is Zuzana Malá", "new_last_name", "Zuzana Malá", "", ("new_full_name", "Zuzana Malá")),
    ],
)
def test_names_are_read_without_what_stands_before_and_say_which_they_are(
    text: str, role: str, found: str, old: str, expected: tuple[str, str]
) -> None:
    assert value(text, role, found, old) == expected
