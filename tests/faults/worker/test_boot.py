"""A worker that dies while it boots: by what it imports, or by its first job; neither holds anybody up for long."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, jobs, notes
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

#: What is written in a module of the work, the exit code, and the line that says why.
BROKEN = {
    "raises": ("raise RuntimeError('none for anna@school.example')", 1, "RuntimeError: none for ***@school.example"),
    "syntax": ("def (", 1, "SyntaxError: invalid syntax (broken_syntax.py, line 1)"),
    "imports": ("import no_such_thing", 2, "ModuleNotFoundError: No module named 'no_such_thing'"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_w16_a_worker_that_cannot_import_its_work_ends_with_the_reason(kind: str, ground: Path) -> None:
    """It ends within 30 s, not with 0, one line names the error, and no attempt of any job is used up."""
    text, code, reason = BROKEN[kind]
    (ground / f"broken_{kind}.py").write_text(text)
    actors.nap.send(name=f"waits-{kind}")
    [master] = Cluster(ground, masters=1, processes=1, modules=f"tests.faults.actors,broken_{kind}").masters
    env = {**master.env, "PYTHONPATH": f"{master.env['PYTHONPATH']}:{ground}"}
    began = time.monotonic()
    ended = subprocess.run(master.command, cwd=ground, env=env, capture_output=True, text=True, timeout=60, check=False)
    sys.stdout.write(f"{kind}: ended after {time.monotonic() - began:.2f} s\n")

    assert code == ended.returncode
    assert 1 == ended.stderr.splitlines().count(reason), ended.stderr
    assert [("available", 0, 0)] == [(job.state, job.attempt, job.crashes) for job in jobs(f"waits-{kind}")]
    invariants.check()


def test_w16_a_job_that_kills_its_worker_at_its_boot_is_dead_after_its_chances(ground: Path) -> None:
    """It waits for the worker: two boots end by it, the next marks it dead, and what waits with it is done.

    On a busy machine its process is gone before the heartbeat has begun, and the scheduler finds its lease to be over:
    where the next boot is quicker than that heartbeat, a third one ends by it.
    """
    actors.crash.send_with_options(kwargs={"name": "at-boot"}, priority=-1)
    actors.nap.send(name="beside-boot")
    began = time.monotonic()
    with Cluster(ground, masters=1, processes=1, scheduler=True, settings={"MAX_CRASHES": "2"}) as cluster:
        eventually(lambda: jobs("at-boot", "dead") and jobs("beside-boot", "done"), 2 * PATIENCE)
        sys.stdout.write(f"killed at boot: dead after {time.monotonic() - began:.2f} s\n")

        ended = len(notes(ground, "start", "at-boot"))
        assert ended in {2, 3}
        assert 2 == jobs("at-boot")[0].crashes
        assert [ended + 1] == [kept.starts for kept in cluster.masters]
        invariants.check()
