"""docs/copies.md describes the JSON document and the files as they are."""

import re

from handlers.copy_files import FILES
from handlers.copy_json import schema
from handlers.rights import Right
from tests.docs import markdown

PAGE = markdown.read("copies.md")


def named(text: str) -> set[str]:
    return {key for cells in markdown.rows(text) for key in re.findall(r"`(\w+)`", cells[0])}


def test_every_key_of_the_document_is_described_and_no_other() -> None:
    keys = set(schema()["properties"]) | set(schema()["$defs"]["table"]["properties"])
    assert named(markdown.section(PAGE, "The JSON document")) == keys


def test_the_files_in_the_portal_are_those_that_are_made() -> None:
    rows = list(markdown.rows(PAGE[: PAGE.index("## What a file never does")]))
    endings = {"csv": "zip"}
    for right, place in ((Right.ACCESS, 2), (Right.PORTABILITY, 3)):
        formats = [cells[0].strip("`") for cells in rows if cells[place].strip()]
        assert {endings.get(one, one) for one in formats} == set(FILES[right])
