"""The corpus keeps its promises: what is labelled stands in the mail, and the split does not leak."""

import pytest

from handlers.rights import STOP_RIGHTS, Right
from nlp.corpus import CORPUS, TEACHING_KIND, Mail, read_corpus
from nlp.phrasebook import LANGUAGES

MAILS = read_corpus(CORPUS)
FIELDS = {
    "address", "email", "phone", "first_name", "last_name", "full_name", "birth_date", "iban", "company", "salutation",
    "other",
}  # fmt: skip
CONSENTS = {"email_marketing", "newsletter", "phone", "sms", "post", "profiling", "third_party", "cookies", "all"}


def text_of(mail: Mail) -> str:
    return f"{mail.subject}\n{mail.body}"


def test_corpus_has_every_language_and_unique_ids() -> None:
    assert {mail.language for mail in MAILS} == set(LANGUAGES)
    assert len({mail.id for mail in MAILS}) == len(MAILS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_corpus_has_every_right_on_both_sides(language: str) -> None:
    for is_dev in (True, False):
        side = [mail for mail in MAILS if mail.language == language and mail.is_dev is is_dev]
        assert {right for mail in side for right in mail.labels} == set(Right)
        assert any(not mail.labels for mail in side)


def test_corpus_evidence_stands_in_the_mail() -> None:
    assert [mail.id for mail in MAILS if any(sentence not in text_of(mail) for sentence in mail.evidence)] == []
    assert [mail.id for mail in MAILS if len(mail.labels) != len(mail.evidence)] == []


def test_corpus_slots_stand_in_the_mail_and_fit_the_rights() -> None:
    for mail in MAILS:
        slots = mail.slots
        values = [value for c in slots.corrections for value in (c.old, c.new)]
        assert all(value in text_of(mail) for value in (*values, slots.customer_number)), mail.id
        assert {c.field for c in slots.corrections} <= FIELDS, mail.id
        assert set(slots.consents) <= CONSENTS, mail.id
        assert not slots.corrections or Right.CORRECTION in mail.labels, mail.id
        assert not slots.consents or STOP_RIGHTS & set(mail.labels), mail.id


def test_split_keeps_mails_of_one_subject_together_and_plain_ones_for_teaching() -> None:
    sides: dict[tuple[str, str], set[bool]] = {}
    for mail in MAILS:
        if mail.subject.strip() and mail.kind != TEACHING_KIND:
            sides.setdefault((mail.language, mail.subject.strip().lower()), set()).add(mail.is_dev)
    assert all(len(side) == 1 for side in sides.values())
    assert not any(mail.is_dev for mail in MAILS if mail.kind == TEACHING_KIND)
