"""The reply checker, on letters written here: what counts as said, and what does not."""

from datetime import date, datetime

import pytest

from handlers.checker import missing_duties
from handlers.letters import Letter, Rendered, Said
from handlers.policy import Authority
from tests.people import NOW

DAY = date(2027, 2, 23)
FILLED: dict[str, object] = {
    "reasons": ["complexity"],
    "explanation": "Forty mailboxes, some of them old.",
    "respond_by": DAY,
    "authority": Authority("Example Authority", ""),
}
WORDS = {
    "reasons": "- your request is complex",
    "explanation": "Forty mailboxes,\nsome of them old.",
    "new_date": "23. Februar 2027",
    "complaint": "the one for us is Example Authority (https://authority.example)",
}
REFUSED = {"template": "refusal", "ground": "unfounded", "article": "12(5)(b)"}
ANSWER: dict[str, object] = {"received_on": DAY, "authority": FILLED["authority"]}
CLOSING = (
    Said(("received",), "23 February 2027"),
    Said(("complaint",), "Example Authority"),
    Said(("court",), "go to court"),
)


def extension(**changes: object) -> Letter:
    return Letter("extension", "en", "anna@customer.example", {**FILLED, **changes})


def rendered(**changes: str) -> Rendered:
    said = {**WORDS, **changes}
    return Rendered("", "", "", tuple(Said((code,), words) for code, words in said.items() if words))


def names(letter: Letter, words: Rendered) -> list[str]:
    return [duty.name for duty in missing_duties(letter, words)]


def test_a_letter_that_says_all_lacks_nothing() -> None:
    assert missing_duties(extension(), rendered()) == ()


@pytest.mark.parametrize(("code", "words"), [(code, lost) for code in WORDS for lost in ("", " \n", "– …")])
def test_a_duty_without_words_is_missing(code: str, words: str) -> None:
    assert names(extension(), rendered(**{code: words})) == [f"extension.{code}"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("explanation", "It takes longer."),
        ("explanation", "Some of them old. Forty mailboxes."),
        ("complaint", "the one for us is the Example (https://authority.example)"),
        ("complaint", "the one for us is Example Authority2"),
        ("new_date", "23 February 2026"),
        ("new_date", "3 February 2027"),
        ("new_date", "in 2027, on the 23rd"),
    ],
)
def test_words_without_the_value_do_not_count(code: str, words: str) -> None:
    assert names(extension(), rendered(**{code: words})) == [f"extension.{code}"]


@pytest.mark.parametrize("nothing", [None, "", " ", "–", []])
@pytest.mark.parametrize(("field", "code"), [("explanation", "explanation"), ("reasons", "reasons")])
def test_a_field_that_holds_nothing_is_missing(field: str, code: str, nothing: object) -> None:
    assert names(extension(**{field: nothing}), rendered()) == [f"extension.{code}"]


def test_one_empty_value_among_several_is_missing() -> None:
    assert names(extension(reasons=["complexity", ""]), rendered()) == ["extension.reasons"]


def test_a_moment_counts_as_said_by_its_day() -> None:
    assert isinstance(NOW, datetime)
    assert missing_duties(extension(respond_by=NOW), rendered(new_date="23 November 2026, 10:00")) == ()


def test_several_places_together_may_say_it() -> None:
    words = rendered(complaint="")
    said = (*words.said, Said(("complaint",), "complain to Example"), Said(("complaint",), "Authority"))
    assert missing_duties(extension(), Rendered("", "", "", said)) == ()


def test_words_said_elsewhere_do_not_count() -> None:
    words = rendered(complaint="")
    said = (*words.said, Said(("0", "complaint"), "complain to Example Authority"))
    assert names(extension(), Rendered("", "", "", said)) == ["extension.complaint"]


def refusal(place: str, *, remedies: str = "complain or go to court") -> tuple[Said, ...]:
    words = {"reason": "it is unfounded", "article": "Article 12(5)(b)", "remedies": remedies}
    return tuple(Said((place, code), text) for code, text in words.items())


def test_each_section_answers_for_itself() -> None:
    letter = Letter("answer", "en", "anna@customer.example", {**ANSWER, "sections": [REFUSED, REFUSED]})
    assert names(letter, Rendered("", "", "", (*CLOSING, *refusal("0"), *refusal("1")))) == []
    assert names(letter, Rendered("", "", "", (*CLOSING, *refusal("0"), *refusal("1", remedies="")))) == [
        "refusal.remedies"
    ]


def test_a_duty_missing_twice_is_named_once() -> None:
    letter = Letter("answer", "en", "anna@customer.example", {**ANSWER, "sections": [REFUSED, REFUSED]})
    assert names(letter, Rendered("", "", "", CLOSING)) == ["refusal.reason", "refusal.article", "refusal.remedies"]


def test_a_refusal_on_a_ground_without_an_article_is_not_released() -> None:
    context = {**ANSWER, "sections": [{**REFUSED, "article": ""}]}
    letter = Letter("answer", "en", "anna@customer.example", context)
    assert names(letter, Rendered("", "", "", (*CLOSING, *refusal("0")))) == ["refusal.article"]


def test_what_does_not_apply_is_not_owed() -> None:
    base = {"template": "deletion", "deleted": [], "anonymised": [], "kept": []}
    kept = {"label": "Orders", "law": "§ 147 AO", "until": DAY}
    said = (*CLOSING, Said(("0", "erased"), "There was nothing to erase."))
    for section, lacks in (
        (base, []),
        ({**base, "kept": [kept]}, ["deletion.kept", "deletion.locked"]),
        ({**base, "anonymised": [kept]}, ["deletion.recipients"]),
    ):
        letter = Letter("answer", "en", "anna@customer.example", {**ANSWER, "sections": [section]})
        assert names(letter, Rendered("", "", "", said)) == lacks


def test_a_kept_record_without_an_end_is_missing() -> None:
    kept = {"label": "Orders", "law": "§ 147 AO", "until": None}
    section = {"template": "deletion", "deleted": [], "anonymised": [], "kept": [kept]}
    letter = Letter("answer", "en", "anna@customer.example", {**ANSWER, "sections": [section]})
    words = {"erased": "Nothing.", "kept": "Orders, under § 147 AO", "locked": "They are locked."}
    said = (*CLOSING, *(Said(("0", code), text) for code, text in words.items()))
    assert names(letter, Rendered("", "", "", said)) == ["deletion.kept"]


@pytest.mark.parametrize(
    "letter",
    [
        Letter("greeting", "en", "anna@customer.example"),
        Letter("answer", "en", "anna@customer.example", {**ANSWER, "sections": [{"template": "greeting"}]}),
    ],
)
def test_a_letter_whose_duties_are_unknown_is_not_released(letter: Letter) -> None:
    with pytest.raises(KeyError):
        missing_duties(letter, Rendered("", "", "", CLOSING))
