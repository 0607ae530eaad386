"""What producers say of their orders, in files that outlive them: intended, committed, or never to be committed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

INTENDED, COMMITTED, FORSWORN, BROKEN = "intended", "committed", "forsworn", "broken"


@dataclass
class Promises:
    """All journals together: which orders were tried, which surely are, which must never be, and what went wrong."""

    intended: set[str] = field(default_factory=set)
    committed: set[str] = field(default_factory=set)
    forsworn: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read every journal of the folder; the line that a kill cut short says nothing."""
        promises = cls()
        for journal in sorted(folder.glob("*.journal")):
            *lines, _ = journal.read_text().split("\n")
            for line in lines:
                promises._note(*line.split(" ", 1))
        return promises

    def _note(self, word: str, said: str) -> None:
        if word == BROKEN:
            self.broken.append(said)
        else:
            getattr(self, word).add(said)


class Journal:
    """One producer's file; a line is out of the producer's hands as soon as it is written."""

    def __init__(self, folder: Path, name: str) -> None:
        self.run = f"{name}-{len(list(folder.glob(f'{name}-*.journal'))) + 1}"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL
        self._file = os.open(folder / f"{self.run}.journal", flags, 0o600)

    def write(self, word: str, said: str) -> None:
        """Write a line."""
        os.write(self._file, f"{word} {said}\n".encode())

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
