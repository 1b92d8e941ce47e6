"""Marked texts become mails whose details stand in them word for word."""

import pytest

from nlp.marked import labels_of, row_of


def test_marks_name_old_and_new_values_and_leave_the_text() -> None:
    row = row_of("correction\tbday\tbirthday is {new.birth_date:3 July} not {old.birth_date:7 March}")
    assert row["subject"] == "bday"
    assert row["body"] == "birthday is 3 July not 7 March"
    assert row["labels"] == ["correction"]
    assert row["evidence"] == [row["body"]]
    assert row["slots"] == {"corrections": [{"field": "birth_date", "old": "7 March", "new": "3 July"}]}


def test_values_of_one_field_are_paired_in_their_order() -> None:
    body = "{old.phone:1} is {new.phone:2}, {old.phone:3} is {new.phone:4}, {old.email:a@x.example} is dead"
    corrections = row_of(f"correction\t\t{body}")["slots"]["corrections"]
    assert [(one["old"], one["new"]) for one in corrections] == [("1", "2"), ("3", "4"), ("a@x.example", "")]


def test_a_value_that_is_told_twice_is_one() -> None:
    row = row_of("correction\t\tit's {new.phone:2} now, {new.phone:2}, not {old.phone:1}")
    assert row["slots"]["corrections"] == [{"field": "phone", "old": "1", "new": "2"}]


def test_clauses_in_square_brackets_are_the_evidence_in_the_order_of_the_labels() -> None:
    row = row_of("withdrawal(sms,phone)+access\t\t[No calls, no texts.]\\nAnd [what do you hold?] {id.phone:07}")
    assert row["body"] == "No calls, no texts.\nAnd what do you hold? 07"
    assert row["evidence"] == ["No calls, no texts.", "what do you hold?"]
    assert row["slots"] == {"identifiers": {"phone": "07"}, "consents": ["sms", "phone"]}


def test_a_mark_in_the_subject_and_citations_count() -> None:
    row = row_of("access\t{id.order_number:TR-4409}\tFor {behalf:my mother}, {deadline:by Friday}, {law:Art. 15 GDPR}")
    assert row["slots"] == {
        "identifiers": {"order_number": "TR-4409"},
        "on_behalf_of": "my mother",
        "deadline_mentioned": "by Friday",
        "law": "Art. 15 GDPR",
    }


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("correction\tno body", "one tab between"),
        ("correction\t\tit is {new.phone:1", "without its other"),
        ("correction\t\tit is {new.phone:1}]", "without its other"),
        ("correction\t\tit is {phone:1}", "'phone' is no role"),
        ("access+deletion\t\t[All of it] now", "1 clauses in square brackets for 2 labels"),
        ("Access\t\tAll of it", "'Access' is no right"),
        ("access(sms)\t\tAll of it", "only withdrawal and objection"),
    ],
)
def test_a_broken_line_says_what_is_wrong(line: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        row_of(line)


def test_labels_of_nothing_are_none() -> None:
    assert labels_of("none") == ([], {})
    assert labels_of("objection(post)+withdrawal(sms,post)") == (
        ["objection", "withdrawal"],
        {"consents": ["post", "sms"]},
    )
