"""A zip file with users.csv in it, and what else OneRoster lays beside: read part by part, and never unpacked.

No name of an entry is used as a path, and what an entry says of its size is not believed: whoever reads one stops at
MOST bytes, and an entry that swells more than SWELLS times is refused.
"""

from __future__ import annotations

import io
import zipfile
from typing import IO, TYPE_CHECKING, BinaryIO, cast

from bellwork.tasks.content.lists.fault import FileRefused

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes of one file when it is unpacked; entries of an archive; how much longer a file may be than its zipped form,
#: from so many bytes on. Lists of names swell 3 to 20 times, what is to fill a disk 1,000 times.
MOST, ENTRIES, SWELLS, SMALL = 1 << 30, 1_000, 200, 1 << 20
_USERS, _ROLES, _ENROLLMENTS = "users.csv", "roles.csv", "enrollments.csv"
_LOCKED = 0x1
_BROKEN = (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError)


class Archive:
    """The entries of a zip file by which it is read: users.csv, and roles.csv and enrollments.csv where they are."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise FileRefused("the zip file is damaged") from error
        entries = self._zip.infolist()
        if len(entries) > ENTRIES:
            raise FileRefused(f"the zip file has {len(entries):,} entries, and may have {ENTRIES:,}")
        users = self._only(entries, _USERS)
        if users is None:
            raise FileRefused(f"the zip file has no {_USERS}")
        self.users = users
        self.roles, self.enrollments = self._only(entries, _ROLES), self._only(entries, _ENROLLMENTS)

    def open(self, entry: zipfile.ZipInfo) -> BinaryIO:
        """Open an entry; what is wrong with it is found while it is read."""
        if entry.flag_bits & _LOCKED:
            raise FileRefused(f"{_shown(entry)} in the zip file is encrypted; send it without a password")
        try:
            opened = self._zip.open(entry)
        except _BROKEN as error:
            raise FileRefused(f"{_shown(entry)} in the zip file cannot be read") from error
        return cast("BinaryIO", io.BufferedReader(_Watched(opened, entry), 1 << 16))

    def close(self) -> None:
        """Let the file go."""
        self._zip.close()

    def _only(self, entries: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo | None:
        """Return the entry of a name, wherever it lies; raises FileRefused where there are two."""
        found = [each for each in entries if each.filename.replace("\\", "/").rpartition("/")[2].lower() == name]
        found = [each for each in found if "__MACOSX" not in each.filename]
        if len(found) > 1:
            raise FileRefused(f"the zip file has {len(found)} files called {name}; send one of them")
        return found[0] if found else None


class _Watched(io.RawIOBase):
    """An entry as a file, until it is longer than any list."""

    def __init__(self, opened: IO[bytes], entry: zipfile.ZipInfo) -> None:
        self._opened, self._entry, self._read = opened, entry, 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what io.BufferedReader gives
        """Read some bytes; raises FileRefused when they are too many."""
        try:
            found = self._opened.read(len(buffer))
        except (*_BROKEN, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
            raise FileRefused(f"{_shown(self._entry)} in the zip file is damaged") from error
        self._read += len(found)
        if self._read > MOST or self._read > max(SMALL, self._entry.compress_size * SWELLS):
            raise FileRefused(
                f"{_shown(self._entry)} in the zip file is far longer than its zipped form; it is no list"
            )
        buffer[: len(found)] = found
        return len(found)

    def close(self) -> None:
        """Let it go."""
        self._opened.close()
        super().close()


def _shown(entry: zipfile.ZipInfo) -> str:
    """Name an entry without where it says that it lies."""
    return entry.filename.replace("\\", "/").rpartition("/")[2][:40]
