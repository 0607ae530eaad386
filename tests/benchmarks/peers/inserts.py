"""A row inserted and a job enqueued in one transaction, as the peers on PostgreSQL do it; timed one by one.

`python -m tests.benchmarks.peers.inserts` reads a line for each, `<name> <row>`, and answers with its microseconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

import psycopg
from pgqueuer.db import SyncPsycopgDriver
from pgqueuer.queries import SyncQueries

from tests.benchmarks import rows
from tests.benchmarks.peers import on_pgqueuer, on_procrastinate

if TYPE_CHECKING:
    from collections.abc import Callable

# PgQueuer insists on autocommit; a transaction is one all the same.
_connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def alone(row: int) -> None:
    """Insert the row alone."""
    _connection.execute(rows.INSERT, (row,))


def procrastinate(row: int) -> None:
    """Insert the row and defer a job over the same connection."""
    alone(row)
    on_procrastinate.nothing.configure(connection=_connection).defer(number=row)


def pgqueuer(row: int) -> None:
    """Insert the row and enqueue a job over the same connection."""
    alone(row)
    SyncQueries(SyncPsycopgDriver(_connection)).enqueue("nothing", json.dumps([row]).encode())


def answer(line: str) -> float:
    """Do what the line asks for, and return the microseconds from BEGIN to the end of COMMIT."""
    name, row = line.split()
    act: Callable[[int], Any] = {"alone": alone, "procrastinate": procrastinate, "pgqueuer": pgqueuer}[name]
    begin = time.perf_counter()
    with _connection.transaction():
        act(int(row))
    return (time.perf_counter() - begin) * 1e6


if __name__ == "__main__":
    on_procrastinate.prepare()
    on_pgqueuer.prepare()
    for asked in sys.stdin:
        sys.stdout.write(f"{answer(asked)}\n")
        sys.stdout.flush()
