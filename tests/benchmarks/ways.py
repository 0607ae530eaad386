"""The ways to insert a row and to enqueue its job: Bellwork's in this process, the peers' in one of their own."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import bellwork
from bellwork.db.engine import psycopg_of, transaction
from tests.benchmarks import rows
from tests.benchmarks.fleet import ROOT
from tests.benchmarks.peers import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.arena import Arena

    #: Carries out one transaction for a row's number, and returns its microseconds.
    Way = Callable[[int], float]

ALONE = "the row alone, BEGIN and COMMIT"
SECOND = "Bellwork, bellwork.enqueue() as a second statement"
DOOR = "Bellwork, bellwork.enqueue(connection, …) in Python"
ALONE_THERE = "the row alone, in the peers' process"
_SECOND = b"SELECT bellwork.enqueue('bench.nothing', jsonb_build_object('number', %s::int))"
_ONE = b"""
WITH made AS (INSERT INTO bench_rows (id, stage) VALUES (%s, 0) RETURNING id)
SELECT bellwork.enqueue('bench.nothing', jsonb_build_object('number', id)) FROM made
"""


def ours(arena: Arena) -> dict[str, Way]:
    """List the ways of this process."""
    conn, nothing = arena.conn, arena.ours.nothing

    def second(number: int) -> None:
        with conn.transaction():
            conn.execute(rows.INSERT, (number,))
            conn.execute(_SECOND, (number,)).fetchone()

    def door(number: int) -> None:
        with conn.transaction():
            conn.execute(rows.INSERT, (number,))
            bellwork.enqueue(conn, "bench.nothing", {"number": number})

    def alone(number: int) -> None:
        with conn.transaction():
            conn.execute(rows.INSERT, (number,))

    def through_the_engine(number: int) -> None:
        with transaction() as connection:
            psycopg_of(connection).execute(rows.INSERT, (number,))

    def send(number: int) -> None:
        with transaction() as connection:
            psycopg_of(connection).execute(rows.INSERT, (number,))
            nothing.send(number)

    def stock(number: int) -> None:
        alone(number)
        arena.stock.nothing.send(number)

    return {
        ALONE: _timed(alone),
        "Bellwork, bellwork.enqueue() in the same statement": _timed(lambda n: conn.execute(_ONE, (n,)).fetchone()),
        SECOND: _timed(second),
        DOOR: _timed(door),
        "Bellwork, send() in transaction(), with the bell": _timed(send),
        "the row alone in transaction()": _timed(through_the_engine),
        "Dramatiq, a send after the commit (not atomic)": _timed(stock),
    }


def _timed(act: Callable[[int], object]) -> Way:
    def timed(number: int) -> float:
        begin = time.perf_counter()
        act(number)
        return (time.perf_counter() - begin) * 1e6

    return timed


@contextmanager
def peers(arena: Arena) -> Iterator[dict[str, Way]]:
    """Run the peers' ways in a process of their environment, which is asked for one transaction at a time."""
    with arena.log("inserts").open("wb") as said:
        process = subprocess.Popen(
            [str(environment.python()), "-m", "tests.benchmarks.peers.inserts"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )

    def asked(name: str) -> Way:
        def ask(number: int) -> float:
            assert process.stdin
            assert process.stdout
            process.stdin.write(f"{name} {number}\n")
            process.stdin.flush()
            return float(process.stdout.readline())

        return ask

    try:
        yield {
            ALONE_THERE: asked("alone"),
            "Procrastinate, defer() on the same connection": asked("procrastinate"),
            "PgQueuer, enqueue() on the same connection": asked("pgqueuer"),
        }
    finally:
        process.communicate()
