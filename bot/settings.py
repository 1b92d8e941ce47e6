"""Settings: rightsdesk.toml and the environment; an error names the key, its place and the remedy."""

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from handlers.law.authorities import authority_of
from handlers.law.calendars import UnknownCountry, UnknownRegion, calendar
from handlers.law.regimes import regime_of
from handlers.policy import Authority, Controller, Policy
from handlers.rights import STOP_RIGHTS, Right

FILE = Path("rightsdesk.toml")
ENVIRONMENT_PREFIX = "RIGHTSDESK_"
LANGUAGES = ("en", "de", "pl", "sk")
FIRST_DATASET = ""
Tls = Literal["implicit", "starttls", "none"]


class SettingsProblem(Exception):
    """The settings are wrong; the text has one line per problem, each with its remedy."""


class Section(BaseModel):
    """A table of the settings file; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)


def _secret(value: SecretStr, file: Path | None) -> str:
    """Return a secret from its own key or from the file that holds it. Raises SettingsProblem."""
    if value.get_secret_value() or file is None:
        return value.get_secret_value()
    try:
        return file.expanduser().read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsProblem(f"{file} cannot be read: {error.strerror}. It should hold the secret alone.") from None


class ControllerSection(Section):
    """[controller]: the company that answers."""

    name: str = "Example Ltd"
    address: str = "privacy@shop.example"
    country: str = "DE"
    region: str = ""
    regional_days_off: bool = False
    markets: tuple[str, ...] = ()
    timezone: str = "Europe/Berlin"
    language: str = "en"
    authority_name: str = ""
    authority_web: str = ""
    third_countries: tuple[str, ...] = ()
    safeguards: dict[str, str] = {}
    automated_decisions: bool = False
    automated_logic: dict[str, str] = {}

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"there is no time zone {value!r}; write one such as Europe/Berlin") from None
        return value

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        try:
            calendar(value)
        except UnknownCountry:
            raise ValueError(f"there is no country {value!r}; write two capital letters such as DE") from None
        return value

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        return _language(value)

    @field_validator("address")
    @classmethod
    def _address(cls, value: str) -> str:
        if value.count("@") != 1:
            raise ValueError("write the e-mail address of the privacy inbox")
        return value.lower()

    @field_validator("markets")
    @classmethod
    def _known_laws(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for key in value:
            regime_of(key)
        return value

    @model_validator(mode="after")
    def _known_region(self) -> Self:
        try:
            calendar(self.place)
        except UnknownRegion as problem:
            raise ValueError(f"region: {problem}") from None
        return self

    @model_validator(mode="after")
    def _has_authority(self) -> Self:
        if not self.authority_name and authority_of(self.country, self.region) is None:
            raise ValueError(f"no authority is known for {self.place}; set authority_name and authority_web")
        return self

    @model_validator(mode="after")
    def _can_answer_access(self) -> Self:
        """Art. 15(1)(h) and (2) GDPR want more than a yes; a letter without it would be held back."""
        if self.third_countries and not self.safeguards:
            raise ValueError("third_countries is set; say in safeguards what protects the data there")
        if self.automated_decisions and not self.automated_logic:
            raise ValueError("automated_decisions is set; say in automated_logic how they come about")
        return self

    @property
    def place(self) -> str:
        """The seat as ISO 3166, with its region where one is set."""
        return f"{self.country}-{self.region}" if self.region else self.country

    @property
    def authority(self) -> Authority:
        """The authority named here, else that of the region or the country."""
        if self.authority_name:
            return Authority(self.authority_name, self.authority_web)
        return authority_of(self.country, self.region) or Authority("", "")


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise ValueError(f"there are no texts in {value!r}; write one of {', '.join(LANGUAGES)}")
    return value


class ImapSection(Section):
    """[imap]: the privacy inbox."""

    host: str = ""
    port: int = Field(993, ge=1, le=65535)
    user: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    folder: str = "INBOX"
    processed_folder: str = ""
    tls: Literal["implicit", "none"] = "implicit"
    ca_file: Path | None = None
    authserv_id: str = ""
    idle_seconds: int = Field(240, ge=10, le=300)
    poll_seconds: int = Field(60, ge=1)
    silence_hours: int = Field(6, ge=1)

    @property
    def secret(self) -> str:
        """The password."""
        return _secret(self.password, self.password_file)


class SmtpSection(Section):
    """[smtp]: where letters leave."""

    host: str = ""
    port: int = Field(465, ge=1, le=65535)
    user: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    tls: Tls = "implicit"
    ca_file: Path | None = None
    a_minute: int = Field(60, ge=1)

    @property
    def secret(self) -> str:
        """The password."""
        return _secret(self.password, self.password_file)


class SlackSection(Section):
    """[slack]: the privacy channel and who may do what."""

    mode: Literal["off", "socket", "http"] = "off"
    channel: str = ""
    language: str = "en"
    approvers: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    bot_token: SecretStr = SecretStr("")
    bot_token_file: Path | None = None
    app_token: SecretStr = SecretStr("")
    app_token_file: Path | None = None
    signing_secret: SecretStr = SecretStr("")
    signing_secret_file: Path | None = None
    api_url: str = "https://slack.com/api/"

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        return _language(value)

    @property
    def bot(self) -> str:
        """The bot token (xoxb-…)."""
        return _secret(self.bot_token, self.bot_token_file)

    @property
    def app(self) -> str:
        """The app token (xapp-…), for Socket Mode."""
        return _secret(self.app_token, self.app_token_file)

    @property
    def signing(self) -> str:
        """The signing secret, for HTTP mode."""
        return _secret(self.signing_secret, self.signing_secret_file)


class StoreSection(Section):
    """[store]: Rightsdesk's own database."""

    url: str = "sqlite:///rightsdesk-data/rightsdesk.db"
    key_file: Path = Path("rightsdesk.key")


class EngineSection(Section):
    """[engine]: the durable work; by default beside the store."""

    url: str = "sqlite:///rightsdesk-data/engine.db"
    node: str = "node-1"


class CrmSection(Section):
    """[crm]: the company's CRM database, or one for each dataset of its data map, and the map."""

    url: str = ""
    urls: dict[str, str] = {}
    map: Path = Path("crm.yaml")

    @property
    def databases(self) -> dict[str, str]:
        """The databases by dataset; the first dataset's is "" where only `url` names it."""
        return {FIRST_DATASET: self.url, **self.urls} if self.url else self.urls


class PortalSection(Section):
    """[portal]: the web pages behind the links in letters."""

    url: str = "http://127.0.0.1:8025"
    host: str = "127.0.0.1"
    port: int = Field(8025, ge=0, le=65535)


class PolicySection(Section):
    """[policy]: what the company has decided."""

    approve: tuple[Right, ...] = tuple(right for right in Right if right not in STOP_RIGHTS)
    waiting_days: int = Field(3, ge=0, le=14)
    challenge_hours: int = Field(72, ge=1, le=336)
    challenge_tries: int = Field(3, ge=1, le=10)
    copy_days: int = Field(14, ge=1, le=90)
    reminder_days: tuple[int, ...] = (7, 3, 1)
    repeat_count: int = Field(3, ge=1, le=100)
    max_megabytes: int = Field(25, ge=1, le=100)
    learn_from_decisions: bool = False


class DpoSection(Section):
    """[dpo]: the data protection officer, who gets the weekly summary."""

    address: str = ""
    language: str = "en"

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str) -> str:
        return _language(value)


class Settings(BaseSettings):
    """All settings; the environment (RIGHTSDESK_IMAP__PASSWORD …) goes before the file."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    controller: ControllerSection = ControllerSection()
    imap: ImapSection = ImapSection()
    smtp: SmtpSection = SmtpSection()
    slack: SlackSection = SlackSection()
    store: StoreSection = StoreSection()
    engine: EngineSection = EngineSection()
    crm: CrmSection = CrmSection()
    portal: PortalSection = PortalSection()
    policy: PolicySection = PolicySection()
    dpo: DpoSection = DpoSection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def to_policy(self) -> Policy:
        """Return what decisions depend on."""
        seat, policy = self.controller, self.policy
        domain = seat.address.rpartition("@")[2]
        return Policy(
            controller=Controller(
                name=seat.name,
                address=seat.address,
                country=seat.country,
                region=seat.region,
                regional_days_off=seat.regional_days_off,
                markets=seat.markets,
                zone=ZoneInfo(seat.timezone),
                authority=seat.authority,
                third_countries=seat.third_countries,
                safeguards=seat.safeguards,
                automated_decisions=seat.automated_decisions,
                automated_logic=seat.automated_logic,
            ),
            languages=LANGUAGES,
            default_language=seat.language,
            portal_url=self.portal.url,
            approvals=frozenset(policy.approve),
            waiting_days=policy.waiting_days,
            challenge_hours=policy.challenge_hours,
            challenge_tries=policy.challenge_tries,
            copy_days=policy.copy_days,
            reminder_days=policy.reminder_days,
            repeat_count=policy.repeat_count,
            own_addresses=frozenset({seat.address}),
            authserv_id=self.imap.authserv_id,
            message_id_domain=f"rightsdesk.{domain}",
            max_bytes=policy.max_megabytes * 1024 * 1024,
        )


def load(path: Path = FILE) -> Settings:
    """Read the settings of a file and the environment. Raises SettingsProblem."""
    if not path.exists():
        raise SettingsProblem(f"{path} does not exist: run `rightsdesk init` in this folder, or name it with --config.")

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        settings = FromFile()
    except ValidationError as error:
        raise SettingsProblem("\n".join(_explain(path, problem) for problem in error.errors())) from None
    except SettingsError as error:
        raise SettingsProblem(f'{_variable_of(error)}: a list is written as JSON, such as \'["U1", "U2"]\'.') from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsProblem(f"{path} is not valid TOML: {error}") from None
    return _at(settings, path.resolve().parent)


def _variable_of(error: SettingsError) -> str:
    """Return the environment variable that could not be read; pydantic-settings names its field only."""
    field = re.search(r'field "(\w+)"', str(error))
    section = f"{ENVIRONMENT_PREFIX}{field[1].upper()}__" if field else ENVIRONMENT_PREFIX
    names = ", ".join(sorted(name for name in os.environ if name.upper().startswith(section)))
    return f"environment variable {names}"


def _at(settings: Settings, folder: Path) -> Settings:
    """Return the settings with the paths in them counted from the file's own folder."""

    def there(path: Path | None) -> Path | None:
        return None if path is None else folder / path.expanduser()

    def url(value: str) -> str:
        head, sep, path = value.partition("sqlite:///")
        return f"sqlite:///{folder / path}" if sep and not head and path and not path.startswith("/") else value

    def moved(section: Section) -> Section:
        changed: dict[str, Any] = {name: there(value) for name, value in section if isinstance(value, Path)}
        changed.update({name: url(value) for name, value in section if name == "url" and isinstance(value, str)})
        if isinstance(section, CrmSection):
            changed["urls"] = {name: url(value) for name, value in section.urls.items()}
        return section.model_copy(update=changed)

    return settings.model_copy(update={name: moved(section) for name, section in settings})


def _explain(path: Path, problem: ErrorDetails) -> str:
    """Return one line: the place of the key, what is wrong, and the remedy."""
    section, *keys = [str(part) for part in problem["loc"]] or ["?"]
    key = keys[0] if keys else ""
    place = f"[{section}] {key}".strip()
    variable = ENVIRONMENT_PREFIX + "__".join([section, *keys[:1]]).upper()
    source = f"environment variable {variable}" if variable in os.environ else str(path)
    if problem["type"] == "extra_forbidden":
        return f"{source}: {place} is not a setting.{_nearest(section, key)}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{source}: {place}: {message}."


def _nearest(section: str, key: str) -> str:
    model = Settings.model_fields.get(section)
    known = list(model.annotation.model_fields) if key and model and model.annotation else list(Settings.model_fields)
    near = difflib.get_close_matches(key or section, known, n=1)
    return f" Did you mean {near[0]}?" if near else f" Known here: {', '.join(known)}."
