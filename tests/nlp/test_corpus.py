"""The corpus keeps its promises: every line is sound, and the split does not leak."""

import json
from collections import Counter
from pathlib import Path

import pytest

from handlers.recognition import Correction, Slots
from handlers.rights import Right
from nlp.corpus import CORPUS, MARKED, PLAIN, TEACHING_KINDS, BadLine, files_of, read_corpus, read_mails, read_rows
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
    rows = [row for path in files_of(CORPUS) for row in read_rows(path)]
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
        if mail.subject.strip() and mail.kind not in TEACHING_KINDS:
            sides.setdefault((mail.language, mail.subject.strip().lower()), set()).add(mail.is_dev)
    assert all(len(side) == 1 for side in sides.values())
    assert not any(mail.is_dev for mail in MAILS if mail.kind in TEACHING_KINDS)


def test_a_core_is_a_mail_of_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "de.tsv"
    path.write_text("access+deletion\tHer damit, dann weg damit.\nnone\tSchöner Laden.\n", encoding="utf-8")
    both, none = read_mails(path)
    assert (both.language, both.body, both.kind) == ("de", "Her damit, dann weg damit.", PLAIN)
    assert both.labels == (Right.ACCESS, Right.DELETION)
    assert both.evidence == (both.body, both.body)
    assert none.labels == ()


def test_a_core_may_name_its_consents(tmp_path: Path) -> None:
    path = tmp_path / "en.tsv"
    path.write_text("withdrawal(sms,phone)+access\tNo texts, no calls, and what do you hold?\n", encoding="utf-8")
    (mail,) = read_mails(path)
    assert mail.labels == (Right.WITHDRAWAL, Right.ACCESS)
    assert mail.slots == Slots(consents=("sms", "phone"))


def test_marked_texts_are_mails_that_only_teach(tmp_path: Path) -> None:
    folder = tmp_path / "marked"
    folder.mkdir()
    (folder / "en.tsv").write_text("correction\tname\tIt's {new.first_name:Stephen}.\n", encoding="utf-8")
    (mail,) = read_corpus(tmp_path)
    assert (mail.language, mail.subject, mail.body, mail.kind) == ("en", "name", "It's Stephen.", MARKED)
    assert mail.slots == Slots(corrections=(Correction(field="first_name", old="", new="Stephen"),))


def test_marked_texts_never_measure(tmp_path: Path) -> None:
    measuring = next(mail for mail in MAILS if mail.is_dev and mail.subject and "\n" not in mail.subject)
    path = tmp_path / "marked" / f"{measuring.language}.tsv"
    path.parent.mkdir()
    path.write_text(f"none\t{measuring.subject}\tHello.\n", encoding="utf-8")
    (marked,) = read_mails(path)
    assert marked.subject == measuring.subject
    assert not marked.is_dev


def test_a_broken_marked_text_is_named_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "marked").mkdir()
    path = tmp_path / "marked" / "en.tsv"
    path.write_text("none\t\tHello.\ncorrection\t\tIt's {first_name:Stephen}.\n", encoding="utf-8")
    with pytest.raises(BadLine, match=r"en\.tsv:2: 'first_name' is no role"):
        read_mails(path)


@pytest.mark.parametrize("line", ["access", "access\t", "access\ta\tb", "acess\tGive me all.", "Access\tGive."])
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
