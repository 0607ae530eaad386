"""Artefacts in a local folder: each file reaches the disk before it gets its name, and keeps it for ever."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from bellwork.db.failpoints import reach
from bellwork.db.private import make_folder, private
from bellwork.tasks.providers.errors import MissingObjectError, StorageError
from bellwork.tasks.providers.files import create, discard, sync
from bellwork.tasks.providers.storage.protocol import Named, checked

_PREFIX = "file://"
#: No key has a `#`, so no part is ever taken for an object.
_PART = ".part"


class Folder(Named):
    """A Storage in the folder of a file:// URL, which is made where it does not exist."""

    def __init__(self, url: str) -> None:
        self._root = _path(url)
        super().__init__(f"{_PREFIX}{self._root}")

    def put(self, key: str, content: bytes | Path) -> str:
        """Write the content beside its place, sync it, and link it there unless there is a file already."""
        place = self._root / checked(key)
        part = place.with_name(f"{place.name}#{uuid.uuid4().hex}{_PART}")
        try:
            if not place.is_file():
                make_folder(place.parent, sync)
                reach("before_part", key)
                create(part, content)
                reach("after_part", key)
                sync(part)
                reach("before_name", key)
                _claim(part, place)
                reach("after_name", key)
                sync(place.parent)
        except OSError as failed:
            raise StorageError(f"{key!r} could not be stored below {self._root}: {failed}") from failed
        finally:
            discard(part)
        return self.url(key)

    def get(self, key: str) -> bytes:
        """Return the bytes of a file."""
        try:
            return (self._root / checked(key)).read_bytes()
        except FileNotFoundError as missing:
            raise MissingObjectError(f"nothing is stored under {key!r} below {self._root}") from missing
        except OSError as failed:
            raise StorageError(f"{key!r} could not be read below {self._root}: {failed}") from failed

    def fetch(self, key: str, path: Path) -> None:
        """Copy a file."""
        try:
            with (self._root / checked(key)).open("rb") as source, open(path, "wb", opener=private) as file:
                shutil.copyfileobj(source, file, 1 << 20)
        except FileNotFoundError as missing:
            raise MissingObjectError(f"nothing is stored under {key!r} below {self._root}") from missing
        except OSError as failed:
            raise StorageError(f"{key!r} could not be copied from {self._root}: {failed}") from failed

    def open(self, key: str) -> BinaryIO:
        """Open a file."""
        try:
            return (self._root / checked(key)).open("rb")
        except FileNotFoundError as missing:
            raise MissingObjectError(f"nothing is stored under {key!r} below {self._root}") from missing
        except OSError as failed:
            raise StorageError(f"{key!r} could not be read below {self._root}: {failed}") from failed

    def exists(self, key: str) -> bool:
        """Say whether there is such a file."""
        return (self._root / checked(key)).is_file()

    def delete(self, key: str) -> None:
        """Remove a file."""
        try:
            (self._root / checked(key)).unlink(missing_ok=True)
        except OSError as failed:
            raise StorageError(f"{key!r} could not be removed below {self._root}: {failed}") from failed

    def tidy(self, older_than: float) -> int:
        """Remove parts whose writers died: nobody has touched them for so long, and nobody else knows their names."""
        before, parts = time.time() - older_than, self._root.rglob(f"*#*{_PART}")
        return sum(_remove_old(part, before) for part in parts)


def _path(url: str) -> Path:
    path = url.removeprefix(_PREFIX)
    if not path.startswith(("/", "./")):
        raise StorageError(f"STORAGE_URL {url!r} names no folder; it looks like file:///var/lib/bellwork")
    return Path(unquote(path)).resolve()


def _remove_old(part: Path, before: float) -> bool:
    try:
        old = part.stat().st_mtime < before
        if old:
            part.unlink()
    except FileNotFoundError:
        return False  # its writer has just finished, or another one tidies
    except OSError as failed:
        raise StorageError(f"the part {part} could not be removed: {failed}") from failed
    return old


def _claim(part: Path, place: Path) -> None:
    """Give the file its name, unless another writer was faster: then its file is the same, and is kept.

    What has the name and is no file (a folder, a link to nowhere) is an error: nothing would be found under it.
    """
    try:
        os.link(part, place)
    except FileExistsError:
        if not place.is_file():
            raise
    except PermissionError:
        # Some file systems have no links; there a rename is as whole, and the same content may replace itself.
        part.replace(place)
