import pytest

from handlers.recognition import Asked, Correction, Slots
from handlers.rights import Right
from nlp.slots import extract


def slots(text: str, *, right: Right, language: str) -> Slots:
    return extract(text, asked=(Asked(right=right, score=1.0, evidence=text),), language=language)


@pytest.mark.parametrize(
    ("language", "text", "correction"),
    [
        ("en", "My address is now 12 Linden Way, Leeds LS1 4AB.", ("address", "", "12 Linden Way, Leeds LS1 4AB")),
        ("de", "meine neue Adresse ist Lindenweg 12, 10115 Berlin", ("address", "", "Lindenweg 12, 10115 Berlin")),
        ("pl", "Mój nowy adres to ul. Lipowa 1/3, 00-950 Łódź.", ("address", "", "ul. Lipowa 1/3, 00-950 Łódź")),
        ("sk", "Moja nová adresa je Lipová 12, 811 01 Bratislava.", ("address", "", "Lipová 12, 811 01 Bratislava")),
        ("de", "Adresse: bisher Amselweg 3, jetzt Lindenweg 12", ("address", "Amselweg 3", "Lindenweg 12")),
        ("en", "My e-mail is now eve@a.example, no longer eve@b.example", ("email", "eve@b.example", "eve@a.example")),
        ("pl", "Nowy telefon: 601 200 300", ("phone", "", "601 200 300")),
        ("sk", "Narodila som sa 12. 3. 1985", ("birth_date", "", "12. 3. 1985")),
        ("en", "My date of birth is 4 May 1981", ("birth_date", "", "4 May 1981")),
        ("de", "Neue IBAN: DE02 1203 0000 0000 2020 51", ("iban", "", "DE02 1203 0000 0000 2020 51")),
        ("de", "Mein Nachname ist nicht Maier, sondern Mayer.", ("last_name", "Maier", "Mayer")),
        ("pl", "Nazwisko to nie Kowalska, tylko Kowalczyk.", ("last_name", "Kowalska", "Kowalczyk")),
        ("sk", "Priezvisko má byť Nováková, a nie Novotná.", ("last_name", "Novotná", "Nováková")),
        ("en", "My surname is now Barlow", ("last_name", "", "Barlow")),
        ("en", "My first name is Ann and not Anne", ("first_name", "Anne", "Ann")),
    ],
)  # fmt: skip
def test_extract_finds_the_new_value_as_it_stands(language: str, text: str, correction: tuple[str, str, str]) -> None:
    found = slots(text, right=Right.CORRECTION, language=language).corrections
    assert found == (Correction(*correction),)


@pytest.mark.parametrize(
    ("language", "text", "consents"),
    [
        ("en", "No more newsletters please", ("newsletter",)),
        ("de", "Keine Werbung per SMS mehr", ("sms",)),
        ("pl", "Nie chcę reklam pocztą", ("post",)),
        ("sk", "nechcem už dostávať newsletter", ("newsletter",)),
        ("en", "I withdraw my consent to cookies", ("cookies",)),
        ("de", "Ich widerspreche dem Profiling", ("profiling",)),
        ("pl", "Proszę nie dzwonić", ("phone",)),
        ("sk", "Neposkytujte moje údaje partnerom", ("third_party",)),
        ("en", "I withdraw all consents", ("all",)),
        ("de", "Ich widerrufe meine Einwilligung", ()),
    ],
)
def test_extract_names_the_consents(language: str, text: str, consents: tuple[str, ...]) -> None:
    assert slots(text, right=Right.WITHDRAWAL, language=language).consents == consents


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "My customer number is 40-5519.", "40-5519"),
        ("de", "Kundennummer: KD 4471", "KD 4471"),
        ("pl", "Klient nr 4471902", "4471902"),
        ("sk", "zákaznícke číslo AS-20917", "AS-20917"),
        ("en", "I am a customer since 2019 years", ""),
    ],
)
def test_extract_reads_the_customer_number(language: str, text: str, number: str) -> None:
    assert slots(text, right=Right.ACCESS, language=language).customer_number == number


def test_extract_leaves_out_what_no_right_asks_for() -> None:
    text = "My new address is Lindenweg 12, and no newsletter."
    assert slots(text, right=Right.ACCESS, language="en") == Slots()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I object to the use of my data for direct marketing.", "en"),
        ("Ich widerspreche der Nutzung meiner Daten zu Werbezwecken.", "de"),
        ("Sprzeciwiam się marketingowi bezpośredniemu.", "pl"),
        ("Namietam proti priamemu marketingu.", "sk"),
    ],
)
def test_advertising_without_a_channel_means_all_of_it(text: str, language: str) -> None:
    asked = (Asked(right=Right.OBJECTION, score=1.0, evidence=text),)
    assert extract(text, asked=asked, language=language).consents == ("all",)
