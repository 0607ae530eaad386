"""A peer as a contestant: its driver runs in the peers' environment, sends, counts and knows the command lines."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.benchmarks.fleet import ROOT, Command, running
from tests.benchmarks.peers import environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.fleet import Fleet


@dataclass
class Peer:
    """Another library; `module` holds its jobs (tests.benchmarks.peers), `settings` what it is told by environment."""

    arena: Arena = field(repr=False)
    name: str
    module: str
    pace: Mapping[str, int]
    settings: Mapping[str, str] = field(default_factory=dict)
    ours: bool = False
    _driver: subprocess.Popen[str] | None = field(default=None, init=False, repr=False)

    def fleet(self, arena: Arena) -> AbstractContextManager[Fleet]:
        """Run the peer's workers for the length of the block."""
        facts = self._ask("describe")
        command = Command(facts["commands"], self._environment(), facts["ready"])
        return running(command, arena.log(self.module + "-".join(["", *self.settings.values()])))

    def send(self, load: str, count: int) -> None:
        """Send all of them, in bulk where the peer can."""
        self._ask("send", load, count)

    def probe(self, first: int, count: int, apart: float) -> None:
        """Send one after the other."""
        self._ask("probe", first, count, apart)

    def left(self) -> int:
        """Ask the peer's own store."""
        return int(self._ask("left"))

    def prepare(self) -> None:
        """Start the driver, which makes the peer's tables where they are missing; harmless when repeated."""
        self._ask("left")

    def close(self) -> None:
        """Stop the driver."""
        if self._driver:
            self._driver.communicate()
            self._driver = None

    def _ask(self, *words: Any) -> Any:
        driver = self._driver = self._driver or self._start()
        assert driver.stdin is not None
        assert driver.stdout is not None
        driver.stdin.write(json.dumps(words) + "\n")
        driver.stdin.flush()
        answer = driver.stdout.readline()
        assert answer, f"the driver of {self.name} is gone; {self._log.read_text()[-2000:]}"
        return json.loads(answer)

    def _start(self) -> subprocess.Popen[str]:
        words = [str(environment.python()), "-m", "tests.benchmarks.peers.driver", self.module]
        with self._log.open("wb") as said:
            return subprocess.Popen(
                words,
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )

    @property
    def _log(self) -> Any:
        return self.arena.log(f"driver-{self.module}")

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), **self.settings}


def peers(arena: Arena) -> list[Peer]:
    """Enter every peer; the first is what the tables compare with."""
    return [
        Peer(arena, "Dramatiq", "on_dramatiq", {"nothing": 4_000, "advance": 4_000, "stages": 3_500}),
        Peer(arena, "Huey", "on_huey", {"nothing": 7_500, "advance": 5_000, "stages": 3_500}),
        Peer(arena, "Celery", "on_celery", {"nothing": 2_800, "advance": 1_600, "stages": 1_100}),
        # Not as many as it could do: its sends are slow, and its workers do not bear being stopped for five seconds.
        Peer(arena, "Taskiq", "on_taskiq", {"nothing": 3_000, "advance": 3_000, "stages": 3_200}),
        Peer(arena, "Procrastinate", "on_procrastinate", {"nothing": 1_100, "advance": 1_100, "stages": 800}),
        Peer(arena, "PgQueuer", "on_pgqueuer", {"nothing": 9_500, "advance": 4_000, "stages": 1_600}),
        Peer(
            arena,
            "PgQueuer, batch 100",
            "on_pgqueuer",
            {"nothing": 24_000, "advance": 5_000, "stages": 1_600},
            {"PGQUEUER_BATCH": "100"},
        ),
    ]
