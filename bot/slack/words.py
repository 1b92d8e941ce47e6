"""The words of Slack messages, from templates/slack/<language>.toml."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date

from bot.typeset import LOCALES, words
from handlers.letters import pick

BUTTON_LENGTH = 75  # Slack's limit
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escape(text: str) -> str:
    """Return text that Slack shows as it stands: no mention, no link, no broadcast."""
    return text.translate(_MARKS)


class Words:
    """One language's catalogue."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words: Mapping[str, Any] = words("slack", language)

    def __call__(self, key: str, **values: object) -> str:
        """Return a text such as "card.title", filled in. Raises KeyError for a missing key or value."""
        section, _, name = key.partition(".")
        text: str = self._words[section][name]
        return text.format(**values) if values else text

    def section(self, name: str) -> Mapping[str, str]:
        """Return all texts of a section."""
        found: Mapping[str, str] = self._words[name]
        return found

    def reason(self, word: str, **values: object) -> str:
        """Return a reason's text; an unknown one as it stands."""
        text = self.section("reason").get(word, word)
        return text.format(**values) if values else text

    def rights(self, rights: Iterable[str]) -> str:
        """Return the rights as a list in one line."""
        return ", ".join(self(f"rights.{right}") for right in rights)

    def day(self, iso: str) -> str:
        """Return an ISO date as it is written in the language."""
        return format_date(date.fromisoformat(iso), "medium", locale=LOCALES.get(self.language, self.language))

    def law(self, key: str) -> str:
        """Return the name of a law by its key (handlers.law.regimes)."""
        name: str = words("law", self.language)["law"][key]
        return name

    def choice(self, reason: str) -> str:
        """Return why a law applies."""
        why: str = words("law", self.language)["choice"][reason]
        return why

    def label(self, labels: Mapping[str, str]) -> str:
        """Return a table's or field's label."""
        return escape(pick(labels, self.language))

    def button(self, key: str, **values: object) -> str:
        """Return a button's text, cut to what Slack takes."""
        text = self(key, **values)
        return text if len(text) <= BUTTON_LENGTH else text[: BUTTON_LENGTH - 1] + "…"
