"""Statements that read in the order of an index, whatever the planner expects."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bellwork.db.driver import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.db.driver import Asked

_SORTERS = ("enable_sort", "enable_seqscan", "enable_bitmapscan")
_OFF = "; ".join(f"SET LOCAL {setting} = off" for setting in _SORTERS).encode()
_AS_BEFORE = "; ".join(f"SET LOCAL {setting} TO DEFAULT" for setting in _SORTERS).encode()


@contextmanager
def in_index_order(conn: Asked) -> Iterator[None]:
    """Let statements read in the order of an index wherever there is one.

    The planner takes queue and actor for independent, expects one row of a kind where there are a million, and would
    read them all in order to sort them.
    """
    driver = psycopg_of(conn)
    driver.execute(_OFF)
    yield
    driver.execute(_AS_BEFORE)
