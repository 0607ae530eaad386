"""Starts the fleet of a soak: masters of workers, some in containers that look alike, schedulers, then producers."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

from bellwork.db import registered
from bellwork.db.engine import psycopg_of, transaction
from bellwork.ops import embedded
from tests.soak.sql import order_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from tests.soak.field import Field

#: A worker master's size: small enough for two cores, large enough that neighbours suffer when one of them dies.
PROCESSES, THREADS = 2, 4
SIZE = ("--processes", str(PROCESSES), "--threads", str(THREADS), "--worker-shutdown-timeout", "8000")
SCHEDULERS, PRODUCERS = 2, 2
#: Masters in containers that share this machine's host name, and have the same pids inside. A single master has none.
CONTAINERS = 2
_CONTAINER = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
#: Orders a second of one producer.
RATE = "6"
#: Seconds until every worker of a new fleet has to be there.
BOOT = 60.0
_WORKER = [sys.executable, "-m", "dramatiq", "bellwork.workers.main", *SIZE]


def launch(field: Field, masters: int) -> None:
    """Start the fleet, and return when every worker is there and every producer at work."""
    fleet = field.fleet
    for number in range(1, masters + 1):
        fleet.launch(f"worker-{number}", _WORKER)
    for number in range(1, SCHEDULERS + 1):
        fleet.launch(f"scheduler-{number}", [sys.executable, "-m", "bellwork.scheduler"])
    for number in range(1, CONTAINERS * (masters > 1 and _can_contain()) + 1):
        fleet.launch(f"worker-contained-{number}", [*_CONTAINER, *_WORKER])
    _await(field, "workers", len(fleet.named("worker")) * PROCESSES, lambda conn: registered.workers(psycopg_of(conn)))
    for number in range(1, PRODUCERS + 1):
        words = [str(field.folder), f"producer-{number}", str(field.seed), RATE]
        fleet.launch(f"producer-{number}", [sys.executable, "-m", "tests.soak.producer", *words])
    _await(field, "orders", PRODUCERS, order_rows.list_orders)


def _can_contain() -> bool:
    """Tell whether this machine lets us start programs in pid namespaces of their own."""
    return os.geteuid() == 0 and shutil.which("unshare") is not None


def _await(field: Field, what: str, count: int, listed: Callable[[Connection], list[Any]]) -> None:
    deadline = time.monotonic() + BOOT
    while time.monotonic() < deadline:
        with transaction() as conn:
            if len(listed(conn)) >= count:
                return
        time.sleep(0.1)
    raise embedded.EmbeddedError(
        f"there were no {count} {what} after {BOOT:g} s; programs.log in {field.keep()} says why"
    )
