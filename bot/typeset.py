"""Setting letters: Jinja2 in a sandbox; one template gives the plain text and, read as Markdown, the HTML."""

import dataclasses
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from jinja2 import BaseLoader, FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.marks import marked, take_marks, unmarked
from handlers.checker import missing_duties
from handlers.letters import Letter, Rendered

TEMPLATES = Path(str(files("templates")))
MARKDOWN_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>&:@])")
LOCALES = {"en": "en_GB"}
BLANK_LINES = re.compile(r"\n\s*\n(?:\s*\n)+")
TRAILING_SPACES = re.compile(r" +$", re.MULTILINE)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ue000-\ue002]+")


class Verbatim(str):
    """Text made by a filter here; it is not escaped again."""

    __slots__ = ()


@cache
def words(folder: str, language: str) -> Mapping[str, Any]:
    """Return a catalogue, such as templates/slack/en.toml."""
    return tomllib.loads((TEMPLATES / folder / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def letter_words(language: str) -> Mapping[str, Any]:
    """Return the words of letters in a language."""
    return words(f"letters/{language}", "words")


def one_line(value: str) -> str:
    """Return a value without line breaks and marks that could disguise it."""
    return CONTROL.sub(" ", value).strip()


def _for_text(value: object) -> object:
    return value if isinstance(value, Verbatim | Markup) or not isinstance(value, str) else one_line(value)


def _for_markdown(value: object) -> object:
    """Escape a value, so that nothing in it is read as Markdown."""
    if isinstance(value, Verbatim | Markup):
        return value
    return MARKDOWN_MARKS.sub(r"\\\1", one_line(str(value))) if isinstance(value, str) else value


def _capital(value: str) -> str:
    return value[:1].upper() + value[1:]


def _text_heading(value: str) -> str:
    title = _capital(one_line(value))
    return Verbatim(f"{title}\n{'-' * len(title)}")


def _markdown_heading(value: str) -> str:
    return Verbatim(f"## {_for_markdown(_capital(value))}")


def _markdown_link(url: str) -> str:
    return Verbatim(f"[{_for_markdown(url)}](<{one_line(url).replace('>', '%3E').replace('<', '%3C')}>)")


def _strict(make: Callable[[Any], str]) -> Callable[[Any], str]:
    """Let a filter refuse a missing value before it tries to make something of it."""

    def filtered(value: Any) -> str:
        if isinstance(value, StrictUndefined):
            str(value)  # raises UndefinedError, which names it
        return make(value)

    return filtered


def _environment(
    loader: BaseLoader,
    language: str,
    finalize: Callable[[object], object],
    duty: Callable[..., str],
    **filters: Callable[[str], str],
) -> Any:
    environment = SandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        finalize=finalize,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )

    # The letters are written in British English.
    locale = LOCALES.get(language, language)

    def long_date(day: date) -> str:
        return Verbatim(format_date(day, "long", locale=locale).replace(" ", "\u00a0"))

    def long_datetime(moment: datetime) -> str:
        clock = format_datetime(moment, "HH:mm", tzinfo=moment.tzinfo, locale=locale)
        return Verbatim(f"{long_date(moment.date())},\u00a0{clock}")

    every: dict[str, Callable[[Any], str]] = {"date": long_date, "datetime": long_datetime, **filters}
    environment.filters.update({name: _strict(make) for name, make in every.items()})
    environment.globals.update(language=language, duty=duty)
    return environment


def _text_environment(loader: BaseLoader, language: str) -> Any:
    return _environment(
        loader, language, _for_text, marked, heading=_text_heading, link=lambda url: Verbatim(one_line(url))
    )


def _markdown_environment(loader: BaseLoader, language: str) -> Any:
    return _environment(loader, language, _for_markdown, unmarked, heading=_markdown_heading, link=_markdown_link)


@cache
def _html_layout() -> Any:
    environment = SandboxedEnvironment(
        loader=FileSystemLoader(TEMPLATES / "letters"), undefined=StrictUndefined, autoescape=True
    )
    return environment.get_template("letter.html.j2")


_MARKDOWN = MarkdownIt("commonmark", {"html": False})


class JinjaTypesetter:
    """Sets letters from templates/letters and templates/summary, or from where a loader finds them."""

    def __init__(self, loader: BaseLoader | None = None) -> None:
        loader = loader or FileSystemLoader([TEMPLATES / "letters", TEMPLATES / "summary"])
        self._text_environment = cache(partial(_text_environment, loader))
        self._markdown_environment = cache(partial(_markdown_environment, loader))

    def typeset(self, letter: Letter) -> Rendered:
        """Return subject, text, HTML, and the duties they lack.

        Raises jinja2.UndefinedError if a value is missing, KeyError if the kind of letter has no list of duties.
        """
        language = letter.language
        context = {**letter.context, "words": letter_words(language)}
        text = self._text_environment(language).get_template(f"{language}/{letter.kind}.md.j2")
        markdown = self._markdown_environment(language).get_template(f"{language}/{letter.kind}.md.j2")
        subject = one_line("".join(text.blocks["subject"](text.new_context(context))))
        if letter.context.get("reference"):
            subject = f"{subject} [{letter.context['reference']}]"
        plain, said = take_marks(text.render(context))
        html = Markup(_MARKDOWN.render(_tidy(markdown.render(context))))  # noqa: S704  (rendered with html off)
        page = _html_layout().render(language=language, subject=subject, body=html)
        rendered = Rendered(subject, TRAILING_SPACES.sub("", _tidy(plain)), page, said)
        return dataclasses.replace(rendered, lacks=missing_duties(letter, rendered))


def _tidy(text: str) -> str:
    return BLANK_LINES.sub("\n\n", text).strip() + "\n"
