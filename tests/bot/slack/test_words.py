"""The words of Slack: filled in, escaped, cut to Slack's limits."""

import pytest

from bot.settings import LANGUAGES
from bot.slack.words import Words, escape


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "<!channel> & <@U1> <https://evil.example|x>",
            "&lt;!channel&gt; &amp; &lt;@U1&gt; &lt;https://evil.example|x&gt;",
        ),
        ("&lt;", "&amp;lt;"),
        ("plain", "plain"),
    ],
)
def test_nothing_from_outside_calls_or_links(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_a_text_is_filled_in() -> None:
    words = Words("en")
    assert words("reply.approved", reference="R-7KQ4M") == "R-7KQ4M: approved."
    assert words("confirm.yes") == "Yes"
    assert (
        words("reply.unknown_command", word="{reference} {0}")
        == "I do not know “{reference} {0}”. Try `/privacy help`."
    )


@pytest.mark.parametrize("key", ["reply.nothing", "nothing.reply", "reply", ""])
def test_an_unknown_text_is_an_error(key: str) -> None:
    with pytest.raises(KeyError):
        Words("en")(key)


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="reference"):
        Words("en")("reply.approved", other=1)


def test_a_reason_is_told_in_words_and_an_unknown_one_as_it_stands() -> None:
    words = Words("en")
    assert words.reason("spam") == "the mail server marked it as spam"
    assert words.reason("letter_failed", detail="550") == "a letter could not be delivered: 550"
    assert words.reason("nobody_knows", detail="550") == "nobody_knows"


@pytest.mark.parametrize(
    ("language", "day"), [("en", "23 Nov 2026"), ("de", "23.11.2026"), ("pl", "23 lis 2026"), ("sk", "23. 11. 2026")]
)
def test_a_day_is_written_as_the_language_does(language: str, day: str) -> None:
    assert Words(language).day("2026-11-23").replace("\u00a0", " ") == day


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_is_cut_to_what_slack_takes(language: str) -> None:
    words = Words(language)
    short, long = words.button("button.approve"), words.button("button.as_suggested", rights="x" * 200)
    assert short == words("button.approve")
    assert (len(long), long[-1]) == (75, "…")


def test_labels_come_from_the_data_map_and_are_escaped() -> None:
    assert Words("de").label({"en": "Orders", "de": "Käufe <b>"}) == "Käufe &lt;b&gt;"
    assert Words("pl").label({"en": "Orders"}) == "Orders"
    assert Words("en").rights(["access", "deletion"]) == "Access, Deletion"
