import numpy as np
from thinc.api import Adam

from nlp.phrasebook import phrasebook
from nlp.slots.features import Seen, see
from nlp.slots.network import Scorer
from nlp.slots.tags import COUNT
from nlp.slots.tokens import tokens_of

TEXT = "old: 0170 1234567, new: 0170 7654321\nThanks, Eve"


def seen(text: str = TEXT) -> Seen:
    return see(text, tokens_of(text), phrasebook("en"))


def taught() -> Scorer:
    """Return a network that was told once to give its first tag to everything."""
    scorer, chance = Scorer(), np.random.default_rng(1)
    mails = [seen(), seen("Hello")]
    for _ in range(20):
        scores, places, learn = scorer.begin_update(mails, chance)
        errors = [np.zeros_like(one) for one in scores]
        for error in errors:
            error[:, 0] = -1
        learn(errors, np.zeros_like(places))
        scorer.finish_update(Adam(0.01))
    return scorer


def test_a_network_follows_its_errors() -> None:
    scores = taught().scores(seen())
    assert scores.shape == (len(tokens_of(TEXT)), COUNT)
    assert (scores.argmax(axis=1) == 0).all()


def test_a_network_that_was_kept_scores_as_before() -> None:
    scorer = taught()
    copy = Scorer.of(scorer.arrays())
    np.testing.assert_allclose(copy.scores(seen()), scorer.scores(seen()), atol=1e-4)
