"""The files of a copy of a person's data, by the ending of their names."""

from collections.abc import Mapping
from typing import Protocol

from handlers.copy_about import Cover
from handlers.copy_csv import as_csv
from handlers.copy_html import as_html
from handlers.copy_json import as_json
from handlers.copy_xlsx import as_xlsx
from handlers.crm import Copy
from handlers.rights import Right

__all__ = ["FILES", "WRITERS", "as_csv", "as_html", "as_json", "as_xlsx", "copy_files", "portable"]


class Writer(Protocol):
    """Makes one kind of file."""

    def __call__(self, copy: Copy, *, language: str, cover: Cover | None = None) -> bytes:
        """Return the file."""
        ...


WRITERS: Mapping[str, Writer] = {"xlsx": as_xlsx, "json": as_json, "html": as_html, "zip": as_csv}
# Access is for the person to read, portability for other programs to read (Art. 20(1)).
FILES: Mapping[Right, tuple[str, ...]] = {Right.ACCESS: ("xlsx", "html", "json"), Right.PORTABILITY: ("json", "zip")}


def copy_files(copy: Copy, *, language: str, cover: Cover) -> dict[str, bytes]:
    """Return the files that answer a right."""
    return {ending: WRITERS[ending](copy, language=language, cover=cover) for ending in FILES[cover.right]}


def portable(copy: Copy) -> Copy:
    """Return only what the person provided (Art. 20(1))."""
    return Copy(
        tuple(table.only(table.portable) if table.portable else table for table in copy.tables if table.provided)
    )
