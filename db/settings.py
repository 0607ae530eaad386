"""Settings come from the environment (and `.env`), are typed, and are refused at start with the variable's name."""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

SYSTEMS = ("content", "companion", "tutoring", "courses", "support")
_SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class SettingsError(Exception):
    """A setting is missing or unusable; the message is one line that names the variable."""


class Settings(BaseSettings):
    """Every setting of every floor; `.env.example` explains each. Durations are in seconds."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)

    database_url: str
    redis_url: str
    schemas: Annotated[dict[str, str], NoDecode] = Field(default_factory=dict)

    storage_url: str = "file://./var/storage"
    smtp_url: str | None = None
    mail_from: str = "Bellwork <bellwork@localhost>"
    llm_base_url: str | None = None
    llm_api_key: str | None = None
    llm_model: str = "gpt-4o-mini"
    tts_base_url: str | None = None
    tts_api_key: str | None = None
    tts_model: str = "gpt-4o-mini-tts"
    tts_voice: str = "alloy"

    work_modules: str = "tasks"
    pool_size: int = Field(default=20, ge=2, le=500)
    lease: float = Field(default=3.5, ge=1, le=60, description="a worker that was silent this long is gone")
    beat: float = Field(default=1.0, gt=0, le=20)
    kill_grace: float = Field(default=5.0, ge=0, le=3600, description="between an actor's time limit and the kill")
    max_crashes: int = Field(default=5, ge=1, le=100)
    history_days: int = Field(default=30, ge=1, le=3650)

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, url: str) -> str:
        try:
            parsed = make_url(url.strip())
        except ArgumentError:
            msg = "is not a database URL; it looks like postgresql://user:password@host:5432/name"
            raise ValueError(msg) from None
        if parsed.drivername not in {"postgres", "postgresql", "postgresql+psycopg"}:
            msg = f"speaks of {parsed.drivername!r}; Bellwork needs PostgreSQL (postgresql://…)"
            raise ValueError(msg)
        return parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str) -> str:
        if not url.strip().startswith(("redis://", "rediss://", "unix://")):
            msg = "is not a Redis URL; it looks like redis://host:6379/0 or unix:///path/redis.sock?db=0"
            raise ValueError(msg)
        return url.strip()

    @field_validator("schemas", mode="before")
    @classmethod
    def _schemas(cls, value: Any) -> Any:
        if isinstance(value, str):
            pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
            value = {system.strip(): schema.strip() for system, _, schema in pairs}
        if isinstance(value, dict):
            for system, schema in value.items():
                if system not in SYSTEMS:
                    msg = f"maps {system!r}; the systems are {', '.join(SYSTEMS)}"
                    raise ValueError(msg)
                if not isinstance(schema, str) or not _SCHEMA_NAME.fullmatch(schema) or schema == "bellwork":
                    msg = f"maps {system!r} to {schema!r}, which is no usable schema name; write content=public"
                    raise ValueError(msg)
        return value

    @field_validator("storage_url")
    @classmethod
    def _storage(cls, url: str) -> str:
        if url.startswith("file://."):
            return f"file://{Path(url.removeprefix('file://')).resolve()}"
        if "://" not in url:
            msg = "is not a URL; it looks like file:///var/lib/bellwork, s3://bucket/prefix or gs://bucket/prefix"
            raise ValueError(msg)
        return url

    @model_validator(mode="after")
    def _lease_outlives_beats(self) -> Settings:
        if self.lease < 2 * self.beat:
            msg = f"LEASE ({self.lease} s) must be at least twice BEAT ({self.beat} s), or live workers look dead"
            raise ValueError(msg)
        return self

    def schema_of(self, system: str) -> str:
        """Name the PostgreSQL schema of a system: its own name, unless SCHEMAS maps it."""
        return self.schemas.get(system, system)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Read the settings once; raises SettingsError with one line that names the variable."""
    try:
        return Settings(**_embedded_stack())
    except ValidationError as error:
        _explain(error)


def _embedded_stack() -> dict[str, Any]:
    """Without DATABASE_URL and REDIS_URL, use the stack that `bellwork up` keeps in ./.bellwork (development only)."""
    if os.environ.get("DATABASE_URL") or os.environ.get("REDIS_URL"):
        return {}
    try:
        stack = json.loads(Path(".bellwork/stack.json").read_text())
        os.kill(stack["supervisor_pid"], 0)
    except (OSError, ValueError, KeyError):
        return {}
    return {"database_url": stack["database_url"], "redis_url": stack["redis_url"]}


def _explain(error: ValidationError) -> NoReturn:
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0]).upper() if problem["loc"] else ""
        if problem["type"] == "missing":
            lines.append(f"{name} is not set; see .env.example, or start a development stack with `bellwork up`")
        else:
            reason = problem["msg"].removeprefix("Value error, ")
            lines.append(f"{name} {reason}" if name else reason)
    raise SettingsError("; ".join(lines)) from None
