"""Jobs that two releases both know: this file is copied beside the workers of each, and imports nothing of tests."""

from __future__ import annotations

import os
import sys
import time
from importlib import import_module
from pathlib import Path

import dramatiq
from sqlalchemy import text

#: In the old release the engine is called `workers`, and has been loaded when its actors are.
_engine = import_module("workers" if "workers" in sys.modules else "bellwork.workers")
Permanent, job = _engine.Permanent, _engine.job

QUEUE, SHORT = "upgrading", "upgrading_short"
_EFFECT = text("INSERT INTO effects VALUES (:id, :what)")


@dramatiq.actor(actor_name="faults.up_long", queue_name=QUEUE, min_backoff=100)
def up_long(name: str, wait: bool = False) -> None:
    """Write one effect, once the test says go where it has to wait."""
    while wait and not _sign("go").exists():
        time.sleep(0.02)
    with job.transaction() as conn:
        conn.execute(_EFFECT, {"id": job.current().id, "what": name})


@dramatiq.actor(actor_name="faults.up_short", queue_name=SHORT, lane="short", min_backoff=100)
def up_short(name: str) -> None:
    """Write one effect in the short lane."""
    with job.transaction() as conn:
        conn.execute(_EFFECT, {"id": job.current().id, "what": name})


@dramatiq.actor(actor_name="faults.up_dead", queue_name=QUEUE, min_backoff=100)
def up_dead(name: str) -> None:
    """Be dead at once, until the test has mended what is wrong."""
    if not _sign("mended").exists():
        raise Permanent("not mended yet")
    up_long.fn(name)


def _sign(name: str) -> Path:
    return Path(os.environ["FAULTS"], name)
