"""The search of the privacy tests finds what is there: otherwise they could not fail."""

import base64
import json
import pickle
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.journeys.leaks import leaks, words_of

SECRETS = {"Kováčová", "emma.clarke@example.org", "314159", "K-10001", "at the Quillfeather branch"}

WRITERS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "upper case": lambda text: text.upper().encode(),
    "UTF-16": lambda text: text.encode("utf-16-le"),
    "JSON": lambda text: json.dumps({"x": text}).encode(),
    "repr": lambda text: ascii(["x", text]).encode(),
    "URL": lambda text: quote(text).encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, one byte on": lambda text: base64.b64encode(f"x{text}y".encode()),
    "base64, two bytes on": lambda text: base64.b64encode(f"xx{text}yy".encode()),
    "pickle in base64": lambda text: base64.b64encode(pickle.dumps((text, 1))),
}


# Codes, being digits alone, are looked for in text and base64 only.
PLANTED = [
    (secret, writer) for secret in sorted(SECRETS) for writer in WRITERS if (secret, writer) != ("314159", "UTF-16")
]


@pytest.mark.parametrize(("secret", "writer"), PLANTED)
def test_planted_value_is_found(secret: str, writer: str) -> None:
    assert leaks(b"before " + WRITERS[writer](secret) + b" after", SECRETS) == [secret]


def test_planted_value_is_found_in_the_write_ahead_log(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE notes (text TEXT)")
        connection.execute("INSERT INTO notes VALUES ('from Kováčová')")
        connection.commit()
        assert leaks((tmp_path / "store.db-wal").read_bytes(), SECRETS) == ["Kováčová"]


@pytest.mark.parametrize("innocent", ["", "a1b314159c0", "12:00:00.314159", "at the branch", "Kovac"])
def test_what_only_resembles_a_value_is_not_found(innocent: str) -> None:
    assert leaks(innocent.encode(), SECRETS) == []


def test_runs_of_words_stay_within_their_line() -> None:
    assert words_of("one two three\nfour five", run=2) == {"one two", "two three", "four five"}
