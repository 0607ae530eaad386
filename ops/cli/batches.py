"""Deeds on any number of jobs: a transaction for each thousand of them, and on stderr how far it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.progress import Progress
from bellwork.ops.cli.ready import ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


def in_batches(
    done: str, act: Callable[[Connection], list[int] | None], total: int | None = None, noun: str = "job"
) -> list[int]:
    """Call `act` in a transaction of its own until it returns None; returns the ids of all that it changed.

    What is committed stays, whatever ends it: Ctrl-C or an error says how many were `done` before. `total` is how many
    there are, if somebody has counted them.
    """
    changed: list[int] = []
    progress = Progress(noun, done, total)
    try:
        batch = _first(act)
        while batch is not None:
            changed += batch
            progress.tell(len(changed))
            with transaction() as conn:
                batch = act(conn)
    except BaseException:
        progress.clear()
        if changed:
            output.warn(f"{words.plural(len(changed), noun)} {done} before it was stopped; say it again for the rest")
        raise
    progress.clear()
    return changed


def _first(act: Callable[[Connection], list[int] | None]) -> list[int] | None:
    with ledger() as conn:
        return act(conn)
