"""The corpus keeps its promises: every line is sound, and the split does not leak."""

import json
from collections import Counter
from pathlib import Path

import pytest

from handlers.rights import Right
from nlp.corpus import CORE_FILES, CORPUS, MAIL_FILES, TEACHING_KIND, BadLine, read_corpus, read_mails, read_rows
from nlp.faults import faults_of

MAILS = read_corpus(CORPUS)
LEAST = {
    "en": 1100,
    "de": 1100,
    "pl": 1100,
    "sk": 1100,
    "cs": 600,
    "fr": 600,
    "es": 600,
    "it": 600,
    "nl": 600,
    "pt": 600,
}


def test_corpus_has_no_fault() -> None:
    paths = [*sorted(CORPUS.glob(MAIL_FILES)), *sorted(CORPUS.glob(CORE_FILES))]
    rows = [row for path in paths for row in read_rows(path)]
    assert list(faults_of(rows)) == []


def test_corpus_is_as_large_as_promised() -> None:
    counts = Counter(mail.language for mail in MAILS)
    assert {language: counts[language] for language, least in LEAST.items() if counts[language] < least} == {}
    assert len(MAILS) >= 8000


@pytest.mark.parametrize("language", sorted(LEAST))
def test_corpus_has_every_right_on_both_sides(language: str) -> None:
    for is_dev in (True, False):
        side = [mail for mail in MAILS if mail.language == language and mail.is_dev is is_dev]
        assert {right for mail in side for right in mail.labels} == set(Right)
        assert any(not mail.labels for mail in side)


def test_split_keeps_mails_of_one_subject_together_and_plain_ones_for_teaching() -> None:
    sides: dict[tuple[str, str], set[bool]] = {}
    for mail in MAILS:
        if mail.subject.strip() and mail.kind != TEACHING_KIND:
            sides.setdefault((mail.language, mail.subject.strip().lower()), set()).add(mail.is_dev)
    assert all(len(side) == 1 for side in sides.values())
    assert not any(mail.is_dev for mail in MAILS if mail.kind == TEACHING_KIND)


def test_a_core_is_a_mail_of_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "de.tsv"
    path.write_text("access+deletion\tHer damit, dann weg damit.\nnone\tSchöner Laden.\n", encoding="utf-8")
    both, none = read_mails(path)
    assert (both.language, both.body, both.kind) == ("de", "Her damit, dann weg damit.", TEACHING_KIND)
    assert both.labels == (Right.ACCESS, Right.DELETION)
    assert both.evidence == (both.body, both.body)
    assert none.labels == ()


@pytest.mark.parametrize("line", ["access", "access\t", "access\ta\tb", "acess\tGive me all."])
def test_a_broken_core_is_named_by_its_place(tmp_path: Path, line: str) -> None:
    path = tmp_path / "en.tsv"
    path.write_text(f"none\tHello.\n{line}\n", encoding="utf-8")
    with pytest.raises(BadLine, match=r"en\.tsv:2: "):
        read_mails(path)


@pytest.mark.parametrize("line", ["{", "[]"])
def test_read_rows_names_the_place_of_a_broken_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "en.jsonl"
    path.write_text(f"{json.dumps({})}\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"en\.jsonl:2: no JSON"):
        list(read_rows(path))
