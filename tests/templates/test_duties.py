"""Every letter in every language says what the law demands; and if one sentence or one value is lost, it is noticed."""

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader

from bot.typeset import TEMPLATES, JinjaTypesetter
from handlers.checker import missing_duties
from handlers.law.duties import Duty
from handlers.law.grounds import articles
from handlers.letters import Letter
from handlers.rights import Right
from handlers.tickets import Status
from tests.people import a_request
from tests.templates.letters import KINDS, LANGUAGES, REQUESTS, SECTIONS, a_letter, an_answer, samples

FOLDER = TEMPLATES / "letters"
FILES = FileSystemLoader(FOLDER)
# The line with the reference stands below every letter.
SHARED = {"reference": "letter.md.j2"}


def block(code: str) -> re.Pattern[str]:
    """Return what finds the marked words of a duty in a template."""
    return re.compile(rf'{{% call duty\("{code}"\) %}}(.*?){{% endcall %}}', re.DOTALL)


def without_value(text: str, field: str) -> str:
    """Return a template's text without the places of a field's value."""
    name = field.rpartition(".")[2]
    return re.sub(r"{{.*?}}", lambda match: "…" if name in match.group() else match.group(), text)


def typesetter_with(path: str, source: str) -> JinjaTypesetter:
    """Return a typesetter that finds another text in the place of one template."""
    return JinjaTypesetter(ChoiceLoader([DictLoader({path: source}), FILES]))


def every_duty() -> list[object]:
    return [
        pytest.param(letter, SHARED.get(duty.code, path), duty, id=f"{language}-{name}-{duty.code}")
        for language in LANGUAGES
        for name, letter, path, duties in samples(language)
        for duty in duties
    ]


def every_shown_value() -> list[object]:
    return [
        pytest.param(letter, SHARED.get(duty.code, path), duty, field, id=f"{language}-{name}-{duty.code}-{field}")
        for language in LANGUAGES
        for name, letter, path, duties in samples(language)
        for duty in duties
        for field in duty.fields
    ]


def every_field() -> list[object]:
    return [
        pytest.param(letter, field, duties, id=f"{language}-{name}-{field}")
        for language in LANGUAGES
        for name, letter, _, duties in samples(language)
        for field in sorted({field for duty in duties for field in (*duty.fields, *duty.codes)})
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_says_all_it_owes(language: str) -> None:
    typesetter = JinjaTypesetter()
    lacking = {name: typesetter.typeset(letter).lacks for name, letter, _, _ in samples(language)}
    assert lacking == dict.fromkeys(lacking, ())
    assert len(lacking) == len(KINDS) + len(SECTIONS)


@pytest.mark.parametrize(("letter", "path", "duty"), every_duty())
def test_a_lost_sentence_is_noticed(letter: Letter, path: str, duty: Duty) -> None:
    source = (FOLDER / path).read_text(encoding="utf-8")
    cut, count = block(duty.code).subn("", source)
    assert count > 0
    assert typesetter_with(path, cut).typeset(letter).lacks == (duty,)


@pytest.mark.parametrize(("letter", "path", "duty", "field"), every_shown_value())
def test_a_value_that_a_sentence_lost_is_noticed(letter: Letter, path: str, duty: Duty, field: str) -> None:
    path = "authority.md.j2" if field == "authority.name" else path
    whole = (FOLDER / path).read_text(encoding="utf-8")
    if path == "authority.md.j2":
        source = without_value(whole, field)
    else:
        source = block(duty.code).sub(lambda match: without_value(match.group(), field), whole)
    assert source != whole
    assert typesetter_with(path, source).typeset(letter).lacks == (duty,)


@pytest.mark.parametrize(("letter", "field", "duties"), every_field())
def test_an_empty_field_is_noticed(letter: Letter, field: str, duties: tuple[Duty, ...]) -> None:
    rendered = JinjaTypesetter(FILES).typeset(letter)
    expected = tuple(duty for duty in duties if field in (*duty.fields, *duty.codes) and field not in duty.when)
    assert missing_duties(emptied(letter, field), rendered) == expected


def emptied(letter: Letter, field: str) -> Letter:
    """Return the letter without the value of a field, wherever it is: in the letter or in its only section."""
    context = dict(letter.context)
    if field.partition(".")[0] in context:
        return dataclasses.replace(letter, context=without(context, field))
    (section,) = context["sections"]  # type: ignore[misc]  # a list, see handlers.letters.answer
    return dataclasses.replace(letter, context={**context, "sections": [without(section, field)]})


def without(filled: object, field: str) -> dict[str, object]:
    name, _, rest = field.partition(".")
    assert isinstance(filled, Mapping)
    value = filled[name]
    if not rest:
        return {**filled, name: ""}
    if isinstance(value, list):
        return {**filled, name: [without(row, rest) for row in value]}
    return {**filled, name: dataclasses.replace(value, **{rest: ""})}  # type: ignore[type-var]  # the authority


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_section_of_a_long_answer_is_looked_at(language: str) -> None:
    answer = an_answer(language, *(REQUESTS[name] for name in SECTIONS if name not in {"refusal", "nothing_found"}))
    path = f"{language}/sections/restriction.md.j2"
    source = block("lifting").sub("", (FOLDER / path).read_text(encoding="utf-8"))
    assert JinjaTypesetter().typeset(answer).lacks == ()
    assert [duty.name for duty in typesetter_with(path, source).typeset(answer).lacks] == ["restriction.lifting"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ground", [ground for ground in articles() if ground != "nothing_found"])
def test_every_ground_is_given_with_its_article(ground: str, language: str) -> None:
    rights = [right for right in Right if articles()[ground][right]]
    requests = [a_request(right, Status.REFUSED, reason=ground) for right in rights]
    rendered = JinjaTypesetter().typeset(an_answer(language, *requests))
    assert rendered.lacks == ()
    assert len([said for said in rendered.said if said.path[-1] == "article"]) == len(rights)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_knows_every_article_and_ground(language: str) -> None:
    words = tomllib.loads((FOLDER / language / "words.toml").read_text(encoding="utf-8"))
    assert set(words["articles"]) == {article for row in articles().values() for article in row.values() if article}
    assert set(words["grounds"]) == set(articles()) - {"nothing_found"}


@pytest.mark.parametrize("missing", ["identity", "clarification"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_of_silence_says_what_is_missing(missing: str, language: str) -> None:
    letter = a_letter("silence", language)
    rendered = JinjaTypesetter().typeset(dataclasses.replace(letter, context={**letter.context, "missing": missing}))
    assert rendered.lacks == ()
    assert rendered.text.count("77") == rendered.text.count("79") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_erasure_that_found_nothing_left_says_so(language: str) -> None:
    answer = an_answer(language, a_request(Right.DELETION, Status.CARRIED_OUT))
    assert JinjaTypesetter().typeset(answer).lacks == ()


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.j2")), ids=lambda path: str(Path(path).relative_to(FOLDER)))
def test_every_mark_is_closed(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("{% call duty(") == source.count("{% endcall %}")
