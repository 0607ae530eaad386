"""Blows at processes: kill -9 of one or of a group, SIGSTOP shorter and longer than the lease, SIGTERM.

Whoever ended is started again.
"""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING

from bellwork.db import registered
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.settings import settings
from tests.soak.blows.blow import Blow
from tests.soak.fleet import signal_to

if TYPE_CHECKING:
    from random import Random

    from tests.soak.field import Field
    from tests.soak.fleet import Member


def kill_worker(field: Field, dice: Random) -> Blow | None:
    """Kill a worker process; its master then stops the others, and ends."""
    return _kill(_workers(field), dice, "a worker")


def kill_sibling(field: Field, dice: Random) -> Blow | None:
    """Kill what a master started beside its workers: the process that beats for them, for instance."""
    workers = _workers(field)
    others = [pid for member in field.fleet.named("worker") for pid in member.family() if pid not in workers]
    return _kill(others, dice, "a worker's sibling")


def kill_master(field: Field, dice: Random) -> Blow | None:
    """Kill a master; its workers end by themselves."""
    return _kill_member(field, dice, "worker")


def kill_group(field: Field, dice: Random) -> Blow | None:
    """Kill a master, its heartbeat and its workers at once, as an eviction does."""
    member = dice.choice(field.fleet.named("worker"))
    pids = [pid for pid in (member.pid, *member.family()) if pid]
    for pid in pids:
        signal_to(pid, signal.SIGKILL)
    return Blow(f"kill -9 of all {len(pids)} processes of {member.name}") if pids else None


def kill_scheduler(field: Field, dice: Random) -> Blow | None:
    """Kill a scheduler."""
    return _kill_member(field, dice, "scheduler")


def kill_producer(field: Field, dice: Random) -> Blow | None:
    """Kill a producer, perhaps between its commit and the line of its journal."""
    return _kill_member(field, dice, "producer")


def freeze_worker(field: Field, dice: Random) -> Blow | None:
    """Freeze a worker process."""
    return _freeze(_workers(field), dice, "a worker")


def freeze_master(field: Field, dice: Random) -> Blow | None:
    """Freeze a master; its workers go on."""
    return _freeze(_pids(field.fleet.named("worker")), dice, "a master")


def freeze_scheduler(field: Field, dice: Random) -> Blow | None:
    """Freeze a scheduler, perhaps in the middle of a rescue."""
    return _freeze(_pids(field.fleet.named("scheduler")), dice, "a scheduler")


def stop_master(field: Field, dice: Random) -> Blow | None:
    """Stop a master politely."""
    return _signal(_pids(field.fleet.named("worker")), dice, signal.SIGTERM, "SIGTERM to a master")


def stop_scheduler(field: Field, dice: Random) -> Blow | None:
    """Stop a scheduler politely."""
    return _signal(_pids(field.fleet.named("scheduler")), dice, signal.SIGTERM, "SIGTERM to a scheduler")


def _workers(field: Field) -> list[int]:
    """List the worker processes by the ledger; that of our own fleet alone, wherever else its ids may be in use."""
    with transaction() as conn:
        alive = {worker["pid"] for worker in registered.workers(psycopg_of(conn))}
    return [pid for member in field.fleet.named("worker") for pid in member.family() if pid in alive]


def _pids(members: list[Member]) -> list[int]:
    return [member.pid for member in members if member.pid]


def _kill_member(field: Field, dice: Random, kind: str) -> Blow | None:
    return _kill(_pids(field.fleet.named(kind)), dice, {"worker": "a master"}.get(kind, f"a {kind}"))


def _kill(pids: list[int], dice: Random, whom: str) -> Blow | None:
    return _signal(pids, dice, signal.SIGKILL, f"kill -9 of {whom}")


def _signal(pids: list[int], dice: Random, number: signal.Signals, words: str) -> Blow | None:
    if not pids:
        return None
    pid = dice.choice(sorted(pids))
    signal_to(pid, number)
    return Blow(f"{words}, process {pid}")


def _freeze(pids: list[int], dice: Random, whom: str) -> Blow | None:
    if not pids:
        return None
    pid, seconds = dice.choice(sorted(pids)), dice.choice((1.0, settings().lease + 2.0))
    signal_to(pid, signal.SIGSTOP)
    return Blow(f"{whom} frozen, process {pid}", seconds, partial(signal_to, pid, signal.SIGCONT))
