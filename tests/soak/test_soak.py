"""The soak as it is started: ten seconds under fire end whole; one effect written twice behind its back ends broken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from bellwork.ops.embedded.record import read
from tests.helpers import eventually
from tests.ops.command import environment, run

_TWICE = """
INSERT INTO bellwork_soak.effects SELECT * FROM bellwork_soak.effects WHERE job_id IS NOT NULL LIMIT 1
"""


@pytest.mark.soak
@pytest.mark.timeout(300)
def test_ten_seconds_under_fire_end_whole(tmp_path: Path) -> None:
    """Exit code 0, one JSON document with the seed, the events and no violation; nothing is left behind.

    Off by default, for `.ci/run` soaks for three minutes anyway.
    """
    words = ("--seconds", "10", "--seed", "1", "--json")
    done = run("tests.soak", *words, cwd=tmp_path, settings={"TMPDIR": str(_open(tmp_path))}, timeout=280)
    report: dict[str, Any] = json.loads(done.stdout)
    sys.stdout.write(done.stderr)

    assert (0, "whole", []) == (done.returncode, report["verdict"], report["violations"]), done.stdout
    assert (1, True) == (report["seed"], len(report["events"]) > 3)
    assert sum(report["orders"].values()) > 20
    assert [] == list((tmp_path / "tmp").iterdir())


@pytest.mark.timeout(300)
def test_an_effect_written_twice_ends_broken(tmp_path: Path) -> None:
    """Exit code 1, a verdict that says where everything was kept; the database is not the user's."""
    soak = _start(tmp_path, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    with soak:
        assert soak.stdout
        folder = Path(soak.stdout.readline().rpartition(" in ")[2].strip())
        eventually(lambda: _write_twice(folder), 60)
        told, _ = soak.communicate(timeout=240)
    verdict = told.splitlines()[-1]

    assert 1 == soak.returncode, told
    assert "effects twice" in told
    assert "broken, 1 violation" in verdict or "broken, 2 violations" in verdict
    assert str(folder) in verdict
    assert {"programs.log", "producer-1-1.journal"} <= {kept.name for kept in folder.iterdir()}
    assert [] == [process for process in psutil.process_iter(["cwd"]) if process.info["cwd"] == str(folder)]


def _start(tmp_path: Path, **settings: str) -> subprocess.Popen[str]:
    words = ["--seconds", "3", "--seed", "2", "--workers", "1"]
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "tests.soak", *words],
        cwd=tmp_path,
        env=environment({"TMPDIR": str(_open(tmp_path)), **settings}),
        stdout=subprocess.PIPE,
        text=True,
    )


def _write_twice(folder: Path) -> bool:
    """Write an effect again as soon as there is one; PostgreSQL may be away just now."""
    try:
        with psycopg.connect(read(folder).database_url) as conn:
            return bool(conn.execute(_TWICE.encode()).rowcount)
    except psycopg.OperationalError:
        return False


def _open(tmp_path: Path) -> Path:
    """Make a directory for temporary files that is empty at first and open to the user who runs PostgreSQL."""
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    folder = tmp_path / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder
