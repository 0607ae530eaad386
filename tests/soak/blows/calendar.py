"""Blows at the calendar: ticks of the past owed at once, rotation and retention amid all of it, pauses, a held key."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from os import environ
from typing import TYPE_CHECKING

import psycopg

from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.scheduler import operate
from tests.soak.blows.blow import Blow
from tests.soak.old_feedback import MORE, RULE
from tests.soak.old_months import can_archive
from tests.soak.sql import feedback, ground, ticks

if TYPE_CHECKING:
    from random import Random

    from tests.soak.field import Field

ROTATION = "upkeep.rotate_partitions"
WHO = ChangedBy("soak", "the nemesis wants it so")
#: What is due every minute, and does nothing but look at tables.
MINUTELY = ("content.sweep_stuck", "content.retry_failed", "content.expire_clarifications")


def owe_ticks(field: Field, dice: Random) -> Blow | None:
    """Let an entry owe ticks of the past, as if no scheduler had been there."""
    del field
    key, minutes = dice.choice(MINUTELY), dice.randrange(5, 60)
    with transaction() as conn:
        owes = ticks.owe(conn, key, minutes)
    return Blow(f"{key} owes {minutes} more ticks") if owes else None


def start_rotation(field: Field, dice: Random) -> Blow | None:
    """Let the nightly rotation be due now."""
    del field, dice
    with transaction() as conn:
        is_due = ticks.let_be_due(conn, ROTATION)
    return Blow("it is time to rotate partitions") if is_due else None


def start_retention(field: Field, dice: Random) -> Blow | None:
    """Let feedback grow old, and the run that archives it be due now."""
    del field, dice
    with transaction() as conn:
        is_due = can_archive() and ticks.let_be_due(conn, RULE)
        if is_due:
            feedback.let_grow_old(conn, MORE)
    return Blow(f"{MORE} rows of feedback grow old, and it is time to archive them") if is_due else None


def pause_entry(field: Field, dice: Random) -> Blow | None:
    """Pause an entry for some seconds."""
    del field
    key, paused = dice.choice(MINUTELY), False
    with suppress(operate.NotPossible), transaction() as conn:
        paused = operate.pause(conn, key, WHO)
    return Blow(f"{key} paused", dice.uniform(0.5, 8), partial(resume_entry, key)) if paused else None


def resume_entry(key: str) -> None:
    """Let an entry go on; nothing where no scheduler has brought it yet."""
    with suppress(operate.NotPossible), transaction() as conn:
        operate.resume(conn, key, WHO)


def hold_key(field: Field, dice: Random) -> Blow:
    """Hold the key of an entry by a transaction that has enqueued a job under it, and roll that back later."""
    del field
    key, seconds = dice.choice(MINUTELY), dice.uniform(1, 8)
    caller = psycopg.connect(environ["DATABASE_URL"])
    ground.take_key(caller, key)
    return Blow(f"the key of {key} is held by an open transaction", seconds, caller.close)
