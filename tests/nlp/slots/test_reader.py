"""The shipped reader on plainly worded mails of its languages; single mails of the corpus are never tested here."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import nlp
from handlers.recognition import Asked, Correction, Slots
from handlers.rights import Right
from nlp.corpus import Mail
from nlp.slots.lessons import Example
from nlp.slots.reader import SlotReader
from nlp.slots.tagger import Tagger

MODEL = Path(nlp.__file__).parent / "model"


@pytest.fixture(scope="module")
def reader() -> SlotReader:
    return SlotReader.load(MODEL)


def read(reader: SlotReader, text: str, right: Right, language: str) -> Slots:
    return reader.read(text, asked=(Asked(right=right, score=1.0, evidence=text),), language=language)


@pytest.mark.parametrize(
    ("language", "text", "correction"),
    [
        ("en", "My e-mail is now eve@a.example, no longer eve@b.example", ("email", "eve@b.example", "eve@a.example")),
        ("de", "Neue IBAN: DE02 1203 0000 0000 2020 51", ("iban", "", "DE02 1203 0000 0000 2020 51")),
        ("de", "Mein Nachname ist nicht Maier, sondern Mayer.", ("last_name", "Maier", "Mayer")),
        ("pl", "Nowy telefon: 601 200 300", ("phone", "", "601 200 300")),
        ("cs", "Můj nový e-mail je eva@a.example", ("email", "", "eva@a.example")),
        ("fr", "Mon nouveau numéro est le 06 39 98 55 02", ("phone", "", "06 39 98 55 02")),
        ("es", "Mi nuevo correo es eva@a.example", ("email", "", "eva@a.example")),
        ("it", "La mia nuova mail è eva@a.example", ("email", "", "eva@a.example")),
        ("nl", "Mijn nieuwe mailadres is eva@a.example", ("email", "", "eva@a.example")),
        ("pt", "O meu novo e-mail é eva@a.example", ("email", "", "eva@a.example")),
        ("sk", "Môj nový e-mail je eva@a.example", ("email", "", "eva@a.example")),
    ],
)
def test_read_finds_a_correction_as_it_stands(
    reader: SlotReader, language: str, text: str, correction: tuple[str, str, str]
) -> None:
    assert read(reader, text, Right.CORRECTION, language).corrections == (Correction(*correction),)


@pytest.mark.parametrize(
    ("language", "right", "text", "consents"),
    [
        ("en", Right.WITHDRAWAL, "No more newsletters please", ("newsletter",)),
        ("de", Right.OBJECTION, "Bitte rufen Sie mich nicht mehr an.", ("phone",)),
        ("pl", Right.OBJECTION, "Nie chcę ulotek w skrzynce", ("post",)),
        ("sk", Right.WITHDRAWAL, "nechcem už dostávať newsletter", ("newsletter",)),
        ("cs", Right.OBJECTION, "Už mi nevolejte s nabídkami", ("phone",)),
        ("fr", Right.WITHDRAWAL, "Plus de newsletter, merci", ("newsletter",)),
        ("es", Right.WITHDRAWAL, "No quiero más SMS", ("sms",)),
        ("it", Right.OBJECTION, "Mi oppongo alla profilazione", ("profiling",)),
        ("nl", Right.WITHDRAWAL, "Geen nieuwsbrief meer graag", ("newsletter",)),
        ("pt", Right.OBJECTION, "Não me liguem mais", ("phone",)),
    ],
)
def test_read_names_the_consents(
    reader: SlotReader, language: str, right: Right, text: str, consents: tuple[str, ...]
) -> None:
    assert read(reader, text, right, language).consents == consents


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I object to the use of my data for direct marketing."),
        ("de", "Ich widerspreche der Verarbeitung meiner Daten zum Zwecke der Direktwerbung."),
        ("pl", "Sprzeciwiam się przetwarzaniu moich danych do celów marketingu bezpośredniego."),
        ("sk", "Namietam spracúvanie mojich údajov na účely priameho marketingu."),
        ("cs", "Vznáším námitku proti zpracování svých údajů pro účely přímého marketingu."),
        ("fr", "Je m'oppose à l'utilisation de mes données à des fins de prospection commerciale."),
        ("es", "Me opongo al uso de mis datos con fines de publicidad."),
        ("it", "Mi oppongo al trattamento dei miei dati per finalità di marketing diretto."),
        ("nl", "Ik maak bezwaar tegen het gebruik van mijn gegevens voor direct marketing."),
        ("pt", "Oponho-me ao tratamento dos meus dados para marketing direto."),
    ],
)
def test_an_objection_to_advertising_without_a_channel_is_to_all_of_it(
    reader: SlotReader, language: str, text: str
) -> None:
    assert read(reader, text, Right.OBJECTION, language).consents == ("all",)


def test_read_leaves_out_what_no_right_asks_for(reader: SlotReader) -> None:
    slots = read(reader, "My new address is Lindenweg 12, and no newsletter.", Right.ACCESS, "en")
    assert (slots.corrections, slots.consents) == ((), ())


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [("en", "My customer number is 40-5519.", "40-5519"), ("de", "Kundennummer 4471-22", "4471-22")],
)
def test_read_finds_the_customer_number(reader: SlotReader, language: str, text: str, number: str) -> None:
    assert read(reader, text, Right.ACCESS, language).identifiers.customer_number == number


def test_read_finds_nothing_in_nothing(reader: SlotReader) -> None:
    assert reader.read("", asked=(), language="en") == Slots()


def test_reader_is_sure_of_what_is_said_plainly_and_of_nothing_else(reader: SlotReader) -> None:
    plain = "My e-mail is now eve@a.example, no longer eve@b.example"
    vague = "Neighbours called Oak and Elm, and 0170 1234567 or 0170 7654321, who knows"
    assert reader.is_sure(plain, read(reader, plain, Right.CORRECTION, "en"), language="en")
    assert not reader.is_sure(vague, read(reader, vague, Right.CORRECTION, "en"), language="en")


def test_sentences_that_only_teach_rights_teach_no_details(monkeypatch: pytest.MonkeyPatch) -> None:
    taught: list[str] = []

    def learn(examples: Sequence[Example], *, tick: object) -> None:
        taught.extend(example.text for example in examples)

    monkeypatch.setattr(Tagger, "learn", learn)
    details = Slots(corrections=(Correction("email", "", "eve@a.example"),))
    SlotReader.learn(
        Mail(kind, "en", "", f"{kind}: eve@a.example", (Right.CORRECTION,), ("eve@a.example",), slots, kind)
        for kind, slots in (
            ("mail", details),
            ("mail", Slots()),
            ("marked", Slots()),
            ("plain", details),
            ("plain", Slots()),
            ("plain", Slots(consents=("sms",))),
        )
    )
    assert taught == [f"{kind}: eve@a.example" for kind in ("mail", "mail", "marked", "plain")]
