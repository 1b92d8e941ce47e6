import numpy as np
import pytest
from thinc.api import Adam

from nlp.slots.features import Seen, see
from nlp.slots.layers import WIDTH, Batch
from nlp.slots.network import COUNTS, VIEWS, Errors, Scorer, _Views
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


def test_views_say_how_slopes_go_back() -> None:
    mails, chance = Batch([seen(), seen("Hello, Eve")]), np.random.default_rng(1)
    views = _Views(mails)
    found = chance.normal(size=(mails.length, WIDTH)).astype(np.float32) * mails.inside
    slopes = chance.normal(size=(mails.length, VIEWS * WIDTH)).astype(np.float32) * mails.inside
    _, back = views.of(found)
    step = 1e-2 * chance.normal(size=found.shape).astype(np.float32) * mails.inside
    risen = ((views.of(found + step)[0] - views.of(found - step)[0]) * slopes).sum() / 2
    assert risen == pytest.approx(float((back(slopes) * step).sum()), rel=0.05, abs=0.05)
