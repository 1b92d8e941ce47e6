from nlp.phrasebook import phrasebook
from nlp.slots.features import CUES, FLAGS, KIND_FLAGS, Seen, see
from nlp.slots.tokens import tokens_of


def seen(text: str) -> Seen:
    return see(text, tokens_of(text), phrasebook("en"))


def test_all_that_is_seen_has_a_row_for_each_piece() -> None:
    mail = seen("Hello, my new number is 0170 1234567.\nEve")
    assert len(mail) == len(mail.vectors) == len(mail.flags) == len(mail.twins) == 9
    assert mail.flags.shape[1] == FLAGS


def test_the_words_of_a_number_do_not_matter_but_their_count_does() -> None:
    one, other, shorter = (seen(f"call {number}").ids[1] for number in ("0170 1234567", "0170 7654321", "0170 123456"))
    assert (one == other).all()
    assert (one != shorter).any()


def test_a_value_knows_the_other_one_it_may_be_confused_with() -> None:
    assert seen("0170 1234567 not 0170 7654321").twins.tolist() == [2, -1, 0]
    assert seen("Kovacic is Kovačić").twins.tolist() == [2, -1, 0]
    assert seen("0170 1234567 or 0170 1234567").twins.tolist() == [-1, -1, -1]


def test_sentences_end_at_marks_and_lines() -> None:
    assert seen("I moved. Please\nnote my 4").sentences == ((0, 3), (3, 4), (4, 7))


def test_cues_are_flagged() -> None:
    flags = seen("old").flags[0]
    assert flags[len(KIND_FLAGS) + CUES.index("old")] == 1
