"""Under which circumstances was measured: when, on what machine, at what load, with which versions."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bellwork.workers import due_set
from tests.benchmarks.peers.environment import versions

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

_OURS = ("dramatiq", "psycopg", "SQLAlchemy", "redis")


@dataclass(frozen=True)
class Circumstances:
    """What belongs to every figure."""

    when: str
    machine: str
    load: list[float]
    python: str
    servers: dict[str, str]
    ours: dict[str, str]
    peers: dict[str, str] = field(default_factory=dict)
    rounds: int = 0

    @property
    def moment(self) -> str:
        """Write when this was, and how busy the machine was besides."""
        load = f"load average {self.load[0]:.1f} before, {self.load[1]:.1f} after"
        return f"Measured {self.when}, {load}, {self.rounds} rounds"

    @property
    def ground(self) -> str:
        """Write on what."""
        servers = " and ".join(f"{name} {number}" for name, number in self.servers.items())
        return (
            f"{self.machine}. Python {self.python}, {servers}. "
            f"Bellwork runs on {_listed(self.ours)}; the peers are {_listed(self.peers)}."
        )

    def stands_on(self, newest: Circumstances) -> bool:
        """Tell whether all that was there then is there now, at the same versions; a peer may have come since."""
        mine, now = (
            {"on": each.machine, "python": each.python, **each.servers, **each.ours} for each in (self, newest)
        )
        return mine == now and self.peers.items() <= newest.peers.items()


def circumstances(arena: Arena, plan: Plan, load: float) -> Circumstances:
    """Look around after a measurement before which the load average was `load`."""
    return Circumstances(
        when=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        machine=f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()})",
        load=[load, os.getloadavg()[0]],
        python=platform.python_version(),
        servers=_servers(arena),
        ours={package: version(package) for package in _OURS},
        peers=versions(),
        rounds=plan.rounds,
    )


def _servers(arena: Arena) -> dict[str, str]:
    row = arena.conn.execute(b"SHOW server_version").fetchone()
    assert row is not None
    told: dict[str, Any] = due_set.client().info("server")
    return {"PostgreSQL": str(row[0]), "Valkey": str(told.get("valkey_version") or told["redis_version"])}


def _listed(packages: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in packages.items())
