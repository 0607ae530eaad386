"""The fleet that all tests of Redis mistreat: a Valkey of its own, and for some processes a way of their own to it."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

import redis

from tests.conftest import _environment
from tests.faults import actors, ground
from tests.faults.ground import PATIENCE, effects, jobs
from tests.faults.own_valkey import PASSWORD, USER, OwnValkey, own_valkey
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.proxy import Proxy, address_of, proxied
from tests.recycled import clone, drop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.ops.embedded import Stack

#: Seconds until all who listen at the bell do so again, once Redis is well.
AFTERWARDS = 15.0
#: Threads of all workers together, and who listens: two workers, each at the bells of four queues (two of ours: upkeep
#: and mail).
THREADS, LISTENERS = 32, 8


@dataclass
class Fleet:
    """Two workers and a scheduler; `ways` are those of the first worker, the scheduler, and everybody else."""

    folder: Path
    valkey: OwnValkey
    ways: dict[str, Proxy]
    settings: dict[str, str]
    admin: redis.Redis
    cluster: Cluster = field(init=False)

    def mend(self) -> None:
        """Undo whatever a test did to Redis or the ways to it, and wait until everybody listens."""
        for job in jobs("%", "running"):
            (self.folder / f"go-{job.name}").touch()
        for way in self.ways.values():
            way.address = address_of(self.valkey.url)
            way.heal()
        self.valkey.signal(signal.SIGCONT)
        self.valkey.start()
        self.admin.replicaof("no", "one")
        self.admin.config_set("maxmemory", "0")
        know(self.admin)
        self.admin.flushall()
        eventually(self.cluster.is_up, PATIENCE)
        self.await_listeners()

    def await_listeners(self, server: redis.Redis | None = None) -> None:
        """Wait until everybody listens at the bells of this server."""
        began = time.monotonic()
        eventually(lambda: (server or self.admin).info("clients")["blocked_clients"] == LISTENERS, PATIENCE)
        sys.stdout.write(f"all listen after {time.monotonic() - began:.2f} s\n")


@contextmanager
def running_fleet(folder: Path, stack: Stack, template: str) -> Iterator[Fleet]:
    """Run a fleet on a database of its own; the settings of this process are its own again when it runs."""
    name = f"test_{uuid4().hex}"
    clone(stack, name, template)
    with own_valkey(folder) as valkey, redis.Redis.from_url(valkey.url) as admin:
        address = address_of(valkey.url)
        with Proxy(address) as first, Proxy(address) as scheduler, Proxy(address) as rest:
            fleet = Fleet(folder, valkey, {"worker": first, "scheduler": scheduler, "rest": rest}, {}, admin)
            with _environment(stack, name) as database_url:
                fleet.settings |= {"DATABASE_URL": database_url, "REDIS_URL": _url(valkey, rest)}
                ground.create()
                fleet.cluster = _cluster(fleet)
                fleet.cluster.__enter__()
            yield fleet
            fleet.cluster.__exit__(None, None, None)
    drop(stack, name)


def know(server: redis.Redis) -> None:
    """Let the fleet's user in, and let it do what it likes."""
    server.acl_setuser(
        USER, enabled=True, passwords=[f"+{PASSWORD}"], keys=["*"], channels=["*"], categories=["+@all"], reset=True
    )


def done_after(name: str, patience: float) -> float:
    """Send a job and wait until it is done; returns how long that took, in seconds."""
    sent = time.monotonic()
    actors.nap.send(name=name)
    eventually(lambda: effects(name), patience)
    return time.monotonic() - sent


def _cluster(fleet: Fleet) -> Cluster:
    cluster = Cluster(
        fleet.folder,
        modules="tests.faults.chores",
        processes=1,
        threads=THREADS // 2,
        scheduler=True,
        settings=fleet.settings,
    )
    for kept, way in ((cluster.masters[0], "worker"), (cluster.kept[-1], "scheduler")):
        kept.env["REDIS_URL"] = _url(fleet.valkey, fleet.ways[way])
    return cluster


def _url(valkey: OwnValkey, way: Proxy) -> str:
    return proxied(valkey.url, way.port).replace("://", f"://{USER}:{PASSWORD}@")
