"""What an operation does to those who go on writing beside it, and to a reader that holds its transaction open."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from tests.benchmarks.fleet import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Seconds: before the operation, for what is usual, and after it, for those who still wait.
BEFORE, AFTER = 2.0, 0.5


@dataclass(frozen=True)
class Scene:
    """Who else is there: a writer of statements, in turn, at a rate; and a reader whose transaction stays `held` s."""

    url: str
    statements: list[str]
    rate: float
    reads: str = ""
    held: float = 0.0


@dataclass(frozen=True)
class Beside:
    """One operation: its seconds, the longest wait of a writer during it and before it (ms), and writes a second."""

    seconds: float
    longest: float
    usual: float
    rate: float
    usual_rate: float
    errors: dict[str, int]


@dataclass(frozen=True)
class Written:
    """What a writer did: moments at which it wanted to write, what each write took from then on, and what failed."""

    moments: list[float]
    waits: list[float]
    errors: dict[str, int]

    def longest(self, begin: float, end: float) -> float:
        """Return the longest wait, in ms, that lies in a span, be it in part."""
        inside = [wait for moment, wait in self._pairs() if moment < end and moment + wait > begin]
        return max(inside, default=0.0) * 1000

    def rate(self, begin: float, end: float) -> float:
        """Return how many writes a second ended in a span."""
        return sum(begin <= moment + wait < end for moment, wait in self._pairs()) / (end - begin)

    def _pairs(self) -> Iterator[tuple[float, float]]:
        return zip(self.moments, self.waits, strict=True)


def beside_others(scene: Scene, act: Callable[[], object]) -> Beside:
    """Carry out `act` in a scene."""
    with _writing(scene) as writer:
        begin = time.monotonic()
        time.sleep(BEFORE)
        with _reading(scene):
            started = time.monotonic()
            act()
            ended = time.monotonic()
        time.sleep(AFTER)
        written = _stop(writer)
    return Beside(
        seconds=ended - started,
        longest=written.longest(started, ended),
        usual=written.longest(begin, started),
        rate=written.rate(started, ended),
        usual_rate=written.rate(begin, started),
        errors=written.errors,
    )


@contextmanager
def _writing(scene: Scene) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.open_loop"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": scene.url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert _ask(process, json.dumps({"rate": scene.rate, "statements": scene.statements})) == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def _stop(process: subprocess.Popen[str]) -> Written:
    told = json.loads(_ask(process, "enough"))
    return Written(told["moments"], told["waits"], told["errors"])


def _ask(process: subprocess.Popen[str], line: str) -> str:
    assert process.stdin
    assert process.stdout
    process.stdin.write(line + "\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    assert answer, "the writer is gone"
    return answer


@contextmanager
def _reading(scene: Scene) -> Iterator[None]:
    """Hold a transaction that has read, for its seconds from now on, and wait for its end."""
    if not scene.reads:
        yield
        return
    with psycopg.connect(scene.url) as reader:
        reader.execute(scene.reads.encode())
        thread = threading.Timer(scene.held, reader.rollback)
        thread.start()
        try:
            yield
        finally:
            thread.join()
