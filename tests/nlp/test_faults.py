from typing import Any

import pytest

from nlp.faults import faults_of

SOUND: dict[str, Any] = {
    "id": "en-1",
    "lang": "en",
    "subject": "moved, 4471",
    "body": "I live in 2 New Road now, not in 1 Old Road. And no newsletter, says my son Tom.",
    "labels": ["correction", "withdrawal"],
    "evidence": ["I live in 2 New Road now", "no newsletter"],
    "slots": {
        "corrections": [{"field": "address", "old": "1 Old Road", "new": "2 New Road"}],
        "consents": ["newsletter"],
        "identifiers": {"customer_number": "4471"},
        "on_behalf_of": "my son Tom",
    },
    "kind": "mail",
    "note": "",
}


def correction(field: str, old: str, new: str) -> dict[str, Any]:
    return {"slots": {"corrections": [{"field": field, "old": old, "new": new}]}}


def test_a_sound_line_has_no_fault() -> None:
    assert list(faults_of([SOUND])) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"extra": 1}, "keys"),
        ({"kind": "telegram"}, "kind"),
        ({"body": None}, "texts"),
        ({"labels": ["access", "access"]}, "labels"),
        ({"labels": ["access", "oblivion"]}, "labels"),
        ({"evidence": ["no newsletter"]}, "one evidence for each label"),
        ({"evidence": ["I live in 2 New Road now", "no letters"]}, "evidence is not in the mail: 'no letters'"),
        ({"slots": {"mood": "bad"}}, "slots ['mood']"),
        ({"slots": {"consents": ["pigeon"]}}, "consents ['pigeon']"),
        ({"slots": {"identifiers": {"shoe_size": "4471"}}}, "identifiers ['shoe_size']"),
        ({"slots": {"identifiers": {"customer_number": "4472"}}}, "not in the mail: '4472'"),
        ({"slots": {"law": "Art. 15"}}, "not in the mail: 'Art. 15'"),
        (correction("address", "", "3 New Road"), "not in the mail: '3 New Road'"),
        (correction("hair", "", "2 New Road"), "correction"),
        (correction("address", "", ""), "a correction without any value"),
        ({"labels": ["access", "withdrawal"]}, "corrections without the label"),
        ({"labels": ["correction", "access"]}, "consents without withdrawal or objection"),
    ],
)
def test_a_fault_is_named_with_the_mail(change: dict[str, Any], fault: str) -> None:
    (found,) = faults_of([SOUND | change])
    assert found.startswith("en-1: ")
    assert fault in found


def test_an_id_that_is_there_twice_is_a_fault() -> None:
    assert list(faults_of([SOUND, SOUND])) == ["en-1: this id is there twice"]
