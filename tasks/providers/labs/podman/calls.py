"""Calls of the command `podman`, whose own settings (containers.conf) choose runtime, storage and control groups."""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import time
from typing import Any

from bellwork.tasks.providers.labs.protocol import LabError

#: Seconds in which a call answers.
PATIENCE = 30.0
#: Bytes of what a call prints that are kept.
_MOST = 2**20


def call(*arguments: str, stdin: Any = subprocess.DEVNULL, seconds: float = PATIENCE) -> str:
    """Call podman and return what it printed; raises LabError with its own words where it fails or does not answer."""
    done = tried(*arguments, stdin=stdin, seconds=seconds)
    if done.returncode:
        raise LabError(f"podman {arguments[0]} failed: {words(done)}")
    return done.stdout.decode("utf-8", "replace").strip()


def tried(
    *arguments: str, stdin: Any = subprocess.DEVNULL, seconds: float = PATIENCE
) -> subprocess.CompletedProcess[bytes]:
    """Call podman, whatever comes of it; raises LabError where it is not installed or does not answer.

    Of what it prints the last megabyte is kept: programs of a lab print as much as they like.
    """
    process = subprocess.Popen(
        [program(), *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/"
    )
    with process:
        try:
            out, error = _ends_of(process, time.monotonic() + seconds)
        except subprocess.TimeoutExpired as late:
            process.kill()
            raise LabError(f"podman {arguments[0]} did not answer within {seconds:g} s") from late
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, error)


def _ends_of(process: subprocess.Popen[bytes], ends: float) -> tuple[bytes, bytes]:
    """Wait for a process, and return the ends of its output and of its errors; raises TimeoutExpired."""
    kept: dict[Any, bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as open_:
        for pipe in kept:
            open_.register(pipe, selectors.EVENT_READ)
        while open_.get_map():
            left = ends - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(process.args, left)
            for ready, _ in open_.select(left):
                piece = os.read(ready.fd, 65_536)
                if not piece:
                    open_.unregister(ready.fileobj)
                kept[ready.fileobj] += piece
                del kept[ready.fileobj][:-_MOST]
    process.wait(max(0.001, ends - time.monotonic()))
    return bytes(kept[process.stdout]), bytes(kept[process.stderr])


def words(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the end of what a call said of its failure."""
    return done.stderr.decode("utf-8", "replace").strip()[-300:] or f"it ended with {done.returncode}"


def program() -> str:
    """Return where podman is; raises LabError."""
    found = shutil.which("podman")
    if not found:
        raise LabError("podman is not installed on this host, and LABS_URL asks for it (Debian: podman, runc)")
    return found
