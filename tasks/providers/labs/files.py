"""A lab's first files as one tar, made here and unpacked inside the lab, where a path can lead nowhere else."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

from bellwork.tasks.providers.labs.protocol import LabRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_FILES, _MOST_BYTES, _LONGEST_PATH = 1_000, 20_000_000, 200


def packed(files: Mapping[str, str]) -> bytes:
    """Return texts by their paths as a tar; raises LabRefused for paths that leave the home and for too much."""
    if len(files) > _MOST_FILES or sum(map(len, files.values())) > _MOST_BYTES:
        raise LabRefused(f"a lab begins with up to {_MOST_FILES} files of {_MOST_BYTES} characters in all")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, text in sorted(files.items()):
            content = text.encode("utf-8", "replace")
            entry = tarfile.TarInfo(_checked(path))
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _checked(path: str) -> str:
    parts = path.split("/")
    if not path or len(path) > _LONGEST_PATH or "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise LabRefused(f"a starter file is named {path[:80]!r}; names are relative, such as src/app.py, without ..")
    return path
