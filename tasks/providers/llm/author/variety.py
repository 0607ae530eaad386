"""Chooses among ways of saying a thing: always the same for one brief, differently for another."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeVar

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Variety:
    """A source of choices that depends on nothing but its seed."""

    seed: str

    def pick(self, slot: str, things: tuple[Thing, ...]) -> Thing:
        """Choose one of the things for a named slot."""
        return things[self._number(slot) % len(things)]

    def turn(self, slot: str, things: tuple[Thing, ...]) -> tuple[Thing, ...]:
        """Keep the order of the things, but begin with a chosen one."""
        start = self._number(slot) % len(things)
        return things[start:] + things[:start]

    def _number(self, slot: str) -> int:
        digest = hashlib.sha256(f"{self.seed}|{slot}".encode("utf-8", "replace")).digest()
        return int.from_bytes(digest[:8], "big")
