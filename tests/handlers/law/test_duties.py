"""The list of duties: every kind of letter and every section is in it, with what rules R14 and the articles name."""

import re
import tomllib
from importlib.resources import files

import pytest

from handlers.by_right import HANDLERS
from handlers.law.duties import Duty, duties_of_letter, duties_of_section

LETTERS = files("templates").joinpath("letters")
TABLES = tomllib.loads(files("handlers.law").joinpath("duties.toml").read_text(encoding="utf-8"))
SOURCE = re.compile(r"Art\. \d+(\(\d+\))?|EDPB Guidelines 01/2022, \d+")

# Art. 15(1)(a)-(h), (2), (3); (f), the complaint, stands at the end of every answer.
ACCESS = {
    "Art. 15(1)(a) GDPR": "purposes",
    "Art. 15(1)(b) GDPR": "categories",
    "Art. 15(1)(c) GDPR": "recipients",
    "Art. 15(1)(d) GDPR": "period",
    "Art. 15(1)(e) GDPR": "rights",
    "Art. 15(1)(g) GDPR": "source",
    "Art. 15(1)(h) GDPR": "automated",
    "Art. 15(1)(c), (2) GDPR": "safeguards",
    "Art. 15(3) GDPR": "copy",
}


def codes(duties: tuple[Duty, ...]) -> set[str]:
    return {duty.code for duty in duties}


def test_every_template_has_its_list() -> None:
    kinds = {path.name.removesuffix(".md.j2") for path in LETTERS.joinpath("en").iterdir() if path.name.endswith("j2")}
    sections = {path.name.removesuffix(".md.j2") for path in LETTERS.joinpath("en/sections").iterdir()}
    assert set(TABLES["letters"]) == kinds | {"week"}
    assert set(TABLES["sections"]) == sections
    assert {str(right) for right in HANDLERS} < sections


@pytest.mark.parametrize("language", ["de", "pl", "sk"])
def test_every_language_has_the_same_templates(language: str) -> None:
    def names(folder: str) -> set[str]:
        return {path.name for path in LETTERS.joinpath(folder).iterdir() if path.is_file()}

    assert names(language) == names("en")
    assert names(f"{language}/sections") == names("en/sections")


def test_access_owes_every_item_of_article_15() -> None:
    assert {duty.law: duty.code for duty in duties_of_section("access")} == ACCESS
    assert "15(1)(f)" in next(duty.law for duty in duties_of_letter("answer") if duty.code == "complaint")


# R14, line by line; a refusal's authority and court stand once, at the end of the answer.
@pytest.mark.parametrize(
    ("duties", "owed"),
    [
        (duties_of_letter("acknowledgement"), {"reference", "received", "rights", "respond_by", "contact", "identity"}),
        (duties_of_letter("extension"), {"new_date", "reasons", "explanation", "complaint"}),
        (duties_of_letter("silence"), {"reason", "next_step", "complaint", "court"}),
        (duties_of_letter("answer"), {"complaint", "court"}),
        (duties_of_section("refusal"), {"reason", "article", "remedies"}),
        (duties_of_section("deletion"), {"kept", "locked"}),
        (duties_of_section("portability"), {"format", "file"}),
        (duties_of_section("correction"), {"changes", "recipients"}),
        (duties_of_section("restriction"), {"lifting", "recipients"}),
    ],
)
def test_what_the_rules_name_is_owed(duties: tuple[Duty, ...], owed: set[str]) -> None:
    assert owed <= codes(duties)


def test_a_record_that_is_kept_is_named_with_its_law_and_its_end() -> None:
    kept = next(duty for duty in duties_of_section("deletion") if duty.code == "kept")
    assert kept.fields == ("kept.label", "kept.law", "kept.until")
    assert kept.when == ("kept",)


@pytest.mark.parametrize(("table", "of"), [(table, of) for table, names in TABLES.items() for of in names])
def test_every_duty_names_its_source(table: str, of: str) -> None:
    duties = duties_of_letter(of) if table == "letters" else duties_of_section(of)
    assert [duty.name for duty in duties if not SOURCE.match(duty.law)] == []
    assert [duty.name for duty in duties] == [f"{of}.{code}" for code in TABLES[table][of]]
    columns = {column for duty in TABLES[table][of].values() for column in duty}
    assert columns <= {"law", "fields", "codes", "when"}


def test_an_unknown_kind_has_no_list() -> None:
    with pytest.raises(KeyError):
        duties_of_letter("greeting")
    with pytest.raises(KeyError):
        duties_of_section("greeting")
