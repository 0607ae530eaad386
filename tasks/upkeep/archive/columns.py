"""Reads some columns of an archive back as texts: what is known of its rows is what is in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.tasks.upkeep.archive.errors import plainly

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def read_columns(path: Path, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield a row of texts for each row of the file, a row group at a time; raises ArchiveError."""
    with plainly(f"the archive {path.name!r} could not be read back"):
        import pyarrow.parquet as pq  # noqa: PLC0415 - an extra: whoever archives nothing need not install it

        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=list(names)):
                yield from _texts(batch, names)


def _texts(batch: Any, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    columns = [batch.column(name).to_pylist() for name in names]
    return zip(*(map(str, column) for column in columns), strict=True)
