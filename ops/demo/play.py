"""Plays scenes side by side: each begins, goes on until all of its orders have ended, and is asked what it has to show.

All of it happens on one thread, for the work is done by workers. What a scene raises is a failed check of its own.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from bellwork.db.vocabulary.scene import Check
from bellwork.db.wording import traceback_of, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bellwork.db.vocabulary.exhibit import Exhibit
    from bellwork.db.vocabulary.scene import Line, Place, Scene
    from bellwork.ops.processes import Processes

#: Seconds between two looks, and after which a scene that has not ended is called a failure.
LOOK, PATIENCE = 0.15, 180.0


@dataclass
class Part:
    """One scene of one system: how it goes, and in the end what it has to show."""

    system: str
    scene: Scene
    lines: Sequence[Line] = ()
    checks: list[Check] = field(default_factory=list)
    exhibits: Sequence[Exhibit] = ()
    seconds: float = 0.0
    trouble: str | None = None
    trace: str = field(default="", repr=False)

    @property
    def title(self) -> str:
        """What it shows."""
        return self.scene.title

    @property
    def over(self) -> bool:
        """Tell whether nothing more will happen."""
        return self.trouble is not None or (bool(self.lines) and all(line.over for line in self.lines))

    @property
    def ok(self) -> bool:
        """Tell whether every fact holds."""
        return all(check.ok for check in self.checks)


@dataclass
class Game:
    """All parts that are played, since a moment on the monotonic clock."""

    parts: list[Part]
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self.began

    @property
    def over(self) -> bool:
        """Tell whether every scene has ended, or patience has."""
        return all(part.over for part in self.parts) or self.seconds > PATIENCE


def play(game: Game, place: Place, processes: Processes, show: Callable[[Game], None]) -> None:
    """Play all parts to their end; `show` is called after each look."""
    for part in game.parts:
        _attempt(part, partial(part.scene.begin, place))
    while not game.over:
        for part in game.parts:
            if not part.over:
                _attempt(part, partial(_look, part, game))
        show(game)
        processes.tend(LOOK)
    for part in game.parts:
        _end(part)


def _look(part: Part, game: Game) -> None:
    part.lines = part.scene.progress()
    part.seconds = game.seconds


def _end(part: Part) -> None:
    if not part.over:
        waiting = ", ".join(line.name for line in part.lines if not line.over)
        part.checks.append(Check(f"It ends within {PATIENCE:.0f} s.", ok=False, found=f"still going on: {waiting}"))
    _attempt(part, partial(_check, part))
    _attempt(part, partial(_exhibit, part))
    if part.trouble:
        part.checks.append(Check("It goes on to its end.", ok=False, found=part.trouble))
    elif not part.checks:
        part.checks.append(Check("It checks something.", ok=False, found="no check at all"))


def _check(part: Part) -> None:
    part.checks.extend(part.scene.checks())


def _exhibit(part: Part) -> None:
    part.exhibits = tuple(part.scene.exhibits())


def _attempt(part: Part, act: Callable[[], object]) -> None:
    """Let a scene do something; whatever it raises ends this scene alone. The first trouble counts."""
    try:
        act()
    # A scene is anybody's code.
    except Exception as error:  # noqa: BLE001
        if part.trouble is None:
            part.trouble, part.trace = words_of(error), traceback_of(error)
