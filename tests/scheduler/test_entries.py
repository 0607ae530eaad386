"""The tables of recurring jobs are sound."""

from __future__ import annotations

from inspect import signature
from itertools import chain

import pytest

from bellwork.scheduler import calendar
from bellwork.scheduler.check import check
from bellwork.workers import broker
from bellwork.workers.actors import load_actors

pytestmark = pytest.mark.usefixtures("database")


def test_every_entry_names_an_actor_that_exists_and_takes_its_arguments() -> None:
    """A slip of the finger in the table is found here, not at night."""
    load_actors()
    entries = list(chain.from_iterable(calendar().values()))
    assert [] == [entry.actor for entry in entries if entry.actor not in broker.actors]
    for entry in entries:
        signature(broker.actors[entry.actor].fn).bind(**entry.args)


def test_a_scheduler_may_start_with_them() -> None:
    """Keys are unique, every expression fires, every zone is known, and every entry says what it is for."""
    check()
