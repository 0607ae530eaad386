"""What authors of systems describe theirs in (docs/systems.md): plain values, which load no engine and no database.

System            everything that Bellwork is told of a system, under the name SYSTEM of a module
CalendarEntry     a recurring job            RetentionRule      which rows leave when, and how
PartitionedTable  a table by time

A name is looked up where it is defined when it is first used: to import this loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bellwork.db.vocabulary import CalendarEntry, PartitionedTable, RetentionRule, System

__all__ = ["CalendarEntry", "PartitionedTable", "RetentionRule", "System"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    found = getattr(import_module("bellwork.db.vocabulary"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
