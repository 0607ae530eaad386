"""A lab's first files as one tar, made here and unpacked inside the lab, where a path can lead nowhere else."""

from __future__ import annotations

import io
import posixpath
import tarfile
from contextlib import suppress
from typing import TYPE_CHECKING

from bellwork.tasks.providers.labs.protocol import LabRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MOST_FILES, _MOST_BYTES, _LONGEST_PATH = 1_000, 20_000_000, 200


def packed(files: Mapping[str, str], home: Path | None = None) -> bytes:
    """Return texts by their paths as a tar; raises LabRefused for paths that leave the home and for too much.

    `home` is the tar that is to be unpacked over them. A file is left out where it would keep that from being unpacked:
    its learner has made a folder of it since, or a file of a folder around it.
    """
    if len(files) > _MOST_FILES or sum(map(len, files.values())) > _MOST_BYTES:
        raise LabRefused(f"a lab begins with up to {_MOST_FILES} files of {_MOST_BYTES} characters in all")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        folders, others = _held(home)
        for path, text in sorted(files.items()):
            content = text.encode("utf-8", "replace")
            entry = tarfile.TarInfo(_checked(path))
            if path in folders or not others.isdisjoint(_around(path)):
                continue
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _checked(path: str) -> str:
    parts = path.split("/")
    if not path or len(path) > _LONGEST_PATH or "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise LabRefused(f"a starter file is named {path[:80]!r}; names are relative, such as src/app.py, without ..")
    return path


def _held(home: Path | None) -> tuple[set[str], set[str]]:
    """Return the paths of a tar's folders, and those of whatever else it has."""
    folders: set[str] = set()
    others: set[str] = set()
    if home is not None:
        with suppress(tarfile.TarError), tarfile.open(home, "r:") as tar:  # what unpacks it says what is wrong with it
            for entry in tar:
                (folders if entry.isdir() else others).add(posixpath.normpath(entry.name))
                tar.members = []  # type: ignore[attr-defined] # all that were read are kept there else
    return folders, others


def _around(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]
