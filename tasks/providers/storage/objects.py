"""Artefacts in an object store, by obstore; its access keys come from the environment, as its documentation says."""

from __future__ import annotations

import io
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import from_url

from bellwork.db.private import private
from bellwork.db.redaction import place_of
from bellwork.tasks.providers.errors import MissingObjectError, StorageError
from bellwork.tasks.providers.storage.protocol import Named, checked

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMES = ("s3", "gs", "az", "abfs", "abfss", "memory")
#: One request may take so long, and all tries of one request together.
_REQUEST, _ALL_TRIES = timedelta(seconds=60), timedelta(seconds=90)
_CONNECT = timedelta(seconds=5)
#: Bytes. One request that creates an object holds all of it in memory.
LARGE = 32 << 20
#: Bytes that are asked for at a time of an object that is read part by part.
_STRETCH = 1 << 20


class Objects(Named):
    """A Storage in the bucket and below the prefix of a URL."""

    def __init__(self, url: str) -> None:
        super().__init__(place_of(url))  # URLs are kept in tables, and shown
        with _plainly(f"STORAGE_URL {self._base!r} cannot be opened"):
            self._store = from_url(url, **_options(url))

    def put(self, key: str, content: bytes | Path) -> str:
        """Upload an object, unless the key exists: in one request, or a large file piece by piece."""
        if isinstance(content, Path) and content.stat().st_size > LARGE:
            return self._put_large(key, content)
        with _plainly(f"{key!r} could not be stored in {self._base}"):
            try:
                obstore.put(self._store, checked(key), content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return self.url(key)
        return self.url(key)

    def _put_large(self, key: str, content: Path) -> str:
        """Upload in pieces that become an object all at once; a key names its content, so a race is none."""
        if not self.exists(key):
            with _plainly(f"{key!r} could not be stored in {self._base}"):
                obstore.put(self._store, checked(key), content, use_multipart=True)
        return self.url(key)

    def get(self, key: str) -> bytes:
        """Download an object."""
        with _plainly(f"{key!r} could not be read from {self._base}"):
            return bytes(obstore.get(self._store, checked(key)).bytes())

    def fetch(self, key: str, path: Path) -> None:
        """Download an object piece by piece."""
        with _plainly(f"{key!r} could not be read from {self._base}"), open(path, "wb", opener=private) as file:
            file.writelines(obstore.get(self._store, checked(key)))

    def open(self, key: str) -> BinaryIO:
        """Ask for an object's size; stretches of it are asked for when they are read."""
        with _plainly(f"{key!r} could not be read from {self._base}"):
            size = obstore.head(self._store, checked(key))["size"]
        return cast("BinaryIO", io.BufferedReader(_Stretches(self._store, key, size, self._base), _STRETCH))

    def exists(self, key: str) -> bool:
        """Ask for an object's head."""
        try:
            with _plainly(f"{key!r} could not be looked up in {self._base}"):
                obstore.head(self._store, checked(key))
        except MissingObjectError:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove an object."""
        try:
            with _plainly(f"{key!r} could not be removed from {self._base}"):
                obstore.delete(self._store, checked(key))
        except MissingObjectError:
            return

    def tidy(self, older_than: float) -> int:
        """Leave it to the store: an upload in one request that breaks off has never been there."""
        del older_than
        return 0


class _Stretches(io.RawIOBase):
    """An object as a file: each read is a request for a range of its bytes."""

    def __init__(self, store: Any, key: str, size: int, base: str) -> None:
        self._store, self._key, self._size, self._base, self._at = store, key, size, base, 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def seekable(self) -> bool:
        """Say that it can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read from here; nothing at the end."""
        length = min(len(buffer), self._size - self._at)
        if length <= 0:
            return 0
        with _plainly(f"{self._key!r} could not be read from {self._base}"):
            found = bytes(obstore.get_range(self._store, self._key, start=self._at, length=length))
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def _options(url: str) -> dict[str, Any]:
    if url.startswith("memory"):
        return {}
    retries = {"max_retries": 2, "retry_timeout": _ALL_TRIES}
    return {"client_options": {"timeout": _REQUEST, "connect_timeout": _CONNECT}, "retry_config": retries}


@contextmanager
def _plainly(what: str) -> Iterator[None]:
    """Turn whatever the store raises into one line that says what was tried."""
    try:
        yield
    except FileNotFoundError as missing:
        raise MissingObjectError(f"{what}: nothing is there") from missing
    except (BaseError, OSError, ValueError) as failed:
        raise StorageError(f"{what}: {_first_line(failed)}") from failed
    except BaseException as panic:
        # A wrong setting makes obstore panic in Rust; that arrives as a BaseException, which would end a worker.
        if type(panic).__name__ != "PanicException":
            raise
        raise StorageError(f"{what}: {_first_line(panic)}") from panic


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
