import numpy as np
from thinc.api import Adam

from nlp.slots.features import Seen, see
from nlp.slots.network import COUNTS, Errors, Scorer
from nlp.slots.tags import COUNT
from nlp.slots.tokens import tokens_of

TEXT = "old: 0170 1234567, new: 0170 7654321\nThanks, Eve"


def seen(text: str = TEXT) -> Seen:
    return see(text, tokens_of(text), "en")


def taught() -> Scorer:
    """Return a network that was told once to give its first tag to everything."""
    scorer, chance = Scorer(), np.random.default_rng(1)
    mails = [seen(), seen("Hello")]
    for _ in range(20):
        opinion, learn = scorer.begin_update(mails, chance)
        scores = [np.zeros_like(one) for one in opinion.scores]
        counts = np.zeros_like(opinion.counts)
        for one in (*scores, counts):
            one[:, 0] = -1
        learn(Errors(scores=scores, places=np.zeros_like(opinion.places), counts=counts))
        scorer.finish_update(Adam(0.01))
    return scorer


def test_a_network_follows_its_errors() -> None:
    scores, counts = taught().scores(seen())
    assert scores.shape == (len(tokens_of(TEXT)), COUNT)
    assert (scores.argmax(axis=1) == 0).all()
    assert (counts.shape, counts.argmax()) == ((COUNTS,), 0)


def test_a_network_that_was_kept_scores_as_before() -> None:
    scorer = taught()
    copy = Scorer.of(scorer.arrays())
    for one, other in zip(copy.scores(seen()), scorer.scores(seen()), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
