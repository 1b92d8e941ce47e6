"""docs/configuration.md and the settings that init writes say what bot.settings.Settings does."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from bot.settings import ENVIRONMENT_PREFIX, Settings, SettingsProblem, load
from tests.docs import markdown

NOT_SET = "not set"
SECTIONS = list(Settings.model_fields)
Documented = dict[str, tuple[object, str]]  # key -> default, environment variable


def _plain(value: object) -> object:
    """Return a default as TOML would write it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value)
    return [str(item) if isinstance(item, str) else item for item in value] if isinstance(value, tuple) else value


def real(section: str) -> Documented:
    model: BaseModel = Settings.model_fields[section].get_default()
    return {
        key: (NOT_SET if value is None else _plain(value), f"{ENVIRONMENT_PREFIX}{section}__{key}".upper())
        for key, value in model
    }


def documented(section: str) -> Documented:
    return dict(_documented(markdown.section(markdown.read("configuration.md"), section)))


def _documented(text: str) -> Iterator[tuple[str, tuple[object, str]]]:
    for key, default, variable, _meaning in markdown.rows(text):
        value: Any = tomllib.loads(f"value = {default.strip('`')}")["value"] if default != NOT_SET else NOT_SET
        yield key.strip("`"), (value, variable.strip("`"))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_is_documented_with_its_default_and_variable(section: str) -> None:
    assert documented(section) == real(section)


def test_no_section_is_documented_that_does_not_exist() -> None:
    keys = markdown.section(markdown.read("configuration.md"), "The keys")
    assert [line.removeprefix("### ") for line in keys.splitlines() if line.startswith("### ")] == SECTIONS


def test_documented_error_is_what_an_administrator_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RIGHTSDESK_SMTP__PORT", "smtps")
    file = Path("rightsdesk.toml")
    file.write_text('[controller]\ncountry = "XX"\n[imap]\nhots = "mail.shop.example"\n[polcy]\nwaiting_days = 3\n')
    with pytest.raises(SettingsProblem) as problem:
        load(file)
    shown = markdown.blocks(markdown.section(markdown.read("configuration.md"), "What an error looks like"), "")[0]
    assert sorted(str(problem.value).splitlines()) == sorted(shown.splitlines())


def test_documented_settings_of_several_nodes_are_valid(tmp_path: Path) -> None:
    shown = markdown.blocks(markdown.section(markdown.read("configuration.md"), "Several nodes"), "toml")[0]
    file = tmp_path / "rightsdesk.toml"
    file.write_text(shown, encoding="utf-8")
    assert load(file).engine.node == "node-2"
