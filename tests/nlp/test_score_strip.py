from pathlib import Path

from nlp.corpus import CORPUS
from nlp.phrasebook import LANGUAGES
from nlp.score_strip import Sample, is_exact, read_samples, score

SAMPLES = CORPUS / "quoted"
FLOOR = 0.95


def test_stripping_is_exact_on_the_samples() -> None:
    assert score(SAMPLES) >= FLOOR


def test_there_are_samples_of_every_language() -> None:
    counts = {code: sum(sample.language == code for sample in read_samples(SAMPLES)) for code in LANGUAGES}
    assert min(counts.values()) >= 12


def test_the_own_words_stand_in_the_mail() -> None:
    for sample in read_samples(SAMPLES):
        lines = sample.raw.split("\n")
        assert all(line in lines for line in sample.own.split("\n")), sample.id


def test_a_lost_line_is_not_exact() -> None:
    assert not is_exact(Sample(id="x", language="en", raw="Hello.\n> old", own="Hello.\nMore."))


def test_score_is_a_share(tmp_path: Path) -> None:
    (tmp_path / "en.jsonl").write_text(
        '{"id": "a", "lang": "en", "raw": "Hi", "own": "Hi"}\n{"id": "b", "lang": "en", "raw": "Hi", "own": "Ho"}\n'
    )
    assert score(tmp_path) == 0.5
