"""docs/journal.md lists every event that the code notes."""

from tests.docs import markdown, source


def noted() -> set[str]:
    return {
        source.first_text(call, path)
        for path in source.files()
        for _, name, call in source.calls(path)
        if name == "note"
    }


def test_every_event_is_documented_and_no_other() -> None:
    table = markdown.section(markdown.read("journal.md"), "What is noted")
    assert sorted(cells[0].strip("`") for cells in markdown.rows(table)) == sorted(noted())
