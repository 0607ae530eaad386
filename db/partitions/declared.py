"""Finds a partitioned table by its name, among those of all systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.systems import partitioned

if TYPE_CHECKING:
    from bellwork.db.vocabulary import PartitionedTable


class UnknownTableError(LookupError):
    """A name that is declared nowhere; the message lists those that are."""


def declared(name: str) -> PartitionedTable:
    """Return the declared table of this name; raises UnknownTableError."""
    for table in partitioned():
        if table.name == name:
            return table
    known = ", ".join(each.name for each in partitioned())
    raise UnknownTableError(f"no table {name!r} is declared; declared are {known}")
