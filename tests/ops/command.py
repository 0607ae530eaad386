"""Runs `bellwork`, and other programs of ours, as a user does: in a process of their own, somewhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = ("DATABASE_URL", "REDIS_URL", "STORAGE_URL")


def environment(settings: dict[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment, with other settings than its own where some are given."""
    inherited = {name: value for name, value in os.environ.items() if settings is None or name not in OURS}
    return {**inherited, "PYTHONPATH": str(ROOT), **(settings or {})}


def run(
    module: str, *words: str, cwd: Path, settings: dict[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a module to its end."""
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=cwd,
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def bellwork(
    *words: str, cwd: Path, settings: dict[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return run("bellwork.ops.cli", *words, cwd=cwd, settings=settings, timeout=timeout)
