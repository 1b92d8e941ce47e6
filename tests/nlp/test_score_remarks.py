from nlp.judgement import NOTES
from nlp.score_remarks import score


def test_remarks_are_found_with_few_false_alarms() -> None:
    precision, recall = score(NOTES)
    assert precision >= 0.85
    assert recall >= 0.90
