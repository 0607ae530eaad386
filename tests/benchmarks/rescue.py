"""From the kill of a worker process to its jobs running again, as Bellwork is deployed, and of two peers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.benchmarks import deployments, held
from tests.benchmarks.kills import interrupt
from tests.benchmarks.marks import Marks
from tests.benchmarks.peer import Peer
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.deployments import Kill
    from tests.benchmarks.section import Plan

HEADING = "From the kill of a worker to its jobs running again"
PEERS = {
    "Dramatiq, kill -9 of a worker process": "held_by_dramatiq",
    "Procrastinate, kill -9 of a worker process": "held_by_procrastinate",
}
_THEIRS = (
    "The peers run as they come and are waited for 300 s. Dramatiq's workers look for the jobs of the dead now "
    "and then; Procrastinate's periodic task, as its documentation gives it, looks every tenth minute."
)
#: So long (seconds) the peers are waited for.
PATIENCE = 300.0


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure the rescue; the peers, in full alone, wait for theirs first, both at the same time."""
    arena.empty()
    with ThreadPoolExecutor() as threads:
        names = plan.pick(quick=0, full=len(PEERS))
        theirs = {name: threads.submit(_peer, arena, name, module) for name, module in [*PEERS.items()][:names]}
    ours = deployments.measure(arena, plan.pick(quick=1, full=10))
    return section(ours, {name: each.result() for name, each in theirs.items()})


def section(ours: dict[str, list[Kill]], theirs: dict[str, float | None], *more: str) -> Section:
    """Put the kills into one table, with `more` notes below it; None stands for a peer whose patience ended."""
    table = [deployments.row_of(name, kills) for name, kills in ours.items()]
    table += [[name, "1", "-", _waited(seconds), "-", "-"] for name, seconds in theirs.items()]
    values = {name: {"kills": [vars(kill) for kill in kills]} for name, kills in ours.items()}
    peers = {name: {"seconds": seconds} for name, seconds in theirs.items()}
    return Section("rescue", HEADING, deployments.COLUMNS, table, [deployments.NOTE, _THEIRS, *more], values | peers)


def _waited(seconds: float | None) -> str:
    return f"more than {PATIENCE:g}" if seconds is None else f"{seconds:.2f}"


class _Peer(Peer):
    """A peer whose jobs leave their marks in a file of their own, for others are interrupted at the same time."""

    @property
    def path(self) -> Path:
        """Name the file."""
        return self.arena.place / f"marks-{self.module}"

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "BENCH_MARKS": str(self.path)}


def _peer(arena: Arena, name: str, module: str) -> float | None:
    """Kill one worker of a peer."""
    peer = _Peer(arena, name, module, {})
    try:
        with peer.fleet(arena):
            return interrupt(Marks(peer.path), lambda: peer.send("nothing", held.COUNT), peer.left, PATIENCE)
    finally:
        peer.close()
