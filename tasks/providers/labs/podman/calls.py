"""Calls of the command `podman`, whose own settings (containers.conf) choose runtime, storage and control groups."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

from bellwork.tasks.providers.labs.protocol import LabError

#: Seconds in which a call answers.
PATIENCE = 30.0


def call(*arguments: str, stdin: Any = subprocess.DEVNULL, seconds: float = PATIENCE) -> str:
    """Call podman and return what it printed; raises LabError with its own words where it fails or does not answer."""
    done = tried(*arguments, stdin=stdin, seconds=seconds)
    if done.returncode:
        raise LabError(f"podman {arguments[0]} failed: {words(done)}")
    return done.stdout.decode("utf-8", "replace").strip()


def tried(
    *arguments: str, stdin: Any = subprocess.DEVNULL, seconds: float = PATIENCE
) -> subprocess.CompletedProcess[bytes]:
    """Call podman, whatever comes of it; raises LabError where it is not installed or does not answer."""
    try:
        return subprocess.run(
            [program(), *arguments], stdin=stdin, capture_output=True, timeout=seconds, check=False, cwd="/"
        )
    except subprocess.TimeoutExpired as late:
        raise LabError(f"podman {arguments[0]} did not answer within {seconds:g} s") from late


def words(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the end of what a call said of its failure."""
    return done.stderr.decode("utf-8", "replace").strip()[-300:] or f"it ended with {done.returncode}"


def program() -> str:
    """Return where podman is; raises LabError."""
    found = shutil.which("podman")
    if not found:
        raise LabError("podman is not installed on this host, and LABS_URL asks for it (Debian: podman, runc)")
    return found
