"""Takes the database to a revision of the schema and back, one transaction for each step; two at once are safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from db import sessions
from db.engine import engine
from db.revision import VERSIONS, current, is_ahead

if TYPE_CHECKING:
    from alembic.script import Script

_LEDGER = "bellwork"
_IS_EMPTY = text("""
SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace(:schema))
   AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = to_regnamespace(:schema))
   AND NOT EXISTS (SELECT FROM pg_type WHERE typnamespace = to_regnamespace(:schema))
""")


def upgrade(revision: str = "head") -> None:
    """Take the database forward to `revision` ("head" or an id); steps already taken, by whomever, are not repeated.

    A database that a newer release has migrated stays as it is: going back to an older release is no reason to fail.
    Raises SettingsError where a pooler brings sessions that could wait for a lock for ever (db.sessions), and alembic's
    CommandError for an unknown revision or a schema that cannot be adopted; the steps before the one that failed stay
    done.
    """
    sessions.check()
    if revision == "head" and is_ahead():
        return
    config = _config()
    taken = {step.revision for step in _path(config, current() or "base")}
    for step in reversed(_path(config, revision)):
        if step.revision not in taken:
            command.upgrade(config, step.revision)


def downgrade(revision: str) -> None:
    """Take the database back to `revision` (an id, or "base": nothing of ours is left, not even the version table)."""
    config = _config()
    kept = {step.revision for step in _path(config, revision)}
    for step in _path(config, current() or "base"):
        if step.revision not in kept:
            command.downgrade(config, str(step.down_revision or "base"))
    if not kept:
        _forget_versions()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent).replace("%", "%%"))
    return config


def _path(config: Config, revision: str) -> list[Script]:
    """List the steps that lead to a revision, the last one first."""
    return list(ScriptDirectory.from_config(config).walk_revisions("base", revision))


def _forget_versions() -> None:
    with engine().begin() as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {_LEDGER}.alembic_version"))
        if connection.execute(_IS_EMPTY, {"schema": _LEDGER}).scalar_one():
            connection.execute(text(f"DROP SCHEMA IF EXISTS {_LEDGER}"))
