import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.text import fold, sentences


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Größe STRASSE Straße", "grose strasse strase"),
        ("Łódź, żółć", "lodz, zolc"),
        ("Žiadosť o výmaz", "ziadost o vymaz"),
        ("don’t – ever", "don't - ever"),
    ],
)
def test_fold_drops_case_and_accents(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_fold_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hello.\nPlease delete me! Thanks", ("Hello.", "Please delete me!", "Thanks")),
        ("Ich heiße Dr. Ilse Kern. Bitte Art. 15 beachten.", ("Ich heiße Dr. Ilse Kern.", "Bitte Art. 15 beachten.")),
        ("Mieszkam przy ul. Lipowej 4. Nowy adres!", ("Mieszkam przy ul. Lipowej 4. Nowy adres!",)),
        ("Podľa čl. 17 žiadam výmaz… Ďakujem", ("Podľa čl. 17 žiadam výmaz…", "Ďakujem")),
        (" \n—\n", ()),
    ],
)
def test_sentences_stand_as_they_do_in_the_text(text: str, parts: tuple[str, ...]) -> None:
    assert sentences(text) == parts
