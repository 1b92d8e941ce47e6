"""Free texts in which a judgement about the person is suspected are held for a look."""

from collections.abc import Collection

import pytest

from storage.crm.notes import NoteGate, as_note, judged, text_of


@pytest.mark.parametrize(
    "text",
    [
        "Customer was RUDE on the phone.",
        "Notorious bad payer, be careful",
        "Typischer Querulant, hat schon dreimal reklamiert.",
        "Am Telefon sehr unfreundlich und frech.",
        "Klient był agresywny i wulgarny.",
        "Zákazník je neslušný a otravný.",
        "Customer was r\u00adude.",
        "Customer was ru\u200bde.",
    ],
)
def test_judgements_are_suspected(text: str) -> None:
    assert judged(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Called about the delivery, wants an invoice by post.",
        "The trolley arrived faulty; a dummy was sent instead.",
        "Paket kam beschädigt an, Ersatz ist unterwegs.",
        "Prosi o kontakt po południu.",
        "Zákazník žiada novú faktúru.",
        "Crude oil filter ordered",
    ],
)
def test_plain_facts_are_not(text: str) -> None:
    assert not judged(text)


def test_whoever_decides_can_be_replaced_and_is_asked_once_what_was_released() -> None:
    asked: list[list[str]] = []

    def released(ids: Collection[str]) -> Collection[str]:
        asked.append(list(ids))
        return [second.id]

    notes = [first, second, third] = [as_note("notes", (n,), "body", f"text {n}") for n in range(3)]
    gate = NoteGate(judged=lambda text: text != "text 0", released=released)

    assert gate.hold(notes) == (third,)
    assert asked == [[second.id, third.id]]
    assert NoteGate(judged=lambda _text: False, released=released).hold([first]) == ()
    assert len(asked) == 1


def test_a_json_note_is_looked_at_as_text() -> None:
    text = text_of({"calls": ["Anruf\nfrech", 7]})
    assert text is not None
    assert judged(text)
    assert (text_of("rude"), text_of(None), text_of(7)) == ("rude", None, None)
