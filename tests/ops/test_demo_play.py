"""Scenes are played side by side, and what one of them does wrong is a fact of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from bellwork.db.vocabulary.scene import Check, Line
from bellwork.ops.demo import play as module
from bellwork.ops.demo.play import Game, Part, play

if TYPE_CHECKING:
    from bellwork.db.vocabulary.scene import Place
    from bellwork.ops.processes import Processes


class Counting:
    """A scene that is over after so many looks."""

    title = "counts"

    def __init__(self, looks: int, log: list[str], fails_in: str = "") -> None:
        self.looks, self.log, self.fails_in = looks, log, fails_in

    def begin(self, place: Place) -> None:
        """Note it."""
        del place
        self._do("begin")

    def progress(self) -> list[Line]:
        """Count one look."""
        self._do("progress")
        self.looks -= 1
        return [Line("order", "", "on its way", over=self.looks < 0)]

    def checks(self) -> list[Check]:
        """Find that all is well."""
        self._do("checks")
        return [Check("It counts.", ok=True)]

    def exhibits(self) -> list[Any]:
        """Show nothing."""
        self._do("exhibits")
        return []

    def _do(self, what: str) -> None:
        self.log.append(what)
        if what == self.fails_in:
            raise RuntimeError(what)


class Nothing:
    """Processes that need no tending."""

    def tend(self, seconds: float) -> None:
        """Do nothing."""


def test_scenes_go_on_side_by_side() -> None:
    """The second begins before the first has ended, and the longer one is looked at alone in the end."""
    log: list[str] = []
    parts = _played(Counting(1, log), Counting(3, log))

    assert ["begin", "begin", *["progress"] * 6] == log[:8]
    assert all(part.ok and part.over for part in parts)


@pytest.mark.parametrize("step", ["begin", "progress", "checks", "exhibits"])
def test_what_a_scene_raises_is_a_failed_fact_of_its_own(step: str) -> None:
    """In whichever step; its neighbour goes on to its end."""
    good, bad = _played(Counting(2, []), Counting(1, [], fails_in=step))

    assert good.ok
    assert [f"RuntimeError: {step}"] == [check.found for check in bad.checks if not check.ok]
    assert "in _do" in bad.trace


def test_a_scene_that_never_ends_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the orders that are still on their way; its own facts are looked at all the same."""
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    (part,) = _played(Counting(10**9, []))

    assert ["still going on: order"] == [check.found for check in part.checks if not check.ok]
    assert "It counts." in [check.fact for check in part.checks]


def test_a_scene_that_checks_nothing_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo that cannot fail is none."""
    scene = Counting(1, [])
    monkeypatch.setattr(scene, "checks", list)
    (part,) = _played(scene)

    assert not part.ok


def _played(*scenes: Counting) -> list[Part]:
    parts = [Part("t", scene) for scene in scenes]
    play(Game(parts), cast("Place", None), cast("Processes", Nothing()), lambda _game: None)
    return parts
