import pytest

from nlp.language import FALLBACK, Language, LanguageFinder
from nlp.recognise import MODEL


@pytest.fixture(scope="module")
def finder() -> LanguageFinder:
    return LanguageFinder.load(MODEL)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("What do you have on me?", "en"),
        ("Bitte löscht mein Konto", "de"),
        ("Proszę usunąć moje dane", "pl"),
        ("nechcem už dostávať newsletter", "sk"),
        ("prosim vymazte moje udaje", "sk"),
        ("už nechci dostávat newsletter", "cs"),
        ("prosim smazte vsechny me udaje", "cs"),
        ("USUŃCIE MOJE KONTO", "pl"),
        ("supprimez mon compte", "fr"),
        ("borren mis datos", "es"),
        ("cancellate il mio account", "it"),
        ("verwijder mijn gegevens", "nl"),
        ("apaguem os meus dados", "pt"),
    ],
)
def test_find_tells_the_ten_languages_apart(finder: LanguageFinder, text: str, code: str) -> None:
    assert finder.find(text) == Language(code)


@pytest.mark.parametrize(
    "text",
    [
        "Jag vill att ni raderar alla mina personuppgifter ur era system",
        "удалите все мои данные пожалуйста, я больше не хочу быть клиентом",
        "kérem töröljék az összes adatomat a rendszerükből",
        "Παρακαλώ διαγράψτε όλα τα δεδομένα μου από το σύστημά σας",
    ],
)
def test_find_marks_what_is_in_no_language_that_is_read(finder: LanguageFinder, text: str) -> None:
    assert finder.find(text).foreign


@pytest.mark.parametrize("text", ["Prosím smažte všechny moje údaje z databáze", "ok tack"])
def test_find_does_not_mark_its_own_and_short_texts(finder: LanguageFinder, text: str) -> None:
    assert not finder.find(text).foreign


@pytest.mark.parametrize("text", ["", "12345", "🎉🎉", "a@example.org"])
def test_find_has_an_answer_without_words(finder: LanguageFinder, text: str) -> None:
    assert finder.find(text).code in {FALLBACK, "cs", "de", "es", "fr", "it", "nl", "pl", "pt", "sk"}


def test_learn_tells_apart_what_it_was_taught() -> None:
    finder = LanguageFinder.learn([("en", "the house and the garden"), ("de", "das Haus und der Garten")])
    assert [finder.find(text).code for text in ("the gardens", "der Gärtner", "")] == ["en", "de", FALLBACK]
