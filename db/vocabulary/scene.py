"""A scene: what a system shows of itself in `bellwork demo`, and what it finds around it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.vocabulary.exhibit import Exhibit, Letter


@dataclass(frozen=True)
class Line:
    """How far one order of a scene has come, for the live view; `share` is 0 to 1, where it is known.

    A scene is over when all of its lines are.
    """

    name: str
    about: str
    status: str
    share: float | None = None
    over: bool = False


@dataclass(frozen=True)
class Check:
    """A fact that must hold at the end, as a sentence, and what was found."""

    fact: str
    ok: bool
    found: str = ""


class Place(Protocol):
    """What a scene finds around it, beside the settings: a world that takes orders and can be broken."""

    def break_voice(self, word: str, times: int) -> None:
        """Let the speech service answer 500 to the first text that holds a word, so many times."""

    def letters(self) -> Sequence[Letter]:
        """Return the letters that the mail server was given so far, in the order they came."""

    def miss_tick(self, entry: str) -> None:
        """Let an entry's last tick before now be due, as if no scheduler had run then."""

    def kill_worker_of(self, job: int) -> bool:
        """Kill the process that runs a job, by signal 9; False where none of this machine runs it."""


class Scene(Protocol):
    """One system's part of the demo, made anew for each run; all scenes are played side by side on one stack.

    Whatever one of them raises is a failed check of its own and ends nobody else's.
    """

    #: What it shows, as a heading.
    title: str

    def begin(self, place: Place) -> None:
        """Place its orders as an API layer would; the schema stands, workers may still be starting."""

    def progress(self) -> Sequence[Line]:
        """Do what is next by now (an answer, a second order), and tell of every order; asked several times a second."""

    def checks(self) -> Sequence[Check]:
        """Tell what must hold at the end; asked once, also where the scene did not end in time."""

    def exhibits(self) -> Sequence[Exhibit]:
        """Bring what there is to be seen; of its figures, the first ones are printed on the terminal, too."""
