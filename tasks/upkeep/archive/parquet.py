"""Writes rows as one Parquet file in bounded memory, whatever their number, and reads them back to be compared.

Rows come as PostgreSQL copies them: CSV with a header, NULL is nothing, an empty text is "". Needs the extra `archive`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.tasks.providers.files import discard, sync
from bellwork.tasks.upkeep.archive.errors import ArchiveError, need_archive, plainly

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import ModuleType

    from bellwork.tasks.upkeep.archive.rows import Sum

__all__ = [
    "ArchiveError",
    "ReadBack",
    "Written",
    "columns_of",
    "need_archive",
    "people_in",
    "read_back",
    "rows_in",
    "same_rows",
    "sha256_of",
    "write_parquet",
    "write_without",
]


@dataclass(frozen=True)
class Written:
    """A finished file: its rows, size and SHA-256, Arrow's type of each column, and the digest of its rows."""

    rows: int
    bytes: int
    sha256: str
    schema: dict[str, str]
    digest: str


@dataclass(frozen=True)
class ReadBack:
    """What was read: rows, their digest, and the least and greatest `id` where that is a whole number."""

    rows: int
    digest: str
    min_id: int | None = None
    max_id: int | None = None


@dataclass(frozen=True)
class Without:
    """A file that was written without some persons: its rows, how many named one of them, and who is in it."""

    rows: ReadBack
    changed: int
    people: set[str]
    bytes: int
    sha256: str


def write_parquet(chunks: Iterator[bytes], path: Path, types: Mapping[str, str] | None = None) -> Written:
    """Write rows to a file that is on the disk when this returns; where it raises, there is none.

    Each chunk holds whole rows, the first one the header; `types` are PostgreSQL's names of the columns' types, where
    they are not to be kept as text. Raises ArchiveError, and MissingExtra where pyarrow is not installed.
    """
    try:
        with plainly(f"the archive {path.name!r} could not be written"):
            total, schema = _files().write(chunks, path, types or {})
            sync(path)
            return Written(total.rows, path.stat().st_size, sha256_of(path), schema, total.digest)
    except BaseException:
        discard(path)
        raise


def read_back(path: Path) -> ReadBack:
    """Read every value of a file, a row group at a time; raises ArchiveError for a file that cannot be read."""
    with plainly(f"the archive {path.name!r} could not be read back"):
        return _as_read(_files().read(path))


def same_rows(chunks: Iterator[bytes], types: Mapping[str, str] | None = None) -> ReadBack:
    """Sum up rows as they come from PostgreSQL: what read_back() would return of a file of them."""
    with plainly("rows could not be compared"):
        return _as_read(_files().add_up(chunks, types or {}))


def rows_in(path: Path) -> Iterator[bytes]:
    """Yield the rows of a file as CSV that PostgreSQL copies in, without a header, a row group at a time."""
    with plainly(f"the archive {path.name!r} could not be read"):
        yield from _files().as_csv(path)


def columns_of(path: Path) -> list[str]:
    """Return the names of a file's columns, in order."""
    with plainly(f"the archive {path.name!r} could not be read"):
        return list(_files().names(path))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def people_in(path: Path, person: Collection[str]) -> set[str]:
    """Return every id in these columns of a file, as text."""
    with plainly(f"the archive {path.name!r} could not be read"):
        found: set[str] = _files().people(path, person)
        return found


def write_without(
    source: Path, path: Path, names: Sequence[str], person: Mapping[str, Sequence[str]], *, rows_stay: bool
) -> Without:
    """Write a file's rows into another one that is on the disk when this returns, without these persons.

    Rows that name one in a column of `person` are left out; where they stay, they lose his id and the columns that go
    with it.
    """
    try:
        with plainly(f"the archive {source.name!r} could not be rewritten"):
            total, changed, people = _files().write_without(source, path, names, person, rows_stay=rows_stay)
            sync(path)
            return Without(_as_read(total), changed, people, path.stat().st_size, sha256_of(path))
    except BaseException:
        discard(path)
        raise


def _as_read(total: Sum) -> ReadBack:
    return ReadBack(total.rows, total.digest, total.min_id, total.max_id)


def _files() -> ModuleType:
    from bellwork.tasks.upkeep.archive import files  # noqa: PLC0415 - an extra: whoever archives nothing need not install it

    return files
