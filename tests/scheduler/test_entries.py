"""The table of recurring jobs is sound, and each entry has one unfinished job at most."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import tasks
from db.engine import transaction
from db.ledger import list_jobs
from scheduler import ENTRIES
from scheduler.entries import enqueue_entry
from workers import broker

#: Importing the work makes its actors known.
WORK = tasks


def test_every_entry_names_an_actor_that_exists_and_takes_no_arguments() -> None:
    """A slip of the finger in the table is found here, not at night."""
    assert [] == [entry.actor for entry in ENTRIES if entry.actor not in broker.actors]
    assert [] == [entry.actor for entry in ENTRIES if broker.actors[entry.actor].fn.__code__.co_argcount]


def test_keys_are_unique_and_every_entry_says_what_it_is_for() -> None:
    """Two entries of one key would keep each other from running."""
    assert len(ENTRIES) == len({entry.key for entry in ENTRIES})
    assert all(entry.purpose and entry.every > 0 for entry in ENTRIES)


@pytest.mark.usefixtures("database")
def test_many_schedulers_enqueue_an_entry_once() -> None:
    """Of eight at once, one has the job, and the others do nothing."""
    entry = ENTRIES[0]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enqueue_entry, [entry] * 8))
    with transaction() as conn:
        jobs = list_jobs(conn)

    assert [(entry.actor, entry.key)] == [(job["actor"], job["unique_key"]) for job in jobs]
