"""Settings come from the environment (and `.env`), are typed, and are refused at start with the variable's name."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path
from socket import gethostname
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bellwork.db import setting_rules, setting_sources
from bellwork.db.trust import distrust

_NO_URL = (
    "is not a database URL; it looks like postgresql://user:password@host:5432/name, with several hosts like"
    " postgresql://user:password@/name?host=a:5432&host=b:5432&target_session_attrs=read-write; in a password,"
    " encode what is special: %40 for @, %3A for :, %2F for /, %23 for #, %25 for %"
)
_Service = Annotated[str, AfterValidator(setting_rules.http_url)]


class SettingsError(Exception):
    """A setting is missing or unusable; the message is one line that names the variable."""


class Settings(BaseSettings):
    """Every setting of every floor; `.env.example` explains each. Durations are in seconds.

    Those of setting_sources.OWN are read as BELLWORK_… first, by the bare name second.
    """

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True)

    database_url: str
    redis_url: Annotated[str, AfterValidator(setting_rules.redis_url)]
    schemas: Annotated[dict[str, str], NoDecode] = Field(default_factory=dict)

    storage_url: str = "file://./var/storage"
    smtp_url: Annotated[str, AfterValidator(setting_rules.mail_url)] | None = None
    tutoring_manager: Annotated[str, AfterValidator(setting_rules.sender)] | None = None
    mail_from: Annotated[str, AfterValidator(setting_rules.sender)] = "Bellwork <bellwork@localhost>"
    mail_url: _Service | None = None
    mail_key: Annotated[str, AfterValidator(setting_rules.signing_key)] | None = None
    mail_bounces: Annotated[str, AfterValidator(setting_rules.folder)] | None = None
    mail_connections: int = Field(default=4, ge=1, le=100)
    mail_per_domain: int | None = Field(default=None, ge=1, le=1_000_000)
    mail_answer: float = Field(default=600.0, gt=0, le=3_600)
    content_alerts: Annotated[str, AfterValidator(setting_rules.sender)] | None = None
    ping_url: _Service | None = None
    synthetic_requests: bool = Field(default=False, description="a lesson is asked for each hour, on trial")
    invitation_url: _Service | None = None
    support_source: Literal["courses"] | None = None
    support_zone: Annotated[str, AfterValidator(setting_rules.zone)] | None = None
    welcome_per_minute: int = Field(default=600, ge=1, le=1_000_000)
    nudges_per_spell: int = Field(default=5, ge=0, le=1_000)
    llm_base_url: _Service | None = None
    llm_api_key: str | None = None
    llm_model: str = "gpt-4o-mini"
    llm_concurrency: int | None = Field(default=None, ge=1, le=1_000)
    llm_per_minute: int | None = Field(default=None, ge=1, le=100_000)
    tts_base_url: _Service | None = None
    tts_api_key: str | None = None
    tts_model: str = "gpt-4o-mini-tts"
    tts_voice: str = "alloy"
    tts_concurrency: int | None = Field(default=None, ge=1, le=1_000)
    tts_per_minute: int | None = Field(default=None, ge=1, le=100_000)
    labs_url: Annotated[str, AfterValidator(setting_rules.labs_url)] | None = None
    labs_host: Annotated[str, AfterValidator(setting_rules.host_of_labs)] = Field(default_factory=gethostname)
    labs_terminal_url: Annotated[str, AfterValidator(setting_rules.socket_url)] | None = None
    labs_key: Annotated[str, AfterValidator(setting_rules.signing_key)] | None = None
    labs_idle: float | None = Field(default=None, ge=600, le=86_400, description="a lab nobody types into is ended")
    transcripts_base_url: _Service | None = None
    transcripts_api_key: str | None = None
    transcripts_model: str = "whisper-1"
    transcripts_concurrency: int | None = Field(default=None, ge=1, le=1_000)
    transcripts_per_minute: int | None = Field(default=None, ge=1, le=100_000)
    embeddings_base_url: _Service | None = None
    embeddings_api_key: str | None = None
    embeddings_model: str = "text-embedding-3-small"
    embeddings_concurrency: int | None = Field(default=None, ge=1, le=1_000)
    embeddings_per_minute: int | None = Field(default=None, ge=1, le=100_000)

    certificates_url: Annotated[str, AfterValidator(setting_rules.https_url)] | None = None
    certificates_pem: Annotated[str, AfterValidator(setting_rules.file)] | None = None
    certificates_issuer: str = Field(default="Bellwork", max_length=200)
    certificates_fonts: Annotated[str, AfterValidator(setting_rules.folder)] | None = None
    payments_url: Annotated[str, AfterValidator(setting_rules.payments_url)] | None = None
    payments_key: str | None = None

    webhook_private: bool = Field(default=False, description="webhooks may go to private addresses, and by http")

    systems: Annotated[str, AfterValidator(setting_rules.systems)] | None = None
    work_modules: Annotated[str, AfterValidator(setting_rules.modules)] = ""
    web_tokens: Annotated[str, AfterValidator(setting_rules.web_tokens)] | None = None
    web_user_header: Annotated[str, AfterValidator(setting_rules.header)] | None = None
    web_proxies: Annotated[str, AfterValidator(setting_rules.addresses)] = "127.0.0.1,::1"
    web_roles: Annotated[str, AfterValidator(setting_rules.web_roles)] = "*=viewer"
    api_rate: float = Field(default=20.0, gt=0, le=10_000, description="requests a second of each token of the API")
    pooler: Literal["none", "transaction"] = "none"
    pool_size: int = Field(default=20, ge=2, le=500)
    lease: float = Field(default=3.5, ge=1, le=60, description="a worker that was silent this long is gone")
    beat: float = Field(default=1.0, gt=0, le=20)
    misfit_patience: float = Field(
        default=300.0, ge=0, le=86_400, description="that a job waits for a worker which its arguments fit"
    )
    kill_grace: float = Field(default=5.0, ge=0, le=3600, description="between an actor's time limit and the kill")
    max_rss: int | None = Field(default=None, ge=100, description="a worker that takes more megabytes is replaced")
    max_crashes: int = Field(default=5, ge=1, le=100)
    history_days: int = Field(default=30, ge=1, le=3650)
    reconcile: Literal["report", "heal"] = "report"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the names with our prefix before the bare ones, wherever either stands."""
        del file_secret_settings
        return init_settings, *setting_sources.own(settings_cls), env_settings, dotenv_settings

    @model_validator(mode="before")
    @classmethod
    def _blank_is_unset(cls, given: dict[str, Any]) -> dict[str, Any]:
        texts = {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}
        return {name: value for name, value in texts.items() if value not in ("", None)}

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, url: str) -> str:
        try:
            parsed = setting_rules.password_in_its_place(make_url(url))
            if parsed.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
                return _as_psycopg_reads_it(parsed)
        except (ArgumentError, ValueError):
            raise ValueError(_NO_URL) from None
        msg = f"speaks of {parsed.drivername!r}; Bellwork needs PostgreSQL (postgresql://…)"
        raise ValueError(msg)

    @field_validator("schemas", mode="before")
    @classmethod
    def _schemas(cls, value: Any) -> Any:
        if isinstance(value, str):
            pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
            value = {system.strip(): schema.strip() for system, _, schema in pairs}
            if len(value) < len(pairs):
                raise ValueError("maps one system twice")
        if isinstance(value, dict):
            for system, schema in value.items():
                if not isinstance(schema, str) or not setting_rules.SCHEMA_NAME.fullmatch(schema):
                    msg = f"maps {system!r} to {schema!r}, which is no usable schema name; write content=public"
                    raise ValueError(msg)
        return value

    @field_validator("labs_url")
    @classmethod
    def _labs(cls, url: str | None) -> str | None:
        return f"bwrap://{Path(url.removeprefix('bwrap://')).resolve()}" if url else None

    @field_validator("storage_url")
    @classmethod
    def _storage(cls, url: str) -> str:
        if url.startswith("file://."):
            return f"file://{Path(url.removeprefix('file://')).resolve()}"
        return setting_rules.storage_url(url)

    @model_validator(mode="after")
    def _lease_outlives_beats(self) -> Settings:
        if self.lease < 2 * self.beat:
            msg = (
                f"BELLWORK_LEASE ({self.lease} s) must be at least twice BELLWORK_BEAT ({self.beat} s), "
                "or live workers look dead"
            )
            raise ValueError(msg)
        return self

    def schema_of(self, system: str) -> str:
        """Name the PostgreSQL schema of a system: its own name, unless BELLWORK_SCHEMAS maps it."""
        return self.schemas.get(system, system)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Read the settings once; raises SettingsError with one line that names the variable or a file of another user."""
    believe_settings()
    try:
        return Settings(**_embedded_stack())
    except ValidationError as error:
        _explain(error)
    except UnicodeDecodeError:
        raise SettingsError("the file .env is not UTF-8; save it as UTF-8") from None


def _as_psycopg_reads_it(url: URL) -> str:
    """Name the driver; raises ArgumentError or ValueError for hosts and ports that do not go together."""
    named = url.set(drivername="postgresql+psycopg")
    named.get_dialect()().create_connect_args(named)
    return named.render_as_string(hide_password=False)


def _embedded_stack() -> dict[str, Any]:
    """Without DATABASE_URL and REDIS_URL, use the stack that `bellwork up` keeps in ./.bellwork (development only)."""
    if any(os.environ.get(name, "").strip() for name in ("DATABASE_URL", "REDIS_URL")):
        return {}
    record = Path(".bellwork/stack.json")
    _believe(record.parent)
    _believe(record)
    try:
        stack = json.loads(record.read_text())
        os.kill(stack["supervisor_pid"], 0)
    except (OSError, ValueError, KeyError):
        return {}
    return {"database_url": stack["database_url"], "redis_url": stack["redis_url"]}


def believe_settings() -> None:
    """Raise SettingsError where `.env` may be another user's."""
    _believe(Path(".env"))


def _believe(path: Path) -> None:
    """Raise SettingsError for a file of the folder we start in that another user may have put there."""
    if reason := distrust(path):
        raise SettingsError(f"{reason}, or start in another folder; nothing in it was read")


def _explain(error: ValidationError) -> NoReturn:
    lines = []
    for problem in error.errors():
        name = setting_sources.variable(Settings, str(problem["loc"][0])) if problem["loc"] else ""
        if problem["type"] == "missing":
            lines.append(f"{name} is not set; see .env.example, or start a development stack with `bellwork up`")
        else:
            # What fails otherwise is a number or a word to choose from: no secret is among what is repeated here.
            given = "" if problem["type"] == "value_error" else f"is {problem['input']!r}: "
            reason = problem["msg"].removeprefix("Value error, ").replace("Input should", "it should")
            lines.append(f"{name} {given}{reason}".strip())
    raise SettingsError("; ".join(lines)) from None
