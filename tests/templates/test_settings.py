"""The commented settings file: every key of the code stands in it, and no other; its examples are the defaults."""

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bot.settings import Settings, load
from bot.typeset import TEMPLATES

FILE = TEMPLATES / "settings" / "rightsdesk.toml"
# Secrets belong into the environment or a file of their own; both are explained at the head of the file.
NOT_SHOWN = {
    "imap.password",
    "smtp.password",
    "slack.bot_token",
    "slack.app_token",
    "slack.signing_secret",
}
# What has no useful default shows an example.
EXAMPLES = {
    "controller.authority_name",
    "controller.authority_web",
    "controller.third_countries",
    "controller.safeguards",
    "controller.automated_logic",
    "imap.user",
    "imap.password_file",
    "imap.ca_file",
    "smtp.user",
    "smtp.password_file",
    "smtp.ca_file",
    "slack.channel",
    "slack.approvers",
    "slack.bot_token_file",
    "slack.app_token_file",
    "slack.signing_secret_file",
}


def flat(tables: dict[str, Any]) -> dict[str, Any]:
    return {f"{section}.{key}": value for section, table in tables.items() for key, value in table.items()}


def shown() -> dict[str, Any]:
    """Return every key of the file, those behind a comment sign too."""
    text = FILE.read_text(encoding="utf-8")
    return flat(tomllib.loads(re.sub(r"^# (?=[a-z_]+ = )", "", text, flags=re.MULTILINE)))


def known() -> set[str]:
    sections = Settings.model_fields.items()
    return {
        f"{section}.{key}"
        for section, field in sections
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        for key in field.annotation.model_fields
    }


def test_every_key_stands_in_the_file_and_no_other() -> None:
    assert set(shown()) == known() - NOT_SHOWN


def test_what_is_shown_is_the_default() -> None:
    defaults = flat(Settings().model_dump(mode="json"))
    assert {key: value for key, value in shown().items() if key not in EXAMPLES} == {
        key: defaults[key] for key in set(shown()) - EXAMPLES
    }


def test_the_file_can_be_used_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "rightsdesk.toml"
    path.write_bytes(FILE.read_bytes())
    assert load(path).controller == Settings().controller
