import numpy as np
import pytest

from nlp.linear import Features
from nlp.views import keywords, own_words


def shared(one: Features, other: Features) -> float:
    """Return the share of the first one's features that the other has too."""
    return float(np.isin(one.rows, other.rows).mean())


def test_numbers_and_addresses_are_alike() -> None:
    one, other = (own_words(text, "en") for text in ("number 123 ann@example.org", "number 98765 bob@example.org"))
    assert np.array_equal(one.rows, other.rows)


def test_inflected_words_are_partly_alike() -> None:
    assert shared(own_words("deleting data", "en"), own_words("deletion of data", "en")) > 0.25


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Löschen Sie meine Daten"),
        ("pl", "Usuńcie moje dane"),
        ("sk", "Vymažte moje údaje"),
        ("cs", "Smažte moje údaje"),
        ("fr", "Supprimez mes données"),
        ("es", "Borren mis datos"),
        ("it", "Cancellate i miei dati"),
        ("nl", "Verwijder mijn gegevens"),
        ("pt", "Apaguem os meus dados"),
    ],
)
def test_keywords_of_one_wish_are_alike_in_all_languages(language: str, text: str) -> None:
    assert shared(keywords("Delete my data", "en"), keywords(text, language)) > 0.4


@pytest.mark.parametrize("view", [keywords, own_words])
@pytest.mark.parametrize("text", ["", "a", "!", "\ud800", "語" * 50])
def test_any_text_has_features_of_equal_number(view: type, text: str) -> None:
    found = view(text, "en")
    assert len(found.rows) == len(found.counts)
