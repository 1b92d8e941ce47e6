"""docs/mail.md names every reason for which a mail is set aside, and the states and grades that there are."""

import ast
from pathlib import Path

from handlers.intake import IGNORED_IF_NOTHING_IS_ASKED
from handlers.screen import Reason
from tests.docs import markdown, source

SET_ASIDE = "What is set aside and why"
# Reasons that are no word of the screening stand as literals where mails are settled.
# The number says from which argument on one may be a reason.
SETTLING = {"settle_mail": 2, "_quarantine": 2, "quarantine_card": 1, "failure_card": 2}
SOURCES = [markdown.ROOT / "handlers" / "intake.py", markdown.ROOT / "bot" / "cases.py"]
ABOUT_LETTERS_AND_REQUESTS = {"letter_failed", "carry_out_failed", "reply"}


def documented() -> dict[str, str]:
    """Return what becomes of a mail by reason; of a reason with two rows, the last."""
    table = markdown.section(markdown.read("mail.md"), SET_ASIDE)
    return {reason.strip("`"): becomes for reason, _what, becomes in markdown.rows(table)}


def written_out(path: Path) -> set[str]:
    """Return the reason words that a module writes out."""
    found: set[str] = set()
    for _, name, call in source.calls(path):
        if name in SETTLING:
            arguments = [*call.args[SETTLING[name] :], *(word.value for word in call.keywords if word.arg == "reason")]
            found |= {str(one.value) for one in arguments if isinstance(one, ast.Constant) and one.value}
    return found


def test_every_reason_is_documented_and_no_other() -> None:
    settled = set[str]().union(*map(written_out, SOURCES)) - ABOUT_LETTERS_AND_REQUESTS
    assert set(documented()) == {str(reason) for reason in Reason} | settled


def test_what_is_ignored_only_if_nothing_is_asked_is_said_so() -> None:
    said = {reason for reason, becomes in documented().items() if becomes.startswith("ignored if")}
    assert said == {str(reason) for reason in IGNORED_IF_NOTHING_IS_ASKED}
