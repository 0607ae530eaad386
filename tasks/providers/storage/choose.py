"""Opens the storage that a URL names."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import StorageError
from bellwork.tasks.providers.storage.folder import Folder
from bellwork.tasks.providers.storage.objects import SCHEMES, Objects

if TYPE_CHECKING:
    from bellwork.tasks.providers.storage.protocol import Storage


def open_storage(url: str) -> Storage:
    """Return the storage at a URL; raises StorageError where it cannot be used."""
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme == "file":
        return Folder(url)
    if scheme in SCHEMES:
        return _objects(url)
    # Only its scheme is told: the rest may hold a key.
    raise StorageError(f"STORAGE_URL {scheme!r}://… is of no known kind; file, {', '.join(SCHEMES)} can be used")


@lru_cache(maxsize=16)
def _objects(url: str) -> Objects:
    """Keep one client for each store: it holds its connections, and memory:// holds its objects."""
    return Objects(url)
