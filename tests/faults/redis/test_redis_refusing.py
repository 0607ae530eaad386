"""Redis answers, and what it answers is no: it is full, it has become a replica, or it no longer knows our password."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import redis

from tests.faults import invariants
from tests.faults.own_valkey import PASSWORD, USER, own_valkey
from tests.faults.redis_fleet import AFTERWARDS, done_after
from tests.helpers import eventually
from tests.proxy import address_of

if TYPE_CHECKING:
    from tests.faults.redis_fleet import Fleet

#: Seconds from a job's enqueue to its end while Redis refuses; the ledger is read about once a second.
MEANWHILE = 5.0


def test_r5_a_full_redis_is_done_without(fleet: Fleet) -> None:
    """It takes no id any more: each job is done within 5 s all the same, and all listen when there is room again."""
    fleet.admin.config_set("maxmemory", "1mb")
    _work("full")
    fleet.admin.config_set("maxmemory", "0")
    fleet.await_listeners()
    _work("room")


def test_r7_a_redis_that_became_a_replica_is_done_without(fleet: Fleet) -> None:
    """It reads and does not write: each job is done within 5 s, and all listen when it is the primary again."""
    fleet.admin.replicaof("127.0.0.1", "1")
    _work("read-only")
    fleet.admin.replicaof("no", "one")
    fleet.await_listeners()
    _work("primary")


def test_r7_a_failover_leaves_nobody_with_the_old_primary(fleet: Fleet) -> None:
    """The name leads to another server, the old one lives on as a replica: within 15 s nobody talks to it any more."""
    with own_valkey(fleet.folder, "promoted") as promoted, redis.Redis.from_url(promoted.url) as new:
        for way in fleet.ways.values():
            way.address = address_of(promoted.url)
        fleet.admin.replicaof("127.0.0.1", "1")
        _work("failover")
        eventually(lambda: not _connections(fleet.admin), AFTERWARDS)
        fleet.await_listeners(new)
        _work("promoted")
        for way in fleet.ways.values():
            way.cut()


def test_r9_commands_that_are_forbidden_are_done_without(fleet: Fleet) -> None:
    """An access list that forbids everything: each job is done within 5 s, and all listen when it is allowed again."""
    fleet.admin.acl_setuser(USER, enabled=True, categories=["-@all"])
    _work("forbidden")
    fleet.admin.acl_setuser(USER, enabled=True, categories=["+@all"])
    fleet.await_listeners()
    _work("allowed")


def test_r9_a_password_that_is_not_valid_is_done_without(fleet: Fleet) -> None:
    """Replaced, and every connection closed: each job is done within 5 s, and all listen when both are valid.

    A password is rotated by letting Redis know the old and the new one until the last process has the new one.
    """
    fleet.admin.acl_setuser(USER, enabled=True, passwords=["+new", f"-{PASSWORD}"])
    fleet.admin.client_kill_filter(user=USER)
    _work("unknown")
    fleet.admin.acl_setuser(USER, enabled=True, passwords=[f"+{PASSWORD}"])
    fleet.await_listeners()
    _work("known")


def _work(name: str) -> None:
    """Send a job and wait for it."""
    sys.stdout.write(f"{name}: done after {done_after(name, MEANWHILE):.2f} s\n")
    invariants.check()


def _connections(server: redis.Redis) -> list[dict[str, str]]:
    """List the connections of the fleet, and of this process."""
    return [client for client in server.client_list() if client["user"] == USER]
