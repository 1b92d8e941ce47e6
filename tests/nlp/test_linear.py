import numpy as np
import pytest

from nlp.linear import Features, Linear
from nlp.views import own_words

TEXTS = ["delete my data", "what do you know about me", "where is my parcel", "erase my data", "what do you have on me"]
WANTED = np.array([[1, 0], [0, 1], [0, 0], [1, 0], [0, 1]], dtype=np.float32)  # deletion, access


def features_of(text: str) -> Features:
    return own_words(text, "en")


def taught(seed: int = 1) -> Linear:
    return Linear.learn([features_of(text) for text in TEXTS * 5], np.concatenate([WANTED] * 5), seed=seed)


def test_learn_tells_apart_what_it_was_taught() -> None:
    model = taught()
    deletion, access = model.raw(features_of("delete the data"))
    assert deletion > access
    deletion, access = model.raw(features_of("what you know"))
    assert access > deletion


def test_learn_gives_the_same_for_the_same_seed() -> None:
    text = features_of("erase me")
    assert np.array_equal(taught(3).raw(text), taught(3).raw(text))


def test_learn_ticks_once_a_pass() -> None:
    ticks: list[int] = []
    Linear.learn([features_of(text) for text in TEXTS], WANTED, seed=1, tick=lambda: ticks.append(1))
    assert len(ticks) == 6


def test_an_unpacked_model_scores_as_before() -> None:
    model, text = taught(), features_of("delete my data, what do you know?")
    again = Linear.unpack(model.pack("a"), "a")
    assert again.raw(text) == pytest.approx(model.raw(text), abs=0.05)


@pytest.mark.parametrize("text", ["", "a", "!", "\ud800", "語" * 50])
def test_texts_without_a_known_feature_have_a_score_too(text: str) -> None:
    assert np.isfinite(taught().raw(features_of(text))).all()
