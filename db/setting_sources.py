"""Where settings are read: those with common names as BELLWORK_… first; the environment before `.env`."""

from __future__ import annotations

from typing import Any

from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, PydanticBaseSettingsSource

PREFIX = "BELLWORK_"
#: Settings that another program in the same environment, or in the same `.env`, may have one of by the same name.
OWN = frozenset({
    *("systems", "schemas", "work_modules", "pooler", "pool_size", "lease", "beat", "misfit_patience", "kill_grace"),
    *("max_rss", "max_crashes", "history_days", "reconcile", "web_tokens", "web_user_header", "web_proxies"),
    *("web_roles", "api_rate"),
})  # fmt: skip


class OwnEnvironment(EnvSettingsSource):
    """What the environment says with the prefix; nothing but blanks is as if it were not there."""

    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings, env_prefix=PREFIX)

    def __call__(self) -> dict[str, Any]:
        """Return what is set, by the names of the fields."""
        return _own(super().__call__())


class OwnFile(DotEnvSettingsSource):
    """What `.env` says with the prefix."""

    def __init__(self, settings: type[BaseSettings]) -> None:
        super().__init__(settings, env_prefix=PREFIX)

    def __call__(self) -> dict[str, Any]:
        """Return what is set, by the names of the fields."""
        return _own(super().__call__())


def own(settings: type[BaseSettings]) -> tuple[PydanticBaseSettingsSource, ...]:
    """Return the sources with the prefix, the one that comes first as the first."""
    return OwnEnvironment(settings), OwnFile(settings)


def variable(settings: type[BaseSettings], name: str) -> str:
    """Name the variable that a setting was read from, or may be set with."""
    prefixed = any(name in source() for source in own(settings))
    return f"{PREFIX if prefixed else ''}{name.upper()}"


def _own(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in OWN and str(value).strip()}
