"""Rows as PostgreSQL copies them (CSV) become Arrow's tables, a portion at a time, and are summed up on the way.

Whole numbers, booleans and instants become Arrow's own; everything else stays the text that PostgreSQL wrote, so that
it can be put back as it was.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as arrow_csv

from bellwork.tasks.upkeep.archive.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Bytes of CSV that become one row group: what is in memory at a time, a few times over.
PORTION = 1 << 20
#: PostgreSQL's types that are kept as numbers and instants; the others are kept as text.
_KEPT = {
    "smallint": "int16",
    "integer": "int32",
    "bigint": "int64",
    "boolean": "bool",
    "timestamp with time zone": "timestamp",
}


@dataclass
class Sum:
    """What a number of rows come to: how many they are, their digest, and the range of a whole-numbered `id`."""

    names: list[str]
    rows: int = 0
    min_id: int | None = None
    max_id: int | None = None
    _digest: Digest = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no row."""
        self._digest = Digest(self.names)

    def add(self, table: Any) -> None:
        """Take in the next rows."""
        self._digest.add(table)
        self.rows += len(table)
        if "id" in self.names and len(table) and pa.types.is_integer(table.schema.field("id").type):
            found = compute.min_max(table.column("id")).as_py()
            self.min_id = min(value for value in (self.min_id, found["min"]) if value is not None)
            self.max_id = max(value for value in (self.max_id, found["max"]) if value is not None)

    @property
    def digest(self) -> str:
        """The digest of all values, in hexadecimal."""
        return self._digest.result()


def schema_of(chunks: Iterator[bytes], types: Mapping[str, str]) -> Any:
    """Take the header off the rows, and give each column its type in Arrow; StopIteration where there is none."""
    names = next(csv.reader([bytes(next(chunks)).decode().rstrip("\n")]))
    return pa.schema([(name, _arrow(types.get(name))) for name in names])


def tables(chunks: Iterator[bytes], schema: Any) -> Iterator[Any]:
    """Yield the rows behind the header as tables; raises what Arrow raises for a value that is not of its type."""
    for portion in _portions(chunks):
        yield _parsed(portion, schema)


def _arrow(kind: str | None) -> Any:
    kept = _KEPT.get(kind or "", "string")
    return pa.timestamp("us", tz="UTC") if kept == "timestamp" else pa.type_for_alias(kept)


def _portions(chunks: Iterator[bytes]) -> Iterator[bytearray]:
    """Join rows up to the size of a portion; a row that is larger makes a larger portion."""
    gathered = bytearray()
    for chunk in chunks:
        gathered += chunk
        if len(gathered) >= PORTION:
            yield gathered
            gathered = bytearray()
    if gathered:
        yield gathered


def _parsed(portion: bytearray, schema: Any) -> Any:
    return arrow_csv.read_csv(
        pa.BufferReader(portion),
        arrow_csv.ReadOptions(column_names=schema.names, block_size=len(portion) + 1),
        arrow_csv.ParseOptions(newlines_in_values=True),
        arrow_csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
