"""The shipped model keeps the floor that docs/recognition.md promises."""

import itertools
import json

import pytest

from handlers.recognition import Decision
from handlers.rights import Right
from nlp.evaluate import DEV, FROZEN, FROZEN_FOLDER, Evaluation, evaluate, mails_of
from nlp.language import LanguageFinder
from nlp.recognise import MODEL, SpacyRecogniser

MACRO_F1_FLOOR = 0.85
NONE_RECALL_FLOOR = 0.82
ACT_PRECISION_FLOOR = 0.96
SILENT_NONES_CEILING = 0.012
MODEL_MB_CEILING = 15


@pytest.fixture(scope="module", params=[DEV, FROZEN])
def measured(request: pytest.FixtureRequest, recogniser: SpacyRecogniser) -> Evaluation:
    if request.param == FROZEN and not FROZEN_FOLDER.is_dir():
        pytest.skip("the frozen set is not part of this copy")
    ticks = itertools.count()
    return evaluate(
        recogniser,
        mails_of(request.param),
        languages=LanguageFinder.load(MODEL),
        model=MODEL,
        clock=lambda: next(ticks) / 1000,
    )


def test_the_shipped_model_never_deletes_wrongly(measured: Evaluation) -> None:
    assert measured.reports[0].false_deletions == 0


def test_the_shipped_model_keeps_its_floor(measured: Evaluation) -> None:
    report = measured.reports[0]
    assert report.mails >= 600
    assert report.macro_f1 >= MACRO_F1_FLOOR
    assert report.none_recall >= NONE_RECALL_FLOOR
    assert report.act_precision >= ACT_PRECISION_FLOOR
    assert report.silent_nones <= SILENT_NONES_CEILING
    assert report.language_found >= 0.99


def test_the_evaluation_is_plain_data_with_every_figure(measured: Evaluation) -> None:
    plain = json.loads(json.dumps(measured.to_json()))
    assert next(report["language"] for report in plain["reports"]) == "all"
    assert len(plain["reports"]) == 11
    assert plain["ms_per_mail"] == pytest.approx(1.0)
    assert plain["model_mb"] <= MODEL_MB_CEILING
    asked = {pair["asked"] for pair in plain["confusion"]}
    assert asked == {*(right.value for right in Right), Decision.NONE.value}


def test_mails_of_a_missing_file_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        mails_of("nowhere.jsonl")
