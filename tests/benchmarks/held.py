"""A job that holds its thread until it is let go, and notes when and where it began: what a kill interrupts."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.marks import Marks

#: So many are held at once: half of what two processes of eight threads can hold, so the survivors can take them over.
COUNT = 8
_GLANCE = 0.02


def hold(marks: Marks, number: int) -> None:
    """Hold this thread until the first mark is set."""
    _begin(marks, number)
    while not marks.count(1):
        time.sleep(_GLANCE)


async def hold_async(marks: Marks, number: int) -> None:
    """Hold this task until the first mark is set."""
    _begin(marks, number)
    while not marks.count(1):  # noqa: ASYNC110 - another process sets it
        await asyncio.sleep(_GLANCE)


def begun(marks: Marks) -> list[tuple[float, int]]:
    """List when and where each job began for the last time; nothing until all have, nor while one is being noted."""
    notes = marks.notes(2 * COUNT)
    if len(notes) < 2 * COUNT:
        return []
    return [(moment, int(pid)) for moment, pid in zip(notes[:COUNT], notes[COUNT:], strict=True)]


def let_go(marks: Marks) -> None:
    """Let all of them end."""
    marks.done(0)


def _begin(marks: Marks, number: int) -> None:
    marks.note(COUNT + number, os.getpid())
    marks.note(number, time.time())
