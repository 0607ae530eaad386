"""Whoever is measured: Bellwork on a lane, or a peer; all are driven through the same few calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.fleet import Fleet


class Contestant(Protocol):
    """A way to run the benchmark's three jobs, named as the tables name it."""

    @property
    def name(self) -> str:
        """What the tables call it."""

    @property
    def ours(self) -> bool:
        """Whether it is Bellwork."""

    @property
    def pace(self) -> Mapping[str, int]:
        """Roughly how many jobs a second of each load two quiet cores carry; it only sizes the loads."""

    def fleet(self, arena: Arena) -> AbstractContextManager[Fleet]:
        """Run two processes of eight threads, or their likeness, for the length of the block."""

    def send(self, load: str, count: int) -> None:
        """Enqueue a load in the contestant's own way for many jobs."""

    def probe(self, first: int, count: int, apart: float) -> None:
        """Enqueue `count` jobs, one every `apart` seconds, which note what they waited from slot `first` on."""

    def left(self) -> int:
        """Count the jobs that are not finished, as the contestant's own store knows."""


def count_of(contestant: Contestant, load: str, seconds: float, stages: int) -> int:
    """Say how many calls of a load keep this contestant busy for about so many seconds, 20 at the least."""
    return max(20, round(contestant.pace[load] * seconds / stages))
