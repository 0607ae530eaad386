"""One lab in a container: its folder on this host, the volume of its home, and its end."""

from __future__ import annotations

import json
import os
import shutil
import time
import zlib
from typing import TYPE_CHECKING

from bellwork.tasks.providers.labs.limits import Limits
from bellwork.tasks.providers.labs.podman.calls import call, tried, words
from bellwork.tasks.providers.labs.protocol import LabError, LabRefused
from bellwork.tasks.providers.labs.surroundings import HOME, SCRATCH, SHARED, SYSTEM_PATH, environment

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.tasks.providers.labs.protocol import LabOrder

#: pid 1 of a lab, which reaps what its learner leaves.
STAY = ["/bin/sh", "-c", "while :; do sleep 2147483647 & wait; done"]
_FILES = 1024


class Container:
    """The folder of a lab, which holds what its maker noted.

    order      the lab's limits, image and user id, written before anything is made
    variables  its learner's variables, which no command line shows
    ready      podman's id of the container once it has been set up
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.id = folder, folder.name
        #: The name of container and volume: two places on one machine have names of their own.
        self.name = f"bellwork-{zlib.crc32(bytes(folder.parent)):08x}-{self.id}"

    def note(self, order: LabOrder, image: str, uid: int) -> None:
        """Write down what is about to be made; raises LabRefused for variables that podman cannot take."""
        variables = environment(order.environment)
        if broken := [name for name, value in variables.items() if "\n" in value or "\r" in value]:
            raise LabRefused(f"environment_vars.{broken[0][:40]} has a line break, which a lab of podman cannot have")
        self.folder.mkdir(mode=0o700, exist_ok=True)
        (self.folder / "order").write_text(
            json.dumps({"limits": vars(order.limits), "image": image, "uid": uid}), "utf-8"
        )
        lines = "".join(f"{name}={value}\n" for name, value in variables.items())
        (self.folder / "variables").write_text(lines, "utf-8", "replace")

    def noted(self) -> tuple[Limits, str, int] | None:
        """Return limits, image and user id; None where nothing was written."""
        try:
            order = json.loads((self.folder / "order").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return Limits(**order["limits"]), order["image"], order["uid"]

    def begin(self, missing: tuple[str, ...]) -> str:
        """Make the home and start the container, held to the limits that this host knows; returns podman's id."""
        limits, image, uid = self._order()
        # podman takes `size` for a quota of the file system below, and refuses it; blocks are tmpfs's own word.
        size = f"nr_blocks={limits.storage // os.sysconf('SC_PAGE_SIZE')}"
        mount = f"o={size},mode=0755,uid={uid},gid={uid},nosuid,nodev"
        call("volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", mount, self.name)
        return call("run", "--detach", "--name", self.name, *self.options(missing), image, *STAY)

    def options(self, missing: tuple[str, ...], *, judge: bool = False) -> list[str]:
        """Return podman's options for a lab, or for a judge's container beside it, which cannot write its home."""
        limits, _, uid = self._order()
        held = {"memory": [f"--memory={limits.memory}", f"--memory-swap={limits.memory}"]}
        held |= {"cpu": [f"--cpus={limits.cpu}"], "pids": [f"--pids-limit={limits.pids}"]}
        return [
            *self._apart,
            *("--pull=never", "--user", f"{uid}:{uid}", "--cap-drop=all", "--security-opt=no-new-privileges"),
            *("--read-only", "--read-only-tmpfs=false", "--ipc=private", "--log-driver=none", "--stop-timeout=0"),
            *(f"--tmpfs=/tmp:rw,nosuid,nodev,size={SCRATCH},mode=1777,notmpcopyup", f"--shm-size={SHARED}"),
            *("--volume", f"{self.name}:{HOME}:{'ro,' if judge else ''}nosuid,nodev", "--workdir", HOME),
            *("--env-file", str(self.folder / "variables"), *((f"--env=PATH={SYSTEM_PATH}",) if judge else ())),
            *(f"--ulimit=nofile={_FILES}:{_FILES}", f"--ulimit=nproc={limits.pids}:{limits.pids}", "--ulimit=core=0:0"),
            *(part for name, parts in held.items() if name not in missing for part in parts),
            *(("--network", f"container:{self.name}") if judge else ("--network=none", "--hostname=lab")),
        ]

    @property
    def _apart(self) -> tuple[str, ...]:
        """Return what keeps image and host out: an entry point, volumes on the host's disk, proxies with passwords."""
        return (
            *("--entrypoint=", "--image-volume=ignore", "--no-healthcheck"),
            *("--http-proxy=false", "--sdnotify=ignore"),
        )

    def finish(self, podman_id: str) -> None:
        """Note that the container has been set up: from now on the lab counts as made."""
        part = self.folder / "ready.part"
        part.write_text(podman_id)
        part.rename(self.folder / "ready")

    def pid(self) -> int:
        """Return pid 1 of a lab that was set up and runs, as this host knows it; 0 where there is none.

        Raises LabError where podman cannot say so: a lab is not taken for dead because podman is in trouble.
        """
        try:
            ready = (self.folder / "ready").read_text()
        except OSError:
            return 0
        shown = tried("container", "inspect", "--format", "{{.Id}} {{.State.Status}} {{.State.Pid}}", self.name)
        match shown.stdout.decode().split():
            case [found, "running", pid] if found == ready:
                return int(pid)
        if shown.returncode and self._containers() != []:
            raise LabError(f"podman cannot say whether lab {self.id} runs: {words(shown)}")
        return 0

    def kill(self) -> bool:
        """Remove containers and home; False where something is left."""
        found = self._containers()
        if found is None or (found and tried("rm", "--force", "--time=0", *found).returncode):
            return False
        tried("volume", "rm", "--force", self.name)
        left = tried("volume", "ls", "--quiet")
        return not left.returncode and self.name not in left.stdout.decode().split()

    def _containers(self) -> list[str] | None:
        """List the ids of the lab's container and of those beside it; None where podman fails.

        `podman container exists` would end with 1 as well where podman cannot read its own settings.
        """
        shown = tried("ps", "--all", "--quiet", "--filter", f"name=^{self.name}(\\.judge-.*)?$", "--no-trunc")
        return None if shown.returncode else shown.stdout.decode().split()

    def forget(self) -> None:
        """Remove the folder: the last trace of the lab."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def age(self) -> float:
        """Return for how many seconds the folder has been there."""
        try:
            return max(0.0, time.time() - self.folder.stat().st_ctime)
        except FileNotFoundError:
            return 0.0

    def _order(self) -> tuple[Limits, str, int]:
        noted = self.noted()
        assert noted  # noqa: S101 - written before anything is made
        return noted
