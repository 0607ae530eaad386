"""Faults beside those of bellwork.ops.soak.blows: whole groups, held keys, migrations, missing partitions, refusals."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import psycopg

from bellwork.db.engine import transaction
from bellwork.ops.soak.blows import BLOWS, Blow
from bellwork.ops.soak.blows.calendar import MINUTELY
from bellwork.ops.soak.fleet import signal_to
from tests.soak import ground

if TYPE_CHECKING:
    from random import Random

    from bellwork.ops.soak.blows import Draw
    from bellwork.ops.soak.field import Field
    from tests.soak.mailroom import Mailroom


def kill_group(field: Field, dice: Random) -> Blow | None:
    """Kill a master, its heartbeat and its workers at once, as an eviction does."""
    member = dice.choice(field.fleet.named("worker"))
    pids = [pid for pid in (member.pid, *member.family()) if pid]
    for pid in pids:
        signal_to(pid, signal.SIGKILL)
    return Blow(f"kill -9 of all {len(pids)} processes of {member.name}") if pids else None


def hold_key(field: Field, dice: Random) -> Blow:
    """Hold the key of an entry by a transaction that has enqueued a job under it, and roll that back later."""
    del field
    key, seconds = dice.choice(MINUTELY), dice.uniform(1, 8)
    caller = psycopg.connect(os.environ["DATABASE_URL"])
    caller.execute(
        "INSERT INTO bellwork.jobs (actor, args, queue, unique_key)"
        " SELECT actor, args, 'nowhere', coalesce((SELECT unique_key FROM bellwork.jobs j WHERE j.actor = e.actor"
        " AND unique_key IS NOT NULL LIMIT 1), 'entry:' || key) FROM bellwork.entries e WHERE key = %s"
        " ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING",
        (key,),
    )
    return Blow(f"the key of {key} is held by an open transaction", seconds, caller.close)


def migrate_under_load(field: Field, dice: Random) -> Blow:
    """Change the type of a column that every claim returns."""
    del field, dice
    with transaction() as conn:
        new = ground.migrate_priority(conn)
    return Blow(f"bellwork.jobs.priority became {new}")


def lose_todays_partition(field: Field, dice: Random) -> Blow | None:
    """Take today's partition of the history away; its rows come back when all is healed."""
    del field, dice
    with transaction() as conn:
        partition = ground.set_today_aside(conn)
    return Blow(f"{partition} is gone") if partition else None


def refusing_sender(room: Mailroom) -> Draw:
    """Return the fault of a mail server that refuses our sender for some seconds."""

    def refuse_sender(field: Field, dice: Random) -> Blow:
        del field
        room.refusing = True
        return Blow("the mail server refuses our sender", dice.uniform(1, 6), lambda: setattr(room, "refusing", False))

    return refuse_sender


BLOWS.update({kill_group: 4, hold_key: 3, migrate_under_load: 2, lose_todays_partition: 2})
