import pytest

from nlp.language import FALLBACK, Language, LanguageFinder


@pytest.fixture(scope="module")
def finder() -> LanguageFinder:
    return LanguageFinder()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What do you have on me?", "en"),
        ("Bitte löscht mein Konto", "de"),
        ("Proszę usunąć moje dane", "pl"),
        ("nechcem už dostávať newsletter", "sk"),
        ("prosim vymazte moje udaje", "sk"),
        ("USUŃCIE MOJE KONTO", "pl"),
    ],
)
def test_find_tells_the_four_languages_apart(finder: LanguageFinder, text: str, code: str) -> None:
    assert finder.find(text) == Language(code)


@pytest.mark.parametrize(
    "text",
    [
        "Supprimez toutes mes données personnelles s'il vous plaît",
        "Verwijder alstublieft al mijn gegevens uit uw systeem",
        "удалите все мои данные пожалуйста",
        "kérem töröljék az összes adatomat a rendszerükből",
    ],
)
def test_find_marks_what_is_in_no_language_that_is_read(finder: LanguageFinder, text: str) -> None:
    assert finder.find(text).foreign


@pytest.mark.parametrize("text", ["Prosím smažte všechny moje údaje z databáze", "ok merci"])
def test_find_does_not_mark_neighbours_and_short_texts(finder: LanguageFinder, text: str) -> None:
    assert not finder.find(text).foreign


@pytest.mark.parametrize("text", ["", "12345", "🎉🎉"])
def test_find_falls_back_without_letters(finder: LanguageFinder, text: str) -> None:
    assert finder.find(text) == Language(FALLBACK)
