"""How far the jobs are, without asking a server: a file that all processes map, and each job leaves its mark in."""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path

#: Marks, of a byte each, and notes, of a double each; a page that nobody touches is not there.
MARKS, NOTES = 1 << 21, 1 << 14
_NOTE = struct.Struct("d")


class Marks:
    """A byte a job, set when it is through, and a number a job where one is to be kept. Numbers begin at 0."""

    def __init__(self, path: Path) -> None:
        """Map the file, which is made where there is none."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(descriptor, MARKS + NOTES * _NOTE.size)
        self._bytes = mmap.mmap(descriptor, 0)
        os.close(descriptor)

    def done(self, number: int) -> None:
        """Mark a job; again is no harm, and no other job's mark is touched, whoever runs at the same time."""
        self._bytes[number] = 1

    def note(self, number: int, value: float) -> None:
        """Keep a number other than 0."""
        _NOTE.pack_into(self._bytes, MARKS + number * _NOTE.size, value)

    def count(self, jobs: int) -> int:
        """Count the marks of the first `jobs` jobs."""
        return self._bytes[:jobs].count(1)

    def notes(self, count: int) -> list[float]:
        """List the first `count` numbers, those that are there."""
        kept = self._bytes[MARKS : MARKS + count * _NOTE.size]
        return [value for (value,) in _NOTE.iter_unpack(kept) if value]

    def clear(self, jobs: int) -> None:
        """Forget the marks of the first `jobs` jobs, and as many numbers."""
        if jobs > MARKS:
            msg = f"{jobs!r} jobs are asked for, {MARKS} can be marked"
            raise ValueError(msg)
        size = min(jobs, NOTES) * _NOTE.size
        self._bytes[:jobs] = bytes(jobs)
        self._bytes[MARKS : MARKS + size] = bytes(size)


def mine() -> Marks:
    """Open the file that BENCH_MARKS names, in a worker process."""
    return Marks(Path(os.environ["BENCH_MARKS"]))
