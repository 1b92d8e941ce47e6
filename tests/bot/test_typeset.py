"""Setting letters: every kind in every language, a missing word stops it, and what came by mail stays inert."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader, TemplateNotFound, UndefinedError
from jinja2.exceptions import SecurityError

from bot import typeset
from bot.settings import LANGUAGES
from bot.typeset import JinjaTypesetter, one_line, words
from handlers import access, letters
from handlers.answering import NOTHING_FOUND
from handlers.by_right import HANDLERS
from handlers.law.grounds import articles
from handlers.letters import Letter, Rendered
from handlers.rights import Right
from handlers.tickets import Status
from tests.people import ANNA, CHANGE, COPY, DONE, NOW, POLICY, SHOP, a_request, a_ticket

SETTER = JinjaTypesetter()
NO_TEMPLATES = DictLoader({})
UNTIL = date(2026, 12, 7)
RISK = {"reference": "R-7KQ4M", "safe_date": UNTIL, "last_date": UNTIL}
REQUESTS = {
    Right.ACCESS: a_request(Right.ACCESS, Status.CARRIED_OUT, tables=access.summarise(COPY), link="t0k"),
    Right.PORTABILITY: a_request(Right.PORTABILITY, Status.CARRIED_OUT, tables=access.summarise(COPY), link="t0k"),
    Right.CORRECTION: a_request(Right.CORRECTION, Status.CARRIED_OUT, changes=(CHANGE,)),
    Right.DELETION: a_request(Right.DELETION, Status.CARRIED_OUT, done=DONE),
    Right.WITHDRAWAL: a_request(Right.WITHDRAWAL, Status.CARRIED_OUT, consents=("newsletter", "sms")),
    Right.OBJECTION: a_request(Right.OBJECTION, Status.CARRIED_OUT),
    Right.RESTRICTION: a_request(Right.RESTRICTION, Status.CARRIED_OUT),
}
TICKET = a_ticket(*REQUESTS.values())


def section(right: Right, language: str) -> Mapping[str, object]:
    filled = HANDLERS[right].section(REQUESTS[right], language=language, policy=POLICY)
    return {"right": str(right), "template": str(right), "valid_until": UNTIL, **filled}


def an_answer(*sections: Mapping[str, object], language: str = "en") -> Letter:
    letter = letters.answer(TICKET, TICKET.requests, sections=sections, policy=POLICY)
    return Letter(letter.kind, language, letter.to, letter.context)


def every_letter(language: str) -> dict[str, Letter]:
    """Return one letter of each kind, and an answer of each kind of section."""
    ticket = a_ticket(*REQUESTS.values(), language=language)
    asked = a_ticket(a_request(Right.ACCESS, Status.IDENTITY_ASKED), language=language)
    found = {
        "acknowledgement": letters.acknowledgement(ticket, policy=POLICY),
        "challenge": letters.challenge(
            ticket, ANNA, ticket.requests, code="123456", token="t0k", valid_until=NOW, policy=POLICY
        ),
        "code_wrong": letters.code_wrong(ticket, ANNA, tries_left=2, policy=POLICY),
        "code_wrong_last": letters.code_wrong(ticket, ANNA, tries_left=0, policy=POLICY),
        "waiting": letters.waiting(ticket, ANNA, token="t0k", due_at=NOW, policy=POLICY),
        "extension": letters.extension(
            ticket, reasons=("complexity", "number"), explanation="Old mailboxes.", respond_by=UNTIL, policy=POLICY
        ),
        "silence_identity": letters.silence(asked, missing="identity", closes_on=UNTIL, policy=POLICY),
        "silence_clarification": letters.silence(asked, missing="clarification", closes_on=UNTIL, policy=POLICY),
        "week": Letter("week", language, "dpo@shop.example", WEEK),
    }
    for right in Right:
        found[f"answer_{right}"] = an_answer(section(right, language), language=language)
    for ground in words(f"letters/{language}", "words")["grounds"]:
        right, article = next((right, article) for right, article in articles()[ground].items() if article)
        refusal = {"right": str(right), "template": "refusal", "ground": ground, "article": article}
        found[f"answer_refused_{ground}"] = an_answer(refusal, language=language)
    nothing = {"right": "access", "template": NOTHING_FOUND, "article": "15(1)"}
    found["answer_nothing_found"] = an_answer(nothing, language=language)
    found["answer_everything"] = an_answer(*(section(right, language) for right in Right), language=language)
    return found


WEEK = {
    "week": "2026-W47",
    "first_day": date(2026, 11, 16),
    "last_day": date(2026, 11, 22),
    "opened": 3,
    "answered": 2,
    "open": 2,
    "triage": 1,
    "at_risk": [RISK],
    "late": [RISK],
    "risk_days": 7,
    "journal_count": 99,
    "journal_head": "0123456789abcdef",
    "controller": SHOP,
    "reference": "",
}


class Outline(HTMLParser):
    """Gathers the tags, the texts and the targets of links of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


ALLOWED = {"html", "head", "meta", "title", "body", "main", "p", "ul", "li", "a", "h2", "hr", "br", "strong", "em"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(every_letter("en")))
def test_every_letter_in_every_language(language: str, name: str) -> None:
    letter = every_letter(language)[name]
    found = SETTER.typeset(letter)
    for part in (found.subject, found.text, found.html):
        assert part.strip()
        assert not re.search(r"\{\{|\}\}|\{%|None|Undefined|\{reference\}", part)
    assert "\n" not in found.subject
    assert found.text == found.text.strip() + "\n"
    assert "\n\n\n" not in found.text
    assert not re.search(r" $", found.text, re.MULTILINE)
    outline = Outline(found.html)
    assert outline.tags <= ALLOWED
    assert f'lang="{language}"' in found.html
    # Both say the same: the HTML is the text with another look.
    assert squeezed(outline.text.replace(found.subject, "", 1)) == squeezed(found.text)


def squeezed(text: str) -> str:
    """Return a text without what only its look needs."""
    return re.sub(r"[\s\-]+", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reference_is_in_every_subject_and_letter(language: str) -> None:
    for name, letter in every_letter(language).items():
        if name == "week":
            continue
        found = SETTER.typeset(letter)
        assert found.subject.endswith(" [R-7KQ4M]")
        assert "R-7KQ4M" in found.text
        assert SHOP.name in found.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_names_the_complaint_body_and_every_particular(language: str) -> None:
    found = SETTER.typeset(every_letter(language)["answer_everything"])
    label = COPY.tables[1].label.get(language, "Orders")
    for particular in (
        SHOP.authority.name,
        SHOP.authority.web,
        label,
        "sales",
        "carriers",
        "ten years",
        "147 AO",
        CHANGE.new,
    ):
        assert particular in found.text
        assert particular in Outline(found.html).text
    assert POLICY.url("d", "t0k") in Outline(found.html).links


def test_a_missing_value_stops_the_letter() -> None:
    letter = every_letter("en")["acknowledgement"]
    for name in letter.context:
        if name == "authority":
            continue
        context = {key: value for key, value in letter.context.items() if key != name}
        if name == "reference":
            context[name] = ""  # the layout asks for it by name
            continue
        with pytest.raises(UndefinedError, match=name):
            SETTER.typeset(Letter(letter.kind, letter.language, letter.to, context))


@pytest.mark.parametrize(
    "part",
    [
        {"right": "access", "template": "refusal", "ground": "because", "article": "15(4)"},
        {"right": "access", "template": "refusal", "ground": "others", "article": "99"},
        {"right": "witchcraft", "template": "nothing_found", "article": "15(1)"},
        {"right": "withdrawal", "template": "withdrawal", "consents": ["smoke signals"]},
        {"right": "correction", "template": "correction"},
    ],
)
def test_a_missing_word_stops_the_letter(part: dict[str, object]) -> None:
    with pytest.raises(UndefinedError):
        SETTER.typeset(an_answer(part))


@pytest.mark.parametrize(("kind", "language"), [("unknown", "en"), ("answer", "fr"), ("../../settings", "en")])
def test_an_unknown_letter_stops(kind: str, language: str) -> None:
    with pytest.raises((TemplateNotFound, FileNotFoundError)):
        SETTER.typeset(Letter(kind, language, ANNA.email, {"reference": ""}))


EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{ 7*7 }}",
    "{% include 'en/words.toml' %}",
    "{{ controller.__class__.__mro__ }}",
    "[click](https://evil.example)",
    "![pixel](https://evil.example/p.png)",
    "<https://evil.example>",
    "https://evil.example",
    "**bold** _em_ `code` ~~x~~",
    "# heading",
    "> quote",
    "1. list",
    "+ list",
    "---",
    "===",
    "&lt;b&gt; &amp; &#60;",
    "a\\<b>",
    "| a | b |\n|---|---|",
    "line one\r\n\r\n# line two",
    "[ref]: https://evil.example",
    "\u202egnp.exe",
]


def poisoned(value: str) -> Letter:
    """Return an answer in which a value from outside stands wherever one can."""
    step = {"label": value, "rows": 1, "law": value, "until": UNTIL}
    table = {"label": value, "purpose": value, "recipients": value, "retention": value, "source": value, "rows": 1}
    answer = an_answer(
        {
            "right": "access",
            "template": "access",
            "tables": [table],
            "url": "https://portal.shop.example/d/t",
            "third_countries": (value,),
            "safeguards": value,
            "automated_decisions": True,
            "automated_logic": value,
            "valid_until": UNTIL,
        },
        {"right": "correction", "template": "correction", "changes": [{"label": value, "old": value, "new": value}]},
        {
            "right": "deletion",
            "template": "deletion",
            "deleted": [step],
            "anonymised": [step],
            "kept": [step],
            "shared": [step],
        },
    )
    return Letter(answer.kind, "en", answer.to, {**answer.context, "name": value})


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Source"), ("de", "Herkunft"), ("pl", "Źródło"), ("sk", "Zdroj")]
)
def test_an_access_answer_names_the_source_of_what_the_person_did_not_give(language: str, word: str) -> None:
    letter = poisoned("x")
    access, *others = letter.context["sections"]
    tables = [{**access["tables"][0], "source": source} for source in ("the credit agency", "")]
    context = {**letter.context, "sections": [{**access, "tables": tables}, *others]}

    text = SETTER.typeset(Letter(letter.kind, language, letter.to, context)).text

    assert f"{word}: the credit agency." in text
    assert text.count(f"{word}: ") == 1


HARMLESS = Outline(SETTER.typeset(poisoned("x")).html)


@pytest.mark.parametrize("value", EVIL)
def test_what_came_from_outside_stays_inert(value: str) -> None:
    check_inert(value)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("<>[]()!*_`#-+=.&;:\\|~@{}%\"'/ \n\rahtps1"), min_size=1, max_size=30))
def test_whatever_it_is(value: str) -> None:
    check_inert(value)


def check_inert(value: str) -> None:
    found = SETTER.typeset(poisoned(value))
    outline = Outline(found.html)
    assert outline.tags <= HARMLESS.tags | {"p"}
    assert outline.links == HARMLESS.links
    shown = one_line(value)
    if shown:
        assert squeezed(shown) in squeezed(outline.text)
        assert squeezed(shown) in squeezed(found.text)


def test_a_template_cannot_reach_into_python() -> None:
    environment = typeset._text_environment(NO_TEMPLATES, "en")
    for attack in (
        "{{ ''.__class__.__mro__ }}",
        "{{ x.__init__.__globals__ }}",
        "{{ self._TemplateReference__context }}",
    ):
        with pytest.raises((SecurityError, UndefinedError)):
            environment.from_string(attack).render(x=SHOP)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("a\r\nBcc: x@y.example", "a Bcc: x@y.example"),
        ("  a\t\n\x00b  ", "a b"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("a\u202eb\u2066c", "a b c"),
        ("", ""),
    ],
)
def test_one_line(value: str, line: str) -> None:
    assert one_line(value) == line


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [
        ("en", "23 November 2026", "23 November 2026, 10:00"),
        ("de", "23. November 2026", "23. November 2026, 10:00"),
        ("pl", "23 listopada 2026", "23 listopada 2026, 10:00"),
        ("sk", "23. novembra 2026", "23. novembra 2026, 10:00"),
    ],
)
def test_dates_are_written_as_the_language_does_and_never_broken(language: str, day: str, moment: str) -> None:
    environment = typeset._text_environment(NO_TEMPLATES, language)
    at = datetime(2026, 11, 23, 9, tzinfo=UTC).astimezone(SHOP.zone)
    rendered = environment.from_string("{{ day|date }} / {{ at|datetime }}").render(day=at.date(), at=at)
    assert rendered == f"{day} / {moment}".replace(" ", "\u00a0").replace("\u00a0/\u00a0", " / ")


def test_a_link_cannot_leave_its_brackets() -> None:
    url = "https://portal.shop.example/d/t>)[x](https://evil.example)"
    letter = letters.waiting(TICKET, ANNA, token="t0k", due_at=NOW, policy=POLICY)
    found: Rendered = SETTER.typeset(Letter("waiting", "en", ANNA.email, {**letter.context, "url": url}))
    [link] = Outline(found.html).links
    assert link.startswith("https://portal.shop.example/d/t%3E")
