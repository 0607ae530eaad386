"""Parquet files by Arrow's own hands: whole files written and read a row group at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from bellwork.tasks.upkeep.archive.rows import Sum, schema_of, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def write(chunks: Iterator[bytes], path: Path, types: Mapping[str, str]) -> tuple[Sum, dict[str, str]]:
    """Write rows into a file; return what they come to, and Arrow's type of each column."""
    schema = schema_of(chunks, types)
    total = Sum(schema.names)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in tables(chunks, schema):
            total.add(table)
            writer.write_table(table)
    return total, {field.name: str(field.type) for field in schema}


def read(path: Path) -> Sum:
    """Read every value of a file; return what its rows come to."""
    with pq.ParquetFile(path) as file:
        return _summed(file.schema_arrow.names, groups(file))


def add_up(chunks: Iterator[bytes], types: Mapping[str, str]) -> Sum:
    """Return what rows come to that are in no file."""
    schema = schema_of(chunks, types)
    return _summed(schema.names, tables(chunks, schema))


def as_csv(path: Path) -> Iterator[bytes]:
    """Yield the rows of a file as CSV without a header."""
    with pq.ParquetFile(path) as file:
        for group in groups(file):
            portion = pa.BufferOutputStream()
            arrow_csv.write_csv(group, portion, arrow_csv.WriteOptions(include_header=False))
            yield bytes(portion.getvalue())


def names(path: Path) -> list[str]:
    """Return the names of a file's columns, in order."""
    return list(pq.read_schema(path).names)


def groups(file: Any) -> Iterator[Any]:
    """Yield the row groups of an open file, one in memory at a time."""
    for number in range(file.num_row_groups):
        yield file.read_row_group(number, use_threads=False)


def _summed(columns: list[str], found: Iterator[Any]) -> Sum:
    total = Sum(columns)
    for table in found:
        total.add(table)
    return total
