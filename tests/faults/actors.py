"""The work of these tests: a pipeline of three stages, and jobs that wait, crash, hang or hold the GIL."""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import dramatiq
from sqlalchemy import text

from bellwork.db.failpoints import reach
from bellwork.workers import LostLease, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

QUEUE = "faults"


def note(what: str, name: str) -> None:
    """Append a line to the log of the folder; it stays, whatever becomes of this process."""
    attempt = job.current()
    line = f"{what} {name} {attempt.number} {os.getpid()}\n"
    log = os.open(folder() / "notes", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(log, line.encode())
    os.close(log)


def folder() -> Path:
    """Name the folder that the test and its workers share."""
    return Path(os.environ["FAULTS"])


@dramatiq.actor(actor_name="faults.write", queue_name=QUEUE, min_backoff=100)
def write(name: str) -> None:
    """First stage."""
    with job.transaction() as conn:
        _advance(conn, name, "asked", "written")
        speak.send(name=name)


@dramatiq.actor(actor_name="faults.speak", queue_name=QUEUE, min_backoff=100)
def speak(name: str) -> None:
    """Second stage: makes the artefact, unless it is there."""
    note("start", name)
    _make(folder() / "artefacts", name)
    with job.transaction() as conn:
        _advance(conn, name, "written", "spoken")
        film.send(name=name)


@dramatiq.actor(actor_name="faults.film", queue_name=QUEUE, min_backoff=100)
def film(name: str) -> None:
    """Last stage."""
    with job.transaction() as conn:
        _advance(conn, name, "spoken", "filmed")


@dramatiq.actor(actor_name="faults.nap", queue_name=QUEUE, min_backoff=100)
def nap(name: str, seconds: float = 0.0) -> None:
    """Take some time, then write one effect."""
    note("start", name)
    time.sleep(seconds)
    finish(name)


@dramatiq.actor(actor_name="faults.hold", queue_name=QUEUE, min_backoff=100)
def hold(name: str) -> None:
    """Wait until the test says go, to all attempts or to this one, then write one effect."""
    note("start", name)
    signs = [folder() / f"go-{name}", folder() / f"go-{name}-{job.current().number}"]
    while not any(sign.exists() for sign in signs):
        time.sleep(0.02)
    finish(name)


@dramatiq.actor(actor_name="faults.crash", queue_name=QUEUE)
def crash(name: str) -> None:
    """Read memory that is not there."""
    note("start", name)
    ctypes.string_at(0)


@dramatiq.actor(actor_name="faults.hang", queue_name=QUEUE, time_limit=1_000, max_retries=1, min_backoff=100)
def hang(name: str) -> None:
    """Never return from a call into C, where no time limit can interrupt it."""
    note("start", name)
    ctypes.CDLL(None).sleep(3600)


@dramatiq.actor(actor_name="faults.hold_gil", queue_name=QUEUE)
def hold_gil(name: str, seconds: int) -> None:
    """Hold the interpreter lock: no other thread of this process runs meanwhile."""
    note("start", name)
    ctypes.PyDLL(None).sleep(seconds)
    finish(name)


def finish(name: str) -> None:
    """Write one effect, and finish the running job with it; leave a note where that is refused."""
    try:
        with job.transaction() as conn:
            _record(conn, name)
    except LostLease:
        note("fenced", name)
        raise


_MOVE = """
UPDATE requests SET status = CAST(:after AS text), history = history || CAST(:after AS text)
WHERE name = :name AND status = :before
"""


def _advance(conn: Connection, name: str, before: str, after: str) -> None:
    """Move a request by compare-and-set; the effect is written either way, so that a second run would show."""
    conn.execute(text(_MOVE), {"name": name, "before": before, "after": after})
    _record(conn, f"{name}:{after}")


def _record(conn: Connection, what: str) -> None:
    conn.execute(text("INSERT INTO effects VALUES (:id, :what)"), {"id": job.current().id, "what": what})


def _make(place: Path, name: str) -> None:
    place.mkdir(exist_ok=True)
    if (place / name).exists():
        return
    rough = place / f".{name}-{os.getpid()}"
    with rough.open("w") as file:
        file.write("first half, ")
        file.flush()
        reach("in_provider", job.current().actor)
        file.write("second half")
    rough.rename(place / name)
