import numpy as np

from nlp.scores import Floats
from nlp.slots.words import vectors_of


def likeness(one: Floats, other: Floats) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def test_words_that_mean_the_same_are_alike_across_languages() -> None:
    (address, adresse, tuesday), known = vectors_of(["address", "adresse", "tuesday"])
    assert known.all()
    assert likeness(address, adresse) > likeness(address, tuesday)


def test_a_compound_is_like_its_parts() -> None:
    (compound, number, tuesday), known = vectors_of(["seniorkartennummer", "nummer", "tuesday"])
    assert known.tolist() == [False, True, True]
    assert likeness(compound, number) > likeness(compound, tuesday)


def test_what_has_no_known_part_is_zero() -> None:
    vectors, known = vectors_of(["qzx", "0", "qzxqzxqzx"])
    assert not vectors.any()
    assert not known[2]
