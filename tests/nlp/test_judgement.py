import pytest

from nlp.judgement import Span, judged, read_notes


@pytest.mark.parametrize(
    "text",
    [
        "Customer is a querulant.",
        "Smells of alcohol.",
        "Kann wohl nicht lesen.",
        "Ist psychisch krank, sagt die Nachbarin.",
        "Klient jest leniwy.",
        "Chory psychicznie.",
        "Asi nevie čítať.",
        "Moslim, v piatok nevolať.",
    ],
)
def test_a_remark_about_a_person_is_flagged(text: str) -> None:
    assert judged(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Parcel smelled of smoke, replaced.",
        "Heizung stinkt nach Öl, Kundendienst bestellt.",
        "Gruba paczka, potrzebne dwie osoby.",
        "Ťažký balík, treba dvoch ľudí.",
        "Asked for a call back after 4 pm.",
    ],
)
def test_a_harmless_note_is_not_flagged(text: str) -> None:
    assert judged(text) == ()


def test_the_span_is_what_judges() -> None:
    note = "Paid on the 3rd. Smells of alcohol every time."
    assert judged(note) == (Span(start=17, end=34, text="Smells of alcohol"),)


def test_the_labelled_spans_stand_in_their_notes() -> None:
    notes = read_notes()
    assert len(notes) >= 300
    assert all((note.span in note.text) and bool(note.span) is note.judging for note in notes)
