from pathlib import Path

import numpy as np
import pytest

from handlers.rights import Right
from nlp.blend import Blend, inputs_of
from nlp.opinions import Opinion, Opinions
from nlp.rules import Findings, Veto

AT = list(Right).index(Right.DELETION)


def opinion(mail: float, *sentences: float) -> Opinion:
    rows = np.array([[score] * 7 for score in sentences], np.float32).reshape(-1, 7)
    return Opinion(mail=np.full(7, mail, np.float32), sentences=rows)


def opinions(mail: float = 1.0, *, cues: frozenset[Right] = frozenset(), veto: Veto | None = None) -> Opinions:
    return Opinions(
        sentences=("one two", "three"),
        sequence=opinion(mail, 2.0, 3.0),
        keywords=opinion(mail, -1.0, -2.0),
        words=opinion(mail, 0.0, 0.0),
        findings=Findings(cues=cues, vetoes=frozenset({veto} if veto else ())),
    )


def test_inputs_are_what_everyone_says_and_the_length() -> None:
    inputs = inputs_of(opinions(cues=frozenset({Right.DELETION}), veto=Veto.NEGATED))
    models = [1.0, 3.0, 1.0, -1.0, 1.0, 0.0]  # on the mail and the loudest sentence
    assert inputs[:42].reshape(6, 7)[:, AT].tolist() == models
    assert inputs[42 + AT] == pytest.approx(1 / 3)  # of all models together, the louder sentence
    assert inputs[49:56].tolist() == [float(right is Right.DELETION) for right in Right]
    assert inputs[-2:].tolist() == pytest.approx(np.log1p([3, 2]).tolist())


def test_an_instruction_is_no_input() -> None:
    assert np.array_equal(inputs_of(opinions(veto=Veto.INSTRUCTION)), inputs_of(opinions()))


def test_a_saved_blend_gives_the_same_probabilities(tmp_path: Path) -> None:
    cases = [opinions(mail) for mail in np.linspace(-3, 3, 50)]
    wanted = np.array([[float(mail > 0)] * 7 for mail in np.linspace(-3, 3, 50)])
    blend = Blend.fit(np.array([inputs_of(case) for case in cases]), wanted)
    blend.save(tmp_path / "blend.json")
    again = Blend.load(tmp_path / "blend.json")
    assert (again.probabilities(cases[-1]) > again.probabilities(cases[0])).all()
    assert again.probabilities(cases[9]) == pytest.approx(blend.probabilities(cases[9]), abs=1e-3)
