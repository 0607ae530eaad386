"""Blows at the tables below everybody's feet: a column's type changes, today's partition of the history is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from tests.soak.blows.blow import Blow
from tests.soak.sql import ground

if TYPE_CHECKING:
    from random import Random

    from tests.soak.field import Field


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
