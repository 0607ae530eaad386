"""Which encoding a file has: UTF-8 with or without a mark, UTF-16 by its mark, else Windows-1252, with a warning."""

from __future__ import annotations

import codecs
import io
from typing import TYPE_CHECKING, BinaryIO

from bellwork.tasks.content.lists.fault import FileRefused

if TYPE_CHECKING:
    from collections.abc import Callable

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PART = 1 << 20
#: What a name becomes that was written in another encoding.
WINDOWS = "cp1252"


def find_encoding(open_file: Callable[[], BinaryIO]) -> str:
    """Read a file once and return its encoding; raises FileRefused for one that nobody writes lists in."""
    with open_file() as file:
        first = file.read(_PART)
        for mark, encoding in _MARKS:
            if first.startswith(mark):
                if encoding == "utf-32":
                    raise FileRefused("the file is UTF-32; save it as UTF-8")
                return encoding
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while first:
                decoder.decode(first)
                first = file.read(_PART)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return WINDOWS
    return "utf-8"


def as_text(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """Read a file as text; bytes that its encoding does not have become U+FFFD, which no row may hold."""
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
