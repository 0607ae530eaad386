"""Parquet files by Arrow's own hands: whole files written and read a row group at a time."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import compute
from pyarrow import csv as arrow_csv

from bellwork.tasks.upkeep.archive.rows import Sum, schema_of, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path


class Rewritten(NamedTuple):
    """What the rows of a rewritten file come to, how many named a person who is gone, and who is still in it."""

    total: Sum
    changed: int
    people: set[str]


def write(chunks: Iterator[bytes], path: Path, types: Mapping[str, str]) -> tuple[Sum, dict[str, str]]:
    """Write rows into a file; return what they come to, and Arrow's type of each column."""
    schema = schema_of(chunks, types)
    total = Sum(schema.names)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for table in tables(chunks, schema):
            total.add(table)
            writer.write_table(table)
    return total, {field.name: str(field.type) for field in schema}


def write_without(
    source: Path, path: Path, names: Sequence[str], person: Mapping[str, Sequence[str]], *, rows_stay: bool
) -> Rewritten:
    """Write the rows of one file into another, without these persons, whose ids stand in the columns of `person`.

    Rows that name one are left out; where they stay, they lose his id and what other columns say of him.
    """
    wanted, changed, people = pa.array(names, pa.string()), 0, set[str]()
    with pq.ParquetFile(source) as file, pq.ParquetWriter(path, file.schema_arrow, compression="zstd") as writer:
        total = Sum(file.schema_arrow.names)
        for group in groups(file):
            his = {name: compute.is_in(_as_text(group, name), value_set=wanted) for name in person}
            either = reduce(compute.or_, his.values())
            changed += compute.sum(either).as_py() or 0
            kept = _emptied(group, his, person) if rows_stay else group.filter(compute.invert(either))
            people |= _people(kept, person)
            total.add(kept)
            writer.write_table(kept)
    return Rewritten(total, changed, people)


def people(path: Path, person: Collection[str]) -> set[str]:
    """Return every id in these columns of a file."""
    with pq.ParquetFile(path) as file:
        return set[str]().union(*(_people(group, person) for group in groups(file)))


def _emptied(group: Any, his: Mapping[str, Any], person: Mapping[str, Sequence[str]]) -> Any:
    for name, where in his.items():
        for column in (name, *person[name]):
            field = group.schema.field(column)
            # Arrow's own if_else keeps the bytes of a text that it makes NULL.
            pairs = zip(group.column(column).to_pylist(), where.to_pylist(), strict=True)
            emptied = pa.array([None if is_his else value for value, is_his in pairs], field.type)
            group = group.set_column(group.schema.get_field_index(column), field, emptied)
    return group


def _people(group: Any, person: Collection[str]) -> set[str]:
    found = (compute.unique(_as_text(group, name)).to_pylist() for name in person)
    return {value for values in found for value in values if value is not None}


def _as_text(group: Any, name: str) -> Any:
    return compute.cast(group.column(name), pa.string())


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
