"""The table of recurring jobs is sound."""

from __future__ import annotations

import tasks
from scheduler import ENTRIES
from scheduler.declare import check
from workers import broker

#: Importing the work makes its actors known.
WORK = tasks


def test_every_entry_names_an_actor_that_exists_and_takes_no_arguments() -> None:
    """A slip of the finger in the table is found here, not at night."""
    assert [] == [entry.actor for entry in ENTRIES if entry.actor not in broker.actors]
    assert [] == [entry.actor for entry in ENTRIES if broker.actors[entry.actor].fn.__code__.co_argcount]


def test_a_scheduler_may_start_with_it() -> None:
    """Keys are unique, every expression fires, every zone is known, and every entry says what it is for."""
    check()
