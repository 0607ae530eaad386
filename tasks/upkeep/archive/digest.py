"""What makes two tables of rows the same: every value of every column, in order, whatever the file around them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import compute

if TYPE_CHECKING:
    from collections.abc import Sequence


class Digest:
    """A running SHA-256 of each column: which values are NULL, how long each is, and their bytes.

    Rows may come in portions of any size; the result is the same.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._columns = {name: (hashlib.sha256(), hashlib.sha256()) for name in names}

    def add(self, portion: Any) -> None:
        """Take in a table or a batch of Arrow's with the columns in order."""
        for name, (shape, content) in self._columns.items():
            column = portion.column(name)
            for chunk in getattr(column, "chunks", [column]):
                _add(shape, content, chunk)

    def result(self) -> str:
        """Return the digest of the whole, in hexadecimal."""
        whole = hashlib.sha256()
        for name, parts in self._columns.items():
            whole.update(name.encode() + b"\0" + b"".join(part.digest() for part in parts))
        return whole.hexdigest()


def _add(shape: Any, content: Any, chunk: Any) -> None:
    if pa.types.is_string(chunk.type):
        shape.update(_values(compute.fill_null(compute.binary_length(chunk), -1)))
        content.update(_bytes(chunk))
    else:
        shape.update(_values(compute.cast(compute.is_null(chunk), pa.int8())))
        content.update(_values(_whole_numbers(chunk)))


def _whole_numbers(chunk: Any) -> Any:
    """Return booleans, numbers and instants as whole numbers, NULL as 0."""
    if pa.types.is_timestamp(chunk.type):
        chunk = chunk.view(pa.int64())
    return compute.fill_null(compute.cast(chunk, pa.int64()), 0)


def _values(chunk: Any) -> memoryview:
    """Show the bytes of an array of numbers without NULLs."""
    width = chunk.type.bit_width // 8
    return memoryview(chunk.buffers()[1])[chunk.offset * width : (chunk.offset + len(chunk)) * width]


def _bytes(chunk: Any) -> memoryview | bytes:
    """Show the bytes of all texts of an array, one behind the other."""
    if not len(chunk):
        return b""
    _, offsets, data = chunk.buffers()
    ends = memoryview(offsets).cast("i")[chunk.offset : chunk.offset + len(chunk) + 1]
    return memoryview(data)[ends[0] : ends[-1]] if data is not None else b""
