import pytest

from nlp.slots.names import is_first_name


@pytest.mark.parametrize("word", ["Zuzanna", "Zuzana", "ZUZANA", "Jean-Luc", "Gosia", "Björn", "Bjorn", "Jürgen"])
def test_first_names_are_known_in_any_spelling(word: str) -> None:
    assert is_first_name(word)


@pytest.mark.parametrize("word", ["Schmitt", "Lindenweg", "Jean-Schmitt", "zuzana", "", "-"])
def test_other_words_are_not(word: str) -> None:
    assert not is_first_name(word)
