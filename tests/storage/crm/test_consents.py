"""Which consents were given, when, and in which words."""

from datetime import date
from pathlib import Path

import yaml

from handlers.crm import ConsentGiven
from storage.crm.desk import SqlCrm
from storage.crm.mapload import load
from tests.storage.crm.desk import ANN, MAP, Desk


def record(desk: Desk, purpose: str, day: str, *, granted: bool) -> None:
    desk.run(
        "INSERT INTO consents (customer_id, purpose, granted, recorded_on) VALUES (13, :purpose, :granted, :day)",
        purpose=purpose,
        granted=granted,
        day=day,
    )


def test_a_copy_shows_each_consent_with_the_words_that_held_on_its_day(any_desk: Desk) -> None:
    any_desk.run("DELETE FROM consents WHERE customer_id = 13")
    record(any_desk, "newsletter", "2025-06-01", granted=False)
    record(any_desk, "newsletter", "2024-12-31", granted=True)
    record(any_desk, "newsletter", "2017-01-01", granted=True)
    (newsletter,) = (entry for entry in load(MAP).consent_types if entry.name == "newsletter")
    old, new = newsletter.wordings

    found = any_desk.crm.collect(ANN).consents

    def entry(day: date, version: str, *, granted: bool) -> ConsentGiven:
        text = {"": {}, "1": old.text, "2": new.text}[version]
        return ConsentGiven("newsletter", "email", newsletter.purpose, granted, day, version, text)

    assert found == (
        entry(date(2017, 1, 1), "", granted=True),  # before the first wording that is known
        entry(date(2024, 12, 31), "1", granted=True),
        entry(date(2025, 6, 1), "2", granted=False),
    )


def test_a_version_that_the_crm_notes_counts_more_than_the_day(desk: Desk, tmp_path: Path) -> None:
    desk.run("ALTER TABLE consents ADD COLUMN wording VARCHAR(10)")
    desk.run("DELETE FROM consents WHERE customer_id = 13")
    record(desk, "newsletter", "2026-01-01", granted=True)
    desk.run("UPDATE consents SET wording = '1' WHERE customer_id = 13")
    file = yaml.safe_load(MAP.read_text(encoding="utf-8"))
    (collection,) = (entry for entry in file["dataset"][0]["collections"] if entry["name"] == "consents")
    collection["fields"].append({"name": "wording", "data_categories": ["system.operations"]})
    file["handling"]["consents"]["newsletter"]["given"][0]["version"] = "wording"
    path = tmp_path / "crm.yaml"
    path.write_text(yaml.safe_dump(file), encoding="utf-8")

    (found,) = SqlCrm(desk.engine, load(path)).collect(ANN).consents

    assert found.version == "1"


def test_values_that_mean_yes_can_be_named(desk: Desk, tmp_path: Path) -> None:
    file = yaml.safe_load(MAP.read_text(encoding="utf-8"))
    given = {"table": "list_members", "granted": "status", "granted_values": ["subscribed"], "at": "joined_on"}
    file["handling"]["consents"] = {"newsletter": {"purpose": {"en": "Newsletter"}, "given": [given]}}
    path = tmp_path / "crm.yaml"
    path.write_text(yaml.safe_dump(file), encoding="utf-8")
    crm = SqlCrm(desk.engine, load(path))

    desk.run("UPDATE list_members SET status = 'subscribed'")
    assert {entry.granted for entry in crm.collect(ANN).consents} == {True}
    desk.run("UPDATE list_members SET status = 'unsubscribed'")
    assert {entry.granted for entry in crm.collect(ANN).consents} == {False}
