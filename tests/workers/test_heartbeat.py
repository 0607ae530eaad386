"""A heartbeat knows its own workers by what is unique to them: host names and pids come again, and are shared."""

from __future__ import annotations

import io
import logging
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psutil
import pytest
from dramatiq.cli import fork_process, make_argument_parser
from sqlalchemy import text
from structlog.testing import capture_logs

from bellwork.db import ledger
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger import Worker
from bellwork.workers import heartbeat, identity
from tests.db.ledger import ledger_jobs
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ANCESTRY = """
from multiprocessing import get_context
from bellwork.workers.identity import master_id

def say():
    print(master_id(), flush=True)

if __name__ == "__main__":
    for way in ("fork", "spawn"):
        child = get_context(way).Process(target=say)
        child.start()
        child.join()
"""


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing."""
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as process:
        yield process
        process.kill()


@pytest.fixture
def heart(redis_url: str) -> heartbeat.Heart:
    """A heartbeat beside this process, whose workers are registered by the test."""
    del redis_url
    return heartbeat.Heart(os.getppid())


def running(pid: int, master: UUID | None, started: float | None) -> int:
    """Register a worker of this host with a minute of lease, and let it run a job that is overdue at once."""
    worker = Worker(
        uuid4(), socket.gethostname(), pid, os.getppid(), ["default"], {ledger_jobs.ACTOR: 0.0}, master, started
    )
    with transaction() as conn:
        ledger.register_worker(conn, worker, 60)
    [job] = ledger_jobs.put()[-1:]
    ledger_jobs.claim(worker.id, [job])
    return job


def lost(pid: int, master: UUID, started: float) -> int:
    """Let a worker fall silent, and somebody who knows no more make its job available."""
    job = running(pid, master, started)
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.workers SET expires_at = now() - interval '1 s'"))
    with transaction() as conn:
        ledger.rescue_expired(conn)
    assert (0, 1) == counts(job)
    return job


def counts(job: int) -> tuple[int, int]:
    """Tell the crashes and losses of an unfinished job."""
    with transaction() as conn:
        asked = text("SELECT crashes, lost FROM bellwork.jobs WHERE id = :job")
        crashes, losses = conn.execute(asked, {"job": job}).one()
        return crashes, losses


def leases() -> list[object]:
    """List until when the registered workers' leases hold."""
    with transaction() as conn:
        return psycopg_of(conn).execute("SELECT expires_at FROM bellwork.workers ORDER BY id").fetchall()


def test_workers_of_another_master_are_neither_kept_nor_taken(
    heart: heartbeat.Heart, process: subprocess.Popen[bytes]
) -> None:
    """Same host name, same pids, another master, or none named, as by an older release: the lease alone decides."""
    jobs = [running(process.pid, uuid4(), 0.0), running(999_999_999, uuid4(), 0.0), running(process.pid, None, None)]
    before = leases()
    heart.beat()

    assert ["running"] * 3 == [ledger_jobs.show(job)["state"] for job in jobs]
    assert before == leases()
    assert process.poll() is None


def test_a_pid_that_came_again_is_no_sign_of_life(heart: heartbeat.Heart, process: subprocess.Popen[bytes]) -> None:
    """The process of that pid began later than the worker's did: the worker is dead, and the process is left alone."""
    job = running(process.pid, heart.master, identity.started() - 60)
    heart.beat()

    assert ("available", 1) == (ledger_jobs.show(job)["state"], ledger_jobs.show(job)["crashes"])
    assert process.poll() is None


def test_a_heartbeat_that_comes_late_tells_of_a_crash(heart: heartbeat.Heart) -> None:
    """Its worker died before its first beat, and was found by its lease: the master lives, so that was a crash."""
    job = lost(999_999_999, heart.master, 0.0)
    heart.beat()

    assert (1, 0) == counts(job)


def test_what_a_living_worker_lost_is_no_crash(heart: heartbeat.Heart, process: subprocess.Popen[bytes]) -> None:
    """It was only slow, or stood still; when it dies later, that is not charged to what it had lost before."""
    job = lost(process.pid, heart.master, psutil.Process(process.pid).create_time())
    heart.beat()
    process.kill()
    process.wait()
    heart.beat()

    assert (0, 1) == counts(job)


def test_without_its_master_a_heartbeat_charges_nobody(heart: heartbeat.Heart) -> None:
    """Whoever ended the master may have ended the worker, too."""
    heart.master_pid = 999_999_999
    job = lost(999_999_998, heart.master, 0.0)
    heart.beat()

    assert (0, 1) == counts(job)


def test_a_death_is_said_once(heart: heartbeat.Heart) -> None:
    """A transaction holds its job, so the worker is asked about again and again; then the rescue is said."""
    job = running(999_999_999, heart.master, 0.0)
    with capture_logs() as logs:
        with transaction() as conn:
            conn.execute(text("SELECT FROM bellwork.jobs FOR UPDATE"))
            for _ in range(3):
                _in_a_thread(heart.beat)
            assert heart.somebody_died()
        heart.beat()

    assert [("worker died", None), ("rescued", 1)] == [(said["event"], said.get("jobs")) for said in logs]
    assert (1, 0) == counts(job)
    assert not heart.somebody_died()


def test_what_overruns_is_killed_as_the_process_that_it_is(
    heart: heartbeat.Heart, process: subprocess.Popen[bytes]
) -> None:
    """Its own worker is killed for a job past its limit, which counts a retry and no crash."""
    job = running(process.pid, heart.master, psutil.Process(process.pid).create_time())
    heart.beat()

    assert process.wait(60) < 0
    assert ("available", 1, 0) == tuple(ledger_jobs.show(job)[name] for name in ("state", "retries", "crashes"))


def test_all_children_of_a_program_name_the_same_master_and_no_other_program_does(tmp_path: Path) -> None:
    """Forked or spawned, they share it; the same program started again has another."""
    said = [_said(tmp_path) for _ in range(2)]

    assert [2, 2] == [len(lines) for lines in said]
    assert [1, 1] == [len(set(lines)) for lines in said]
    assert set(said[0]) != set(said[1])


def test_a_sigterm_while_the_heartbeat_starts_is_heard_by_it() -> None:
    """Dramatiq holds signals back for the import and then ends the process: it is taken back, and kept in mind."""
    ours, theirs = get_context("fork").Pipe()
    child = get_context("fork").Process(target=_told, args=(theirs,))
    child.start()
    eventually(ours.poll)

    assert [True, False] == ours.recv()
    child.join()


def test_a_sigterm_before_its_first_beat_does_not_end_a_heartbeat(redis_url: str) -> None:
    """Dramatiq ends the process by it while it says that it is ready: what its dead worker had is available at once."""
    del redis_url
    job = running(999_999_999, identity.master_id(), 0.0)
    child = get_context("fork").Process(target=_start, daemon=True)
    child.start()
    child.join(60)

    assert 0 == child.exitcode
    assert ("available", (1, 0)) == (ledger_jobs.show(job)["state"], counts(job))


class _EndsAtReady(io.StringIO):
    """The pipe into which Dramatiq logs, whose reader ends the process as soon as it is ready."""

    def write(self, line: str) -> int:
        if "is ready for action" in line:
            os.kill(os.getpid(), signal.SIGTERM)
        return os.write(2, line.encode())


def _start() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    logging.getLogger().handlers.clear()  # pytest's, beside which Dramatiq sets up none of its own
    del sys.modules[heartbeat.__name__]
    args = make_argument_parser().parse_args(["bellwork.workers.main"])
    fork_process(args, 0, f"{heartbeat.__name__}:run", _EndsAtReady())


def _told(pipe: Any) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    os.kill(os.getpid(), signal.SIGTERM)
    told = [heartbeat._told_while_starting() for _ in range(2)]
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    pipe.send(told)


def _in_a_thread(beat: Callable[[], None]) -> None:
    """Beat outside of the transaction that the test has open."""
    with ThreadPoolExecutor(1) as other:
        other.submit(beat).result(timeout=30)


def _said(folder: Path) -> list[str]:
    path = folder / "ancestry.py"
    path.write_text(_ANCESTRY)
    env = {**os.environ, "PYTHONPATH": str(Path(identity.__file__).parents[2])}
    run = subprocess.run([sys.executable, path], env=env, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()
