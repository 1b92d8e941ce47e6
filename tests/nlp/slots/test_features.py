from nlp.slots.features import CUES, FLAGS, KIND_FLAGS, Seen, see
from nlp.slots.tokens import tokens_of


def seen(text: str) -> Seen:
    return see(text, tokens_of(text), "en")


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


def test_words_of_one_meaning_have_one_keyword_in_all_languages() -> None:
    english, german = (see(word, tokens_of(word), code) for word, code in (("address", "en"), ("Adresse", "de")))
    assert english.ids[0][-1] == german.ids[0][-1]
    assert english.ids[0][0] != german.ids[0][0]


def test_names_have_the_keyword_of_what_nobody_knows_whatever_their_hyphens() -> None:
    names = (seen(name).ids[0][-1] for name in ("Xyzzy", "Xyzzy-Plugh", "O'Plugh"))
    assert len(set(names)) == 1


def test_first_names_are_flagged() -> None:
    assert seen("Zuzanna").flags[0][-1] == 1
    assert seen("Schmitt").flags[0][-1] == 0


def test_marks_that_divide_and_lines_that_somebody_began_are_seen() -> None:
    mail = seen("old: 4\nnew → 5")
    assert mail.dividing.tolist() == [False, True, False, False, True, False]
    assert mail.on_new_line.tolist() == [True, False, False, True, False, False]


def test_a_line_that_the_mail_program_broke_goes_on() -> None:
    wrapped = seen(f"{'word ' * 12}Brandt &\nSons")
    assert not wrapped.on_new_line[1:].any()
