"""What tells who wrote is replaced; what tells what is asked stays."""

import re

import pytest

from nlp.anonymise import NAMES, anonymise


def changed(text: str, *, language: str = "en", names: tuple[str, ...] = (), seed: str = "a") -> str:
    return anonymise(text, names=names, language=language, seed=seed)


@pytest.mark.parametrize(
    ("language", "text", "gone"),
    [
        ("en", "I am Thorvald Quisling of 14 Wobbleton Road, Grimsdyke.", "Thorvald Quisling Wobbleton Grimsdyke 14"),
        ("de", "Ich heiße Hedwig Schnürpel, Knöterichgasse 12, Tel. 2345.", "Hedwig Schnürpel Knöterichgasse 12 2345"),
        ("pl", "Nazywam się Bożydar Krzyżewicz, mój PESEL to 44051401359.", "Bożydar Krzyżewicz 44051401359"),
        ("sk", "Volám sa Drahomíra Vrbovčíková, číslo zmluvy 778812.", "Drahomíra Vrbovčíková 778812"),
    ],
)  # fmt: skip
def test_names_and_numbers_are_replaced(language: str, text: str, gone: str) -> None:
    words = set(re.findall(r"\w+", changed(text, language=language)))
    assert not words & set(gone.split())


def test_what_is_asked_stays_as_it_is() -> None:
    assert changed("Please delete my account. I want it gone, under Art. 17 GDPR.") == (
        "Please delete my account. I want it gone, under Art. 17 GDPR."
    )


def test_german_nouns_stay() -> None:
    text = "Bitte löschen Sie meine Daten und meine Adresse."
    assert changed(text, language="de") == text


def test_the_senders_name_goes_in_any_spelling_even_if_it_is_a_common_word() -> None:
    told = changed("its me, SUMMER BAKER. baker, summer.", names=("Summer Baker", "s.baker"))
    assert not re.search("summer|baker", told, re.IGNORECASE)


def test_addresses_and_links_become_examples() -> None:
    told = changed("Write to ann.smith@mail.example or see https://ann.example/me?x=1")
    assert told == "Write to name@example.org or see https://example.org"


def test_a_name_stays_the_same_person_within_a_mail_and_becomes_another_in_the_next() -> None:
    text = "Quirrelda called. Did Quirrelda reach you?"
    first, second = re.findall("|".join(NAMES), changed(text))
    assert first == second
    assert len({changed(text, seed=str(seed)) for seed in range(9)}) > 1


def test_numbers_keep_their_shape() -> None:
    told = changed("My number is 07700 900 318")
    assert re.fullmatch(r"My number is \d{5} \d{3} \d{3}", told)
    assert "07700" not in told
