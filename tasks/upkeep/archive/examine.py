"""Reads an archive back, twice, before anybody relies on it: it is what was written, and holds what was exported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bellwork.db.failpoints import reach
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.archive.deposit import workplace
from bellwork.tasks.upkeep.archive.errors import ArchiveError
from bellwork.tasks.upkeep.archive.parquet import read_back, sha256_of

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.db.partitions import Partition


def examine(partition: Partition) -> None:
    """Fetch the archive of a partition two times: its bytes, then its rows and every value must be as registered.

    Raises ArchiveError or MissingObjectError for an archive that is not to be relied on, StorageError where the storage
    could not be asked.
    """
    with workplace() as folder:
        path = folder / "archive.parquet"
        check_bytes(partition, fetched(partition, path))
        _check_manifest(partition)
        reach("partition_verify", partition.name)
        check_bytes(partition, fetched(partition, path))
        check_rows(partition, path)


def fetched(partition: Partition, path: Path) -> Path:
    """Fetch the archive of a partition into a file; raises MissingObjectError where it is gone."""
    storage().fetch(storage().key_of(str(partition.url)), path)
    return path


def check_rows(partition: Partition, path: Path) -> None:
    """Raise ArchiveError unless the file holds the rows of the registry: number, range of keys, every value."""
    found = read_back(path)
    for what in ("rows", "min_id", "max_id", "digest"):
        _compare(partition, what, getattr(found, what), getattr(partition, what))


def check_bytes(partition: Partition, path: Path) -> None:
    """Raise ArchiveError unless the file is the one of the registry, byte for byte."""
    _compare(partition, "bytes", path.stat().st_size, partition.bytes)
    _compare(partition, "sha256", sha256_of(path), partition.sha256)


def _check_manifest(partition: Partition) -> None:
    try:
        manifest = json.loads(storage().get(storage().key_of(str(partition.manifest_url))))
    except ValueError as error:
        raise ArchiveError(f"the manifest of {partition.name} at {partition.manifest_url} is no JSON") from error
    for what in ("rows", "sha256", "digest"):
        _compare(partition, what, manifest.get(what), getattr(partition, what))


def _compare(partition: Partition, what: str, found: object, expected: object) -> None:
    if found != expected:
        raise ArchiveError(f"the archive of {partition.name} at {partition.url} has {what} {found}, not {expected}")
