"""Blows at the servers: PostgreSQL restarted, its sessions ended, Valkey emptied or away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.workers import due_set
from tests.soak.blows.blow import Blow
from tests.soak.sql import order_rows

if TYPE_CHECKING:
    from random import Random
    from typing import Literal

    from tests.soak.field import Field


def restart_postgres(field: Field, dice: Random) -> Blow:
    """Stop PostgreSQL, in order or as good as by a crash, for up to two seconds."""
    modes: tuple[Literal["fast", "immediate"], ...] = ("fast", "immediate")
    mode, seconds = dice.choice(modes), dice.uniform(0, 2)
    field.servers.kill_postgres(mode)
    return Blow(f"PostgreSQL stopped ({mode})", seconds, field.servers.start_postgres)


def terminate_sessions(field: Field, dice: Random) -> Blow:
    """End some, or all, sessions of PostgreSQL."""
    del field
    with transaction() as conn:
        ended = order_rows.terminate_backends(conn, dice.choice((0.3, 1.0)))
    return Blow(f"{ended} sessions of PostgreSQL terminated")


def empty_redis(field: Field, dice: Random) -> Blow:
    """FLUSHALL."""
    del field, dice
    due_set.client().flushall()
    return Blow("Valkey emptied")


def stop_redis(field: Field, dice: Random) -> Blow:
    """Stop Valkey for some seconds."""
    field.servers.stop_redis()
    return Blow("Valkey stopped", dice.uniform(0.5, 5), field.servers.start_redis)
