"""Judges beside a lab of Podman: for each thing a container of its own, which reads the home and sees the ports."""

from __future__ import annotations

import math
import secrets
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bellwork.tasks.providers.labs.copied import TAR_ENDED, copied
from bellwork.tasks.providers.labs.judging import MOST_READ
from bellwork.tasks.providers.labs.podman.calls import program, tried
from bellwork.tasks.providers.labs.protocol import LabError, LabGone, Run

if TYPE_CHECKING:
    from bellwork.tasks.providers.labs.podman.container import Container

#: What podman itself ends with: it failed, the program cannot be run, there is none; and a program that was killed.
_PODMAN, _CANNOT, _NONE, _KILLED = 125, 126, 127, 128 + 9
_LISTENS = "0A"
#: Seconds after its time in which a judge's container ends by itself, where the worker that is to end it has died.
_LATE = 30


class Beside:
    """A judge's sandbox beside a lab: judging.Sandbox."""

    def __init__(self, container: Container, missing: tuple[str, ...]) -> None:
        self._container, self._missing = container, missing

    def run(self, argv: list[str], stdin: str, seconds: float) -> Run:
        """Run a program in the home for so many seconds; raises LabGone, or LabError where it cannot be started."""
        with tempfile.TemporaryFile() as taken:
            code, said = self._run(argv, stdin, seconds, taken)
            taken.seek(0)
            return Run(code, taken.read(), said)

    def write(self, argv: list[str], path: Path, seconds: float, most: int) -> bool:
        """Run tar, whose output goes to a file; False where it failed, or wrote more than `most` bytes."""
        with path.open("wb") as taken:
            return self._run(argv, "", seconds, taken, most)[0] in TAR_ENDED

    def answers(self, port: int, seconds: float) -> bool:
        """Say whether a program of the lab listens on a port, by the kernel's own list: an image has no tool to ask."""
        del seconds
        pid, lines = self._container.pid(), []
        if not pid:
            raise LabGone(f"lab {self._container.id} ended while it was judged")
        for table in ("tcp", "tcp6"):
            try:
                lines += Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
            except OSError:
                continue
        sockets = [line.split() for line in lines]
        return any(each[3] == _LISTENS and int(each[1].rpartition(":")[2], 16) == port for each in sockets)

    def _run(
        self, argv: list[str], stdin: str, seconds: float, taken: IO[bytes], most: int = MOST_READ
    ) -> tuple[int | None, str]:
        name = f"{self._container.name}.judge-{secrets.token_hex(4)}"
        noted = self._container.noted()
        if noted is None:
            raise LabGone(f"no lab {self._container.id} runs on this host")
        limits, image, _ = noted
        options = self._container.options(self._missing, judge=True)
        # Errors of the program are nobody's: what stands there is podman's own.
        attached = ("--interactive", "--attach=stdin", "--attach=stdout")
        late = f"--timeout={math.ceil(seconds) + _LATE}"
        command = [program(), "run", "--rm", late, *attached, "--name", name, *options, image, *argv]
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as errors:
            given.write(stdin.encode("utf-8", "replace"))
            given.seek(0)
            process = subprocess.Popen(
                command, stdin=given, stdout=subprocess.PIPE, stderr=errors, cwd="/", start_new_session=True
            )
            said = copied(process, taken, seconds, most, lambda: _end(name, process))
            errors.seek(0)
            told = errors.read().decode("utf-8", "replace").strip()[-300:]
        code = process.returncode
        if said:
            return None, said
        if code == _PODMAN and told:
            if not self._container.pid():
                raise LabGone(f"lab {self._container.id} ended while it was judged")
            raise LabError(f"lab {self._container.id} could not be judged: {told}")
        if code == _KILLED:
            return None, f"was killed: it has {limits.memory >> 20} MB"
        return code, f"the image has no {argv[0]}" if code in {_CANNOT, _NONE} and told else ""


def _end(name: str, process: subprocess.Popen[bytes]) -> None:
    """Remove a judge's container, if it is still there; what waits for it ends in any case."""
    if process.poll() is None:
        try:
            with suppress(LabError):
                tried("rm", "--force", "--time=0", "--ignore", name)
        finally:
            process.kill()  # SIGTERM is handed on to the program, which may not care
