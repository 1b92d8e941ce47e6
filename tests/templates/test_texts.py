"""The texts: every language says what English says, with the same placeholders, and no text is there for nobody."""

import re
import string
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from bot.settings import LANGUAGES
from bot.slack.cards import GROUNDS
from bot.typeset import TEMPLATES
from handlers.crm import Action
from handlers.due import Task
from handlers.law.counting import Unit
from handlers.law.provisions import CITATIONS, Provision
from handlers.law.receipt import DateDoubt
from handlers.law.regimes import PauseReason
from handlers.rights import Right
from handlers.screen import Reason as Screened
from handlers.tickets import Status
from handlers.trust import Trust
from nlp.gate import Reason as Unsure

ROOT = TEMPLATES.parent
OTHERS = [language for language in LANGUAGES if language != "en"]
CATALOGUES = {
    "letters": "letters/{}/words.toml",
    "portal": "portal/{}.toml",
    "slack": "slack/{}.toml",
    "law": "law/{}.toml",
}
# Screened as a machine's mail for certain: no person of the staff ever sees these.
NEVER_SHOWN = {Screened.BOUNCE, Screened.AUTO_REPLY}


def catalogue(name: str, language: str) -> dict[str, str]:
    """Return a catalogue as "section.key" -> text."""
    text = (TEMPLATES / CATALOGUES[name].format(language)).read_text(encoding="utf-8")
    return {f"{section}.{key}": words for section, keys in tomllib.loads(text).items() for key, words in keys.items()}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def templates(language: str) -> dict[str, str]:
    """Return the letters and the summary in a language, by their path below it."""
    return {
        f"{folder}/{path.relative_to(TEMPLATES / folder / language)}": path.read_text(encoding="utf-8")
        for folder in ("letters", "summary")
        for path in (TEMPLATES / folder / language).rglob("*.j2")
    }


def tokens(text: str, pattern: str) -> list[str]:
    return sorted(re.sub(r"\s+", " ", token) for token in re.findall(pattern, text))


EXPRESSION, STATEMENT = r"\{\{.*?\}\}", r"\{%.*?%\}"


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", CATALOGUES)
def test_a_catalogue_has_the_keys_and_placeholders_of_english(name: str, language: str) -> None:
    ours, english = catalogue(name, language), catalogue(name, "en")
    assert {key: placeholders(text) for key, text in ours.items()} == {
        key: placeholders(text) for key, text in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CATALOGUES)
def test_no_text_is_empty_or_carelessly_spaced(name: str, language: str) -> None:
    for key, text in catalogue(name, language).items():
        assert text.strip() == text.lstrip("\n") != "", key
        assert "  " not in text, key
        assert "TODO" not in text, key


@pytest.mark.parametrize("language", OTHERS)
def test_a_letter_has_the_values_of_english(language: str) -> None:
    ours, english = templates(language), templates("en")
    assert set(ours) == set(english)
    for name, text in ours.items():
        assert set(tokens(text, EXPRESSION)) == set(tokens(english[name], EXPRESSION)), name


def loops(text: str) -> list[str]:
    """Return the statements that are no conditions."""
    return [one for one in tokens(text, STATEMENT) if not re.match(r"\{% (?:if|elif|else|endif)\b", one)]


def conditions(text: str) -> set[str]:
    """Return what is asked; how a language counts (one, two to four, more) is its own affair."""
    asked = set(re.findall(r"\{% (?:el)?if (?:not )?(.*?) %\}", text))
    return {one for one in asked if not re.search(r"[=<>]|% 10| in ", one)}


@pytest.mark.parametrize("language", OTHERS)
def test_a_letter_tells_the_same_cases_apart(language: str) -> None:
    for name, text in templates(language).items():
        english = templates("en")[name]
        assert loops(text) == loops(english), name
        assert conditions(text) == conditions(english), name


def source() -> str:
    """Return the code that puts texts together, and the templates that name words."""
    files = [path for folder in ("bot", "handlers", "nlp", "storage") for path in (ROOT / folder).rglob("*.py")]
    files += list(TEMPLATES.rglob("*.j2"))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


# Keys that the code puts together from a word.
FAMILIES: Mapping[str, Mapping[str, set[Any]]] = {
    "slack": {
        "rights": set(Right),
        "status": set(Status),
        "trust": set(Trust),
        "ground": set(GROUNDS),
    },
    "portal": {},
    "law": {
        "unit": {Unit.BUSINESS_DAY},
        "pause": set(PauseReason),
        "why": {one for one in Provision if one not in CITATIONS} | {Provision.EU_ASKED_LATE},
        "doubt": set(DateDoubt),
    },
    "letters": {"rights": set(Right), "grounds": set(GROUNDS)},
}
# Sections whose keys are words of the handlers, or looked up one by one.
WORDS = {"slack": {"reason", "reply"}, "portal": {"confirm", "cancel", "copy", "gone", "later", "footer"}}


@pytest.mark.parametrize("name", CATALOGUES)
def test_each_word_of_the_code_has_its_text(name: str) -> None:
    texts = catalogue(name, "en")
    for section, words in FAMILIES[name].items():
        found = {key.partition(".")[2] for key in texts if key.startswith(f"{section}.")}
        assert found == {str(word) for word in words}


def test_each_reason_for_a_person_to_look_has_its_text() -> None:
    texts = {key.partition(".")[2] for key in catalogue("slack", "en") if key.startswith("reason.")}
    assert {str(reason) for reason in (*Unsure, *set(Screened).difference(NEVER_SHOWN))} <= texts


def test_each_refusal_of_a_command_has_its_text() -> None:
    refusals = set(re.findall(r'NotAllowed\("(\w+)"', source()))
    assert refusals >= {"not_allowed", "own_request", "plan_changed", "unknown_ticket"}
    texts = {key.partition(".")[2] for key in catalogue("slack", "en") if key.startswith("reply.")}
    assert refusals <= texts


@pytest.mark.parametrize("name", ["slack", "portal"])
def test_no_text_is_there_for_nobody(name: str) -> None:
    code = source()
    families = FAMILIES[name]
    made = {f"card.plan_{action}" for action in Action} | {f"card.due_{task}" for task in Task}
    unused = [
        key
        for key in catalogue(name, "en")
        if key.partition(".")[0] not in families
        and key not in made
        and not re.search(rf"['\"]{key}['\"]", code)
        and not (key.partition(".")[0] in WORDS[name] and f'"{key.partition(".")[2]}"' in code)
    ]
    assert unused == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_that_came_by_mail_stands_in_a_subject(language: str) -> None:
    subjects = [re.findall(r"block subject %\}(.*?)\{% endblock", text) for text in templates(language).values()]
    used = {one for [subject] in filter(None, subjects) for one in tokens(subject, EXPRESSION)}
    assert used == {"{{ carried_out_on|date }}", "{{ week }}"}
