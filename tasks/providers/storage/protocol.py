"""What a storage does, and which keys it takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO, Protocol

from bellwork.tasks.providers.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 200
_PART = r"[a-z0-9_-][a-z0-9_.-]*"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*")


class Storage(Protocol):
    """Holds objects by key. An object is never changed: whoever puts an existing key again gets the first one's URL.

    Callers name objects by content key, so that a repeated stage finds what it made before. Raises StorageError.
    """

    def put(self, key: str, content: bytes | Path) -> str:
        """Store bytes, or the file at a path, under a key and return its URL; nobody ever sees a part of it."""

    def get(self, key: str) -> bytes:
        """Return what is stored under a key; raises MissingObjectError."""

    def fetch(self, key: str, path: Path) -> None:
        """Copy what is stored under a key to a file, whatever its size; raises MissingObjectError."""

    def open(self, key: str) -> BinaryIO:
        """Open what is stored under a key to be read from anywhere, a part at a time; raises MissingObjectError."""

    def exists(self, key: str) -> bool:
        """Say whether anything is stored under a key."""

    def delete(self, key: str) -> None:
        """Remove a key; one that is not there is removed already."""

    def tidy(self, older_than: float) -> int:
        """Remove what writers left behind that died in the middle, untouched for so many seconds; returns how much."""

    def url(self, key: str) -> str:
        """Return the URL that an object has, or would have."""

    def key_of(self, url: str) -> str:
        """Return the key of an object of this storage by its URL; raises StorageError for any other URL."""


class Named:
    """A storage whose objects have URLs that begin with its own."""

    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")

    def url(self, key: str) -> str:
        """Return the URL that an object has, or would have."""
        return f"{self._base}/{checked(key)}"

    def key_of(self, url: str) -> str:
        """Return the key of an object of this storage by its URL."""
        if not url.startswith(f"{self._base}/"):
            raise StorageError(f"the URL {url!r} is not below {self._base!r}")
        return checked(url.removeprefix(f"{self._base}/"))


def checked(key: str) -> str:
    """Return a key that cannot lead anywhere else; raises StorageError for any other."""
    if len(key) > _LONGEST or not _KEY.fullmatch(key) or ".." in key:
        raise StorageError(
            f"{key[:80]!r} is no key: up to {_LONGEST} of a-z 0-9 _ . - in parts that are joined by / "
            "and begin with none of . and /"
        )
    return key
