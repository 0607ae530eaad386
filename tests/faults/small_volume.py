"""A small volume in memory, that a test fills to the last byte and empties again."""

from __future__ import annotations

import errno
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 65_536


@contextmanager
def small_volume(megabytes: int, place: Path | None = None) -> Iterator[Path]:
    """Mount one, on a new folder unless told, open for all to walk through; skips the test where that is forbidden.

    A folder that was told stays: workers write into it as soon as the volume is gone.
    """
    own = place is None
    place, options = place or Path(mkdtemp(prefix="bellwork-")), f"size={megabytes}m,mode=0755"
    place.chmod(0o755)
    command = ["/bin/mount", "-t", "tmpfs", "-o", options, "bellwork-tests", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs root, and the right to mount a small volume")
    try:
        yield place
    finally:
        subprocess.run(["/bin/umount", "--lazy", str(place)], check=True)
        if own:
            place.rmdir()


@contextmanager
def full(place: Path) -> Iterator[None]:
    """Leave no room on a volume, until the end of the block."""
    ballast = os.open(place / "ballast", os.O_WRONLY | os.O_CREAT)
    for size in (_CHUNK, 1):
        while _written(ballast, size):
            pass
    os.close(ballast)
    try:
        yield
    finally:
        (place / "ballast").unlink()


def _written(ballast: int, size: int) -> bool:
    try:
        return os.write(ballast, bytes(size)) > 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return False
