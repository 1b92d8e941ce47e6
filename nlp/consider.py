"""From opinions to a case that can be decided."""

from nlp.blend import Blend
from nlp.confidence import Case
from nlp.evidence import hear
from nlp.opinions import Opinions
from nlp.scores import by_right, sigmoid


def consider(opinions: Opinions, *, blend: Blend, language: str) -> Case:
    """Return what is known about a mail."""
    return Case(
        likely=by_right(blend.probabilities(opinions)),
        models=tuple(by_right(sigmoid(model.standing)) for model in opinions.models),
        voices=tuple(by_right(row) for model in opinions.models for row in (model.mail, model.loudest)),
        heard=hear(opinions, language=language),
        findings=opinions.findings,
    )
