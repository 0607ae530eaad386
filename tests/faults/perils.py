"""Jobs that end badly: by a signal, by an exception of every family, by taking memory; and one that stores a file."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import dramatiq

from bellwork.tasks.providers import storage
from bellwork.workers import job
from tests.faults.actors import QUEUE, crash, finish, hold, note

if TYPE_CHECKING:
    from collections.abc import Callable

#: What a job may raise beside ordinary exceptions.
RAISED: dict[str, BaseException] = {
    "sys.exit": SystemExit(3),
    "ctrl-c": KeyboardInterrupt(),
    "generator exit": GeneratorExit(),
    "base": BaseException("of no family"),
}


@dramatiq.actor(actor_name="faults.keep", queue_name=QUEUE, min_backoff=100)
def keep(name: str) -> None:
    """Store a file that says which attempt wrote it, then write one effect."""
    note("start", name)
    storage().put(f"kept/{name}", f"attempt {job.current().number}".encode())
    finish(name)


@dramatiq.actor(actor_name="faults.leave", queue_name=QUEUE)
def leave(name: str, code: int) -> None:
    """End the process as C code does: at once, without a word."""
    note("start", name)
    os._exit(code)


@dramatiq.actor(actor_name="faults.raise", queue_name=QUEUE, max_retries=1, min_backoff=50)
def throw(name: str, what: str) -> None:
    """Raise something that `except Exception` does not see."""
    note("start", name)
    raise RAISED[what]


@dramatiq.actor(actor_name="faults.hoard", queue_name=QUEUE, max_retries=1, min_backoff=50)
def hoard(name: str, megabytes: int, *, killed: bool) -> None:
    """Take memory until there is none, or until the kernel would kill for it: then by its signal, as it does."""
    note("start", name)
    taken = [bytearray(1 << 20) for _ in range(megabytes)]
    if killed:
        os.kill(os.getpid(), signal.SIGKILL)
    del taken
    finish(name)


@dramatiq.actor(actor_name="faults.swell", queue_name=QUEUE)
def swell(name: str, megabytes: int) -> None:
    """Take memory and keep it until the test says go."""
    taken = [bytes(1 << 20) + b"1" for _ in range(megabytes)]
    hold.fn(name)
    del taken


@dramatiq.actor(actor_name="faults.look", queue_name=QUEUE, min_backoff=50)
def look(name: str) -> None:
    """Do something that needs no transaction of its own."""
    note("start", name)


@dramatiq.actor(actor_name="faults.ring", queue_name=QUEUE)
def ring(name: str) -> None:
    """Send a job to another queue, where nobody can carry it on: it has to be announced."""
    with job.transaction():
        answer.send(name=name)


@dramatiq.actor(actor_name="faults.answer", queue_name="faults-answers")
def answer(name: str) -> None:
    """Write one effect."""
    finish(name)


#: Ways to take the whole process along, and what sends a job that goes that way.
DEADLY: dict[str, Callable[[str], object]] = {
    "segfault": lambda name: crash.send(name=name),
    "os._exit": lambda name: leave.send(name=name, code=3),
    "out of memory": lambda name: hoard.send(name=name, megabytes=50, killed=True),
}
