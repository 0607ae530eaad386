"""What `dramatiq workers.main` loads: checked settings, a database at a right revision, and every actor."""

from __future__ import annotations

import importlib
import sys

import structlog

from db import engine, revision, sessions
from db.settings import SettingsError, settings
from workers import due_set
from workers.broker import broker
from workers.logs import configure

__all__ = ["broker"]

log = structlog.get_logger("bellwork.main")


def check() -> None:
    """Raise SettingsError, in one line that names the variable, for whatever would keep a worker from working."""
    engine.ping()
    sessions.check()
    if revision.is_ahead():
        log.info("the database is ahead of this release", found=revision.current(), known=revision.head())
    elif not revision.is_current():
        found = revision.current() or "none of Bellwork's tables"
        msg = (
            f"DATABASE_URL names a database with {found}, this release needs {revision.head()}: run `bellwork migrate`"
        )
        raise SettingsError(msg)
    if not due_set.ping():
        log.warning("REDIS_URL names a server that does not answer; working from the books until it does")


def load_actors() -> None:
    """Import the modules of WORK_MODULES, whose actors this process will run."""
    for name in settings().work_modules.split(","):
        try:
            importlib.import_module(name.strip())
        except ModuleNotFoundError as error:
            if not f"{name.strip()}.".startswith(f"{error.name}."):
                raise
            msg = f"WORK_MODULES names {name.strip()!r}, which cannot be imported"
            raise SettingsError(msg) from None


configure()
try:
    check()
    load_actors()
except SettingsError as problem:
    sys.stderr.write(f"bellwork: {problem}\n")
    sys.exit(1)
