"""Drives one peer from its own environment: reads orders from standard input, a line of JSON each, and answers them.

`python -m tests.benchmarks.peers.driver on_huey` imports that module, which holds the peer's three jobs and

    commands()              the command lines of its workers
    prepare()               makes the peer's tables, where it needs some
    send(job, calls)        enqueues calls of a job, in the peer's own way for many
    left()                  the number of jobs that are not finished, as the peer's own store knows
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any, Protocol

from tests.benchmarks import loads
from tests.benchmarks.peers import product

if TYPE_CHECKING:
    from collections.abc import Iterable


class Jobs(Protocol):
    """What a peer's module offers."""

    def commands(self) -> list[list[str]]:
        """Return the command lines of the workers."""

    def prepare(self) -> None:
        """Make what the peer needs on the servers."""

    def send(self, job: str, calls: list[tuple[float, ...]]) -> None:
        """Enqueue calls of a job."""

    def left(self) -> int:
        """Count the unfinished jobs."""


def drive(jobs: Jobs, orders: Iterable[str], answers: Any) -> None:
    """Carry out one order after the other until there are no more."""
    for order in orders:
        answers.write(json.dumps(_carry_out(jobs, *json.loads(order))) + "\n")
        answers.flush()


def _carry_out(jobs: Jobs, verb: str, *words: Any) -> Any:
    match verb:
        case "describe":
            return {"commands": jobs.commands(), "ready": product.READY}
        case "send":
            return jobs.send(*loads.calls(*words))
        case "probe":
            return loads.paced(jobs.send, *words)
        case "left":
            return jobs.left()
    msg = f"no driver knows the order {verb!r}"
    raise ValueError(msg)


def _own_standard_output() -> Any:
    """Keep standard output for answers; whatever else is printed goes to the log."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    answers = _own_standard_output()
    jobs: Any = importlib.import_module(f"tests.benchmarks.peers.{sys.argv[1]}")
    jobs.prepare()
    drive(jobs, sys.stdin, answers)
