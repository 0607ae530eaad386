"""Copies a detached partition into the storage: one Parquet file, and a manifest that says what is in it."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from bellwork.db.archives import note_people
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.partitions import copied
from bellwork.tasks.providers import storage
from bellwork.tasks.scratch import scratch_folder
from bellwork.tasks.upkeep.archive.errors import ArchiveError
from bellwork.tasks.upkeep.archive.parquet import people_in, write_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.db.partitions import Partition
    from bellwork.db.vocabulary import PartitionedTable
    from bellwork.tasks.upkeep.archive.parquet import Written

#: What of a manifest goes into the registry.
_EVIDENCE = ("rows", "min_id", "max_id", "bytes", "sha256", "digest")


def deposit(table: PartitionedTable, partition: Partition) -> dict[str, Any]:
    """Export, upload and describe a partition; return the evidence that its row is to keep.

    An archive that was refused is not overwritten: each take has a key of its own. Raises ArchiveError, StorageError,
    and MissingExtra where pyarrow is not installed.
    """
    key = key_of(table, partition)
    with workplace() as folder:
        path = folder / "archive.parquet"
        manifest = _export(table, partition, path)
        reach("partition_upload", partition.name)
        if table.person:
            with transaction() as conn:
                note_people(conn, storage().url(f"{key}.parquet"), people_in(path, dict(table.person)))
        url = storage().put(f"{key}.parquet", path)
        manifest_url = storage().put(f"{key}.json", json.dumps(manifest, indent=2).encode())
    return {**{name: manifest[name] for name in _EVIDENCE}, "url": url, "manifest_url": manifest_url}


def key_of(table: PartitionedTable, partition: Partition) -> str:
    """Name the archive of a partition in the storage, without its ending."""
    name = re.sub(r"[^a-z0-9_]", "-", partition.name.lower())
    return f"archive/{table.system}/{table.table}/{name}.{partition.take}"


@contextmanager
def workplace() -> Iterator[Path]:
    """Lend an empty folder for large files, in TMPDIR; it is gone afterwards."""
    with scratch_folder("archive") as folder:
        yield folder


def _announced(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    """Pass the rows on, and stand at the failpoint in their middle."""
    yield next(chunks)
    reach("partition_export", name)
    yield from chunks


def _export(table: PartitionedTable, partition: Partition, path: Path) -> dict[str, Any]:
    """Write the rows into a file and return its manifest; the transaction is over before anything is uploaded."""
    with copied(table, partition.qualified) as source:
        written = write_parquet(_announced(source.chunks, partition.name), path, source.types)
    if written.rows != source.rows:
        raise ArchiveError(f"{partition.name} has {source.rows:,} rows, and {written.rows:,} were exported")
    return {**_manifest(table, partition, written, source.types), "min_id": source.min_id, "max_id": source.max_id}


def _manifest(table: PartitionedTable, partition: Partition, written: Written, types: dict[str, str]) -> dict[str, Any]:
    return {
        "table": table.name,
        "partition": partition.name,
        "column": table.column,
        "starts": partition.starts and partition.starts.isoformat(),
        "ends": partition.ends and partition.ends.isoformat(),
        "rows": written.rows,
        "bytes": written.bytes,
        "sha256": written.sha256,
        "digest": written.digest,
        "columns": types,
        "schema": written.schema,
        "release": _release(),
    }


def _release() -> str:
    """Name the release that runs; a checkout that was not installed has none."""
    try:
        return version("bellwork")
    except PackageNotFoundError:
        return "a checkout"
