"""Labs on this very host, by bubblewrap: nothing has to be installed but a wheel, and nothing runs between the labs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING

from bellwork.tasks.providers.labs.bubblewrap.commands import Beside, rlimits
from bellwork.tasks.providers.labs.bubblewrap.container import Container
from bellwork.tasks.providers.labs.bubblewrap.groups import find_groups
from bellwork.tasks.providers.labs.bubblewrap.place import SandboxPlace
from bellwork.tasks.providers.labs.bubblewrap.sandbox import options, program
from bellwork.tasks.providers.labs.bubblewrap.terminal import open_shell
from bellwork.tasks.providers.labs.files import packed
from bellwork.tasks.providers.labs.judging import JUDGE_SECONDS, judge
from bellwork.tasks.providers.labs.protocol import Held, LabError, LabGone, LabOrder, Run
from bellwork.tasks.providers.labs.surroundings import environment
from bellwork.tasks.providers.labs.typed import note_typed, typed_at

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.tasks.providers.labs.criteria import Criteria
    from bellwork.tasks.providers.labs.judging import Verdict
    from bellwork.tasks.providers.labs.protocol import Shell

#: Seconds in which a lab is ready, its setup script included.
_PATIENCE = 30.0
#: Bytes of a home that are kept for the next session.
MOST_KEPT = 100_000_000
#: Enters the groups, becomes the lab's user, and leaves bwrap behind as nobody's child.
_LAUNCH = """input=/proc/self/fd/$1; left=$2; shift 2
while [ "$left" -gt 0 ]; do echo 0 >"$1/cgroup.procs" || exit 9; shift; left=$((left - 1)); done
"$@" <"$input" &"""


class Bubblewrap:
    """A host of labs in a folder of its own: protocol.Labs.

    A lab outlives whoever made it. It dies by its control groups, and without those with pid 1 of its namespace.
    """

    def __init__(self, root: Path, host: str = "", judge_seconds: float = JUDGE_SECONDS) -> None:
        self.host = host or socket.gethostname()
        self.judge_seconds = judge_seconds
        self._place = SandboxPlace(root)

    def loose(self) -> tuple[str, ...]:
        """Name what of a lab cannot be held to its limit as a whole here: what has no control group."""
        return find_groups().missing

    def create(self, order: LabOrder) -> None:
        """Make a lab and wait until it is ready; one that runs by this id already is left as it is."""
        container = Container(self._place.lab(order.id))
        with self._place.locked(order.id):
            if container.first() is None:
                self._clear(container)
                self._begin(container, order)
            self._wait(container)

    def release(self, lab_id: str) -> bool:
        """End a lab, and say whether nothing of it is left."""
        container = Container(self._place.lab(lab_id))
        with self._place.locked(lab_id):
            return self._clear(container)

    def is_running(self, lab_id: str) -> bool:
        """Say whether a lab of this id runs."""
        return Container(self._place.lab(lab_id)).first() is not None

    def held(self) -> list[Held]:
        """List every lab that this host holds anything of, whoever made it."""
        return [Held(each.name, Container(each).age, typed_at(each)) for each in self._place.held()]

    def note_typed(self, lab_id: str) -> None:
        """Note that something was typed into a lab just now."""
        note_typed(self._place.lab(lab_id))

    def judge(self, lab_id: str, criteria: Criteria) -> Verdict:
        """Judge a lab's home, in ten seconds at most; raises LabGone."""
        return judge(self._beside(lab_id), criteria, self.judge_seconds)

    def run(self, order: LabOrder, command: str, stdin: str) -> Run:
        """Run one command as a judge would in a lab of its own, which is gone afterwards."""
        self.create(order)
        try:
            return self._beside(order.id).run(["/bin/sh", "-c", command], stdin, self.judge_seconds)
        finally:
            self.release(order.id)

    def save_home(self, lab_id: str, path: Path) -> bool:
        """Write the home as a tar to a path; False where the lab is gone or its home is more than is kept."""
        try:
            return self._beside(lab_id).write(["/bin/tar", "-cf", "-", "."], path, _PATIENCE, MOST_KEPT)
        except LabGone:
            return False

    def shell(self, lab_id: str, rows: int = 24, columns: int = 80) -> Shell:
        """Open a shell of the learner in a lab; raises LabGone."""
        return open_shell(Container(self._place.lab(lab_id)), rows, columns)

    def _beside(self, lab_id: str) -> Beside:
        container = Container(self._place.lab(lab_id))
        noted = container.noted()
        if noted is None or container.first() is None:
            raise LabGone(f"no lab {lab_id} runs on this host")
        return Beside(container, noted[0])

    def _begin(self, container: Container, order: LabOrder) -> None:
        variables, files, first = (
            environment(order.environment),
            packed(order.files, order.home),
            program(order, rlimits(order.limits)),
        )
        container.folder.mkdir(mode=0o700, exist_ok=True)
        uid = self._place.take_id(order.id)
        container.note(order.limits, variables, uid)
        with (
            (container.folder / "info").open("wb") as info,
            (container.folder / "said").open("wb") as said,
            tempfile.TemporaryFile() as tars,
            tempfile.TemporaryFile() as given,
        ):
            tars.write(files)
            if order.home:
                with order.home.open("rb") as home:
                    shutil.copyfileobj(home, tars)
            given.write("\0".join([*options(order, self._place.etc(), info.fileno()), ""]).encode())
            tars.seek(0)
            given.seek(0)
            groups = [str(group) for group in find_groups().make(container.group, order.limits)]
            bwrap = [*_as_user(uid), str(self._place.bwrap()), "--args", str(given.fileno()), "--", *first]
            launch = ["/bin/sh", "-c", _LAUNCH, "launch", str(tars.fileno()), str(len(groups)), *groups, *bwrap]
            fds = (info.fileno(), given.fileno(), tars.fileno())
            begun = subprocess.Popen(
                launch,
                pass_fds=fds,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd="/",
                env={},
                start_new_session=True,
            )
            if begun.wait():
                raise LabError(f"lab {order.id} could not be begun: {container.trouble()}")

    def _wait(self, container: Container) -> None:
        """Wait until a lab is ready; one that came to nothing is removed."""
        until, pause = time.monotonic() + _PATIENCE, 0.002
        while not container.is_ready():
            begun = container.was_begun() or container.trouble()  # asked first: it may begin between two questions
            failed = begun and container.first() is None
            if failed or time.monotonic() > until:
                said = container.trouble() or (
                    f"it was not within {_PATIENCE:g} s" if not failed else "it ended at once"
                )
                self._clear(container)
                raise LabError(f"lab {container.id} did not become ready: {said}")
            time.sleep(pause)
            pause = min(0.05, pause * 1.3)

    def _clear(self, container: Container) -> bool:
        """Remove whatever there is of a lab, its folder last; False where something of it would not die."""
        if not container.kill() or not find_groups().end(container.group):
            return False
        if container.folder.is_dir():
            noted = container.noted()
            self._place.give_id(noted[2], container.id) if noted else self._place.give_ids(container.id)
            container.forget()
        return True


def _as_user(uid: int) -> list[str]:
    """Return what makes root's programs the lab's user; a process of root must never make the lab itself."""
    if os.geteuid() != 0:
        return []
    return ["/usr/bin/setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs", "--"]
