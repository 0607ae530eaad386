"""What a host of labs does, and what it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bellwork.tasks.providers.errors import ProviderFailure
from bellwork.tasks.providers.labs.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bellwork.tasks.providers.labs.criteria import Criteria
    from bellwork.tasks.providers.labs.judging import Verdict


class LabError(ProviderFailure):
    """A lab could not be made, entered or ended now; another try may help."""


class LabRefused(ProviderFailure):
    """A lab cannot be made as it is asked for, however often: the message says what of the order is wrong."""


class LabGone(ProviderFailure):
    """No lab of this id runs on this host."""


@dataclass(frozen=True)
class LabOrder:
    """A lab as it is asked for. `id` is the caller's choice: whoever asks twice by one id gets one lab.

    `files` are texts by their paths below the home, `home` is a tar of an earlier home that is unpacked over them,
    `setup` a shell script that runs once as the learner before the lab counts as made.
    """

    id: str
    limits: Limits = field(default_factory=Limits)
    files: Mapping[str, str] = field(default_factory=dict)
    home: Path | None = None
    setup: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    image: str = ""


@dataclass(frozen=True)
class Held:
    """A lab that a host has, running or not quite gone, and for how many seconds.

    `typed_at` is when something was typed into it last, or when it was made (seconds since 1970, by the host's clock).
    """

    id: str
    age: float
    typed_at: float


@dataclass(frozen=True)
class Run:
    """What a command in a judge's sandbox did: `code` is None where it was cut off by time, output or memory."""

    code: int | None
    output: bytes
    said: str = ""


class Shell(Protocol):
    """A learner's shell on a terminal of the lab's own: bytes go in and come out by the file descriptor `fd`."""

    fd: int

    def resize(self, rows: int, columns: int) -> None:
        """Tell the terminal its size."""

    def close(self) -> None:
        """Hang up: the shell and what it holds in the foreground end; what was put into the background goes on."""


class Labs(Protocol):
    """Makes, judges and ends labs on the host that it is asked on.

    Raises LabError, LabRefused, LabGone, ProviderBusy or MissingExtra.
    """

    host: str

    def loose(self) -> tuple[str, ...]:
        """Name what of a lab cannot be held to its limit as a whole here, of memory, cpu and pids."""

    def create(self, order: LabOrder) -> None:
        """Make a lab and wait until it is ready; one that runs by this id already is left as it is."""

    def release(self, lab_id: str) -> bool:
        """End a lab, and say whether nothing of it is left; False: ask again. One that never was is gone."""

    def is_running(self, lab_id: str) -> bool:
        """Say whether a lab of this id runs."""

    def held(self) -> list[Held]:
        """List every lab that this host holds anything of, whoever made it."""

    def note_typed(self, lab_id: str) -> None:
        """Note that something was typed into a lab just now; one that is gone is none."""

    def judge(self, lab_id: str, criteria: Criteria) -> Verdict:
        """Judge a lab's home, which the judge only reads and the learner cannot reach it from; raises LabGone."""

    def run(self, order: LabOrder, command: str, stdin: str) -> Run:
        """Run one command as a judge would in a lab of its own, which is gone afterwards."""

    def save_home(self, lab_id: str, path: Path) -> bool:
        """Write the home as a tar to a path; False where the lab is gone or its home is more than is kept."""

    def shell(self, lab_id: str, rows: int = 24, columns: int = 80) -> Shell:
        """Open a shell of the learner in a lab; raises LabGone."""
