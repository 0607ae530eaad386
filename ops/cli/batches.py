"""Deeds on any number of jobs: a transaction for each thousand of them, and on stderr how far it has come."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

#: Seconds between two lines about how far it has come.
SAY_EVERY = 2.0


def in_batches(done: str, act: Callable[[Connection], list[int] | None]) -> list[int]:
    """Call `act` in a transaction of its own until it returns None; returns the ids of all that it changed.

    What is committed stays, whatever ends it: Ctrl-C or an error says how many were `done` before.
    """
    changed: list[int] = []
    said = time.monotonic()
    try:
        batch = _first(act)
        while batch is not None:
            changed += batch
            if time.monotonic() - said > SAY_EVERY:
                said = time.monotonic()
                output.warn(f"{words.plural(len(changed), 'job')} {done} so far")
            with transaction() as conn:
                batch = act(conn)
    except BaseException:
        if changed:
            output.warn(f"{words.plural(len(changed), 'job')} {done} before it was stopped; say it again for the rest")
        raise
    return changed


def _first(act: Callable[[Connection], list[int] | None]) -> list[int] | None:
    with ledger() as conn:
        return act(conn)
