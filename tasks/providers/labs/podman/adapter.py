"""Labs in containers of Podman, of images that were pulled to this host before."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import tempfile
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from bellwork.tasks.providers.labs.files import packed
from bellwork.tasks.providers.labs.judging import JUDGE_SECONDS, judge
from bellwork.tasks.providers.labs.place import Place
from bellwork.tasks.providers.labs.podman.calls import PATIENCE, call, program, tried, words
from bellwork.tasks.providers.labs.podman.container import Container
from bellwork.tasks.providers.labs.podman.judge import Beside
from bellwork.tasks.providers.labs.protocol import Held, LabError, LabGone, LabOrder, LabRefused, Run
from bellwork.tasks.providers.labs.surroundings import SYSTEM_PATH, setup_of
from bellwork.tasks.providers.labs.terminal import PtyShell
from bellwork.tasks.providers.labs.typed import note_typed, typed_at

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from bellwork.tasks.providers.labs.criteria import Criteria
    from bellwork.tasks.providers.labs.judging import Verdict
    from bellwork.tasks.providers.labs.protocol import Shell

#: Seconds in which a shell hangs up.
_MOMENT = 10.0
#: Bytes of a home that are kept for the next session.
MOST_KEPT = 100_000_000
_IMAGE = re.compile(r"[a-z0-9][A-Za-z0-9._:/@-]{0,254}")
#: The user of labs in containers of somebody who is not root: podman maps him to one of that user's subordinate ids.
_ROOTLESS = 1000
_SHELL = "echo $$ >/tmp/.$0; command -v bash >/dev/null && exec bash -l; exec sh -l"
#: What a kernel does as a terminal goes: SIGHUP to the shell and to what it holds in the foreground (proc(5), tpgid).
_HANG_UP = """left=20; until [ -s /tmp/.$0 ] || [ $left = 0 ]; do left=$((left - 1)); sleep 0.1; done
read -r pid </tmp/.$0 && read -r facts </proc/$pid/stat && set -- ${facts##*) } && kill -s HUP -- -$6 $pid"""


class Podman:
    """A host of labs whose containers are podman's and whose folder is our own: protocol.Labs.

    `image` is what a lab is made of whose template names none; no image is pulled for a learner who waits.
    """

    def __init__(self, root: Path, image: str = "", host: str = "", judge_seconds: float = JUDGE_SECONDS) -> None:
        self.host = host or socket.gethostname()
        self.judge_seconds = judge_seconds
        self._image, self._place = image, Place(root)

    def loose(self) -> tuple[str, ...]:
        """Name what of a lab cannot be held to its limit as a whole here: what podman has no controller for."""
        return self._missing

    def create(self, order: LabOrder) -> None:
        """Make a lab and wait until it is ready; one that runs by this id already is left as it is."""
        container = Container(self._place.lab(order.id))
        files, setup, image = packed(order.files, order.home), setup_of(order), self._image_of(order)
        with self._place.locked(order.id):
            if container.pid():
                return
            if container.folder.exists():  # it is there before anything of a lab, and the last to go
                self._clear(container)
            try:
                podman_id = self._begin(container, order, image)
                self._set_up(container, order, files, setup)
                container.finish(podman_id)
            except (LabError, LabRefused):
                self._clear(container)
                raise

    def release(self, lab_id: str) -> bool:
        """End a lab, and say whether nothing of it is left."""
        container = Container(self._place.lab(lab_id))
        with self._place.locked(lab_id):
            return self._clear(container)

    def is_running(self, lab_id: str) -> bool:
        """Say whether a lab of this id runs."""
        return bool(Container(self._place.lab(lab_id)).pid())

    def held(self) -> list[Held]:
        """List every lab that this host holds anything of, whoever made it: its folder is the last to go."""
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
            return self._beside(lab_id).write(["tar", "-cf", "-", "."], path, PATIENCE, MOST_KEPT)
        except LabGone:
            return False

    def shell(self, lab_id: str, rows: int = 24, columns: int = 80) -> Shell:
        """Open a shell of the learner in a lab, bash where the image has it; raises LabGone."""
        container, token = Container(self._place.lab(lab_id)), secrets.token_hex(8)
        if not container.pid():
            raise LabGone(f"no lab {lab_id} runs on this host")
        command = [program(), "exec", "--interactive", "--tty", container.name, "/bin/sh", "-c", _SHELL, token]
        ours, theirs = os.openpty()
        try:
            process = subprocess.Popen(
                ["/usr/bin/setsid", "--ctty", *command], stdin=theirs, stdout=theirs, stderr=theirs, cwd="/"
            )
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        shell = _ExecShell(ours, process, container, token)
        shell.resize(rows, columns)
        return shell

    @cached_property
    def _missing(self) -> tuple[str, ...]:
        found = json.loads(call("info", "--format", "{{json .Host.CgroupControllers}}"))
        return tuple(name for name in ("memory", "cpu", "pids") if name not in found)

    def _image_of(self, order: LabOrder) -> str:
        image = order.image or self._image
        if not _IMAGE.fullmatch(image):
            raise LabRefused(
                f"a lab of podman needs an image, and {image[:80]!r} names none: set base_image of its template, "
                "or LABS_URL=podman:///folder?image=NAME for all"
            )
        return image

    def _begin(self, container: Container, order: LabOrder, image: str) -> str:
        uid = self._place.take_id(order.id) if os.geteuid() == 0 else _ROOTLESS
        try:
            container.note(order, image, uid)
        except LabRefused:
            self._place.give_ids(order.id)
            raise
        if tried("image", "exists", image).returncode:
            raise LabError(f"the image {image!r} is not on host {self.host}: podman pull {image} there")
        return container.begin(self._missing)

    def _set_up(self, container: Container, order: LabOrder, files: bytes, setup: str) -> None:
        with tempfile.TemporaryFile() as tar:
            tar.write(files)
            tar.seek(0)
            self._unpack(container, tar)
        if order.home:
            with order.home.open("rb") as home:
                self._unpack(container, home)
        if setup and tried("exec", container.name, "/bin/sh", "-c", setup).returncode:
            raise LabError(f"lab {order.id} did not become ready: its setup script failed")

    def _unpack(self, container: Container, tar: Any) -> None:
        path = f"--env=PATH={SYSTEM_PATH}"
        done = tried("exec", "--interactive", path, container.name, "tar", "-xf", "-", stdin=tar)
        if done.returncode:
            raise LabError(f"lab {container.id} did not become ready: its files do not fit its storage ({words(done)})")

    def _beside(self, lab_id: str) -> Beside:
        container = Container(self._place.lab(lab_id))
        if not container.pid():
            raise LabGone(f"no lab {lab_id} runs on this host")
        return Beside(container, self._missing)

    def _clear(self, container: Container) -> bool:
        """Remove whatever there is of a lab, its folder last; False where something of it would not go."""
        if not container.kill():
            return False
        self._place.give_ids(container.id)
        container.forget()
        return True


class _ExecShell(PtyShell):
    """A shell that podman has started in a container: it hangs up by a signal, for podman would let it go on."""

    def __init__(self, fd: int, process: subprocess.Popen[bytes], container: Container, token: str) -> None:
        super().__init__(fd, process)
        self._container, self._token = container, token

    def close(self) -> None:
        """Hang up. What its learner has put where the shell's id was written keeps nobody longer than a moment."""
        try:
            with suppress(LabError):
                tried("exec", self._container.name, "/bin/sh", "-c", _HANG_UP, self._token, seconds=_MOMENT)
        finally:
            super().close()
