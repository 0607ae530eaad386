"""What `dramatiq bellwork.workers.main` loads: checked settings, a database at a right revision, and every actor."""

from __future__ import annotations

import sys

import structlog

from bellwork.db import engine, revision, server, sessions
from bellwork.db.settings import SettingsError
from bellwork.workers import due_set
from bellwork.workers.actors import load_actors
from bellwork.workers.broker import broker
from bellwork.workers.logs import configure

__all__ = ["broker"]

log = structlog.get_logger("bellwork.main")


def check() -> None:
    """Raise SettingsError, in one line that names the variable, for whatever would keep a worker from working."""
    engine.ping()
    server.check()
    sessions.check()
    if revision.is_ahead():
        log.info("the database is ahead of this release", found=revision.current(), known=revision.head())
    if behind := revision.behind():
        raise SettingsError(f"DATABASE_URL names a database with {behind[0]}: run `bellwork migrate`")
    if not due_set.ping():
        log.warning("REDIS_URL names a server that does not answer; polling the ledger until it does")


configure()
try:
    check()
    load_actors()
except SettingsError as problem:
    sys.stderr.write(f"bellwork: {problem}\n")
    sys.exit(1)
except ImportError:
    raise  # Dramatiq logs it, and ends with a code of its own
except Exception:
    log.exception("cannot load")  # multiprocessing would print it as it is
    sys.exit(1)
