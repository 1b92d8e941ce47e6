import pytest

from handlers.recognition import Correction, Identifiers, Slots
from nlp.slots import course, tagger
from nlp.slots.features import see
from nlp.slots.lessons import Example
from nlp.slots.tagger import Tagger
from nlp.slots.tags import Span
from nlp.slots.tokens import tokens_of

NAMES = ("ann", "eve", "bob", "kim", "liv", "tom", "pat", "sam")


def correcting(name: str) -> Example:
    old, new = f"{name}@a.example", f"{name}@b.example"
    text = f"Hello,\nmy old mail is {old}, the new one is {new}"
    slots = Slots(corrections=(Correction("email", old, new),))
    return Example(text=text, language="en", slots=slots, correcting=True, evidence=text)


def asking(number: int) -> Example:
    text = f"Hello,\nwhat do you know about me? Customer number {number}"
    slots = Slots(identifiers=Identifiers(customer_number=str(number)))
    return Example(text=text, language="en", slots=slots, correcting=False, evidence="")


@pytest.fixture
def taught(monkeypatch: pytest.MonkeyPatch) -> Tagger:
    monkeypatch.setattr(tagger, "EPOCHS", 20)
    monkeypatch.setattr(course, "WARM_UP", 1)
    return Tagger.learn([*map(correcting, NAMES), *map(asking, range(4401, 4417))])


def spans(taught: Tagger, example: Example) -> dict[str, str]:
    found = taught.spans(example.lesson().seen, correcting=example.correcting)
    return {span.role: example.tokens[span.first].text for span in found}


def test_tagger_tells_old_and_new_values_by_the_words_around(taught: Tagger) -> None:
    assert spans(taught, correcting("zoe")) == {"old": "zoe@a.example", "new_email": "zoe@b.example"}


def test_tagger_finds_an_identifier(taught: Tagger) -> None:
    assert spans(taught, asking(9117)) == {"customer_number": "9117"}


def test_tagger_names_the_field_of_a_value_that_stands_alone(taught: Tagger) -> None:
    assert taught.field_at(correcting("zoe").lesson().seen, 12) == "email"


def test_what_was_kept_reads_as_before(taught: Tagger) -> None:
    assert spans(Tagger.load(taught.arrays()), correcting("zoe")) == spans(taught, correcting("zoe"))


def test_an_example_says_where_its_values_stand() -> None:
    assert tuple(correcting("zoe").changed()) == (Span("old", 6, 6), Span("new_email", 12, 12))
    assert tuple(asking(4401).details()) == (Span("customer_number", 11, 11),)


def test_certainty_is_that_of_the_least_certain_piece(taught: Tagger) -> None:
    plain, vague = (
        see(text, tokens_of(text), "en") for text in (correcting("zoe").text, "zoe@a.example or zoe@b.example")
    )
    assert 1 >= taught.certainty(plain) > taught.certainty(vague) >= 0
