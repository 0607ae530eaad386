"""Control groups, of version 1 or 2: what a lab may use, and all of its processes by one name."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bellwork.tasks.providers.labs.limits import Limits

CONTROLLERS = ("memory", "cpu", "pids")
_FOLDER = "bellwork-labs"
_PERIOD = 100_000
_PATIENCE = 5.0


@dataclass(frozen=True)
class Groups:
    """Where groups can be made: for each controller the folder of ours; all the same one in version 2."""

    version: int
    folders: dict[str, Path]

    @property
    def missing(self) -> tuple[str, ...]:
        """Name the controllers that cannot be used here."""
        return tuple(name for name in CONTROLLERS if name not in self.folders)

    def of(self, name: str) -> tuple[Path, ...]:
        """Return the groups of one name, each once."""
        return tuple(dict.fromkeys(folder / name for folder in self.folders.values()))

    def make(self, name: str, limits: Limits) -> tuple[Path, ...]:
        """Make the groups of one name with these limits; those that are there get them anew."""
        for group in self.of(name):
            group.mkdir(exist_ok=True)
        for controller, folder in self.folders.items():
            for file, value in _settings(self.version, controller, limits):
                _write(folder / name / file, value)
        return self.of(name)

    def end(self, name: str) -> bool:
        """Kill all in the groups of a name, and of the names that begin with it and a dot, and remove them.

        False where something would not die in 5 s.
        """
        folders = set(self.folders.values())
        groups = [group for folder in folders for group in (folder / name, *folder.glob(f"{name}.*")) if group.is_dir()]
        until = time.monotonic() + _PATIENCE
        while groups:
            for group in groups:
                _kill(group)
            groups = [group for group in groups if not _removed(group)]
            if groups and time.monotonic() > until:
                return False
            time.sleep(0.005 if groups else 0)
        return True


@cache
def find_groups() -> Groups:
    """Find out once which controllers this process may make groups of: as it stands in them, else at their root."""
    mounts, own = _mounts(), _own()
    old = {}
    for controller in CONTROLLERS:
        root = mounts.get(controller)
        candidates = [root / own.get(controller, "").lstrip("/"), root] if root else []
        if folder := next(filter(None, map(_made, candidates)), None):
            old[controller] = folder
    if old or not (root := mounts.get("")):
        return Groups(1, old)
    here = root / own.get("", "").lstrip("/")
    for candidate in (here, here.parent if here != root else root, root):
        if (folder := _made(candidate)) and (given := _delegated(candidate, folder)):
            return Groups(2, dict.fromkeys(given, folder))
    return Groups(2, {})


def _settings(version: int, controller: str, limits: Limits) -> list[tuple[str, str]]:
    quota = str(max(1_000, int(limits.cpu * _PERIOD)))
    if version == 1:
        return {
            "memory": [
                ("memory.limit_in_bytes", str(limits.memory)),
                ("memory.memsw.limit_in_bytes", str(limits.memory)),
            ],
            "cpu": [("cpu.cfs_period_us", str(_PERIOD)), ("cpu.cfs_quota_us", quota)],
            "pids": [("pids.max", str(limits.pids))],
        }[controller]
    return {
        "memory": [("memory.max", str(limits.memory)), ("memory.swap.max", "0")],
        "cpu": [("cpu.max", f"{quota} {_PERIOD}")],
        "pids": [("pids.max", str(limits.pids))],
    }[controller]


def _write(file: Path, value: str) -> None:
    try:
        file.write_text(value)
    except FileNotFoundError:  # a kernel without accounting of swap has no such file
        if "sw" not in file.name:
            raise


def _kill(group: Path) -> None:
    """Let nothing new begin in a group, and kill what is in it."""
    try:
        if (whole := group / "cgroup.kill").exists():
            whole.write_text("1")
            return
        if (most := group / "pids.max").exists():
            most.write_text("0")
        for pid in (group / "cgroup.procs").read_text().split():
            _kill_member(group, int(pid))
    except (FileNotFoundError, ProcessLookupError):
        return


def _kill_member(group: Path, pid: int) -> None:
    """Kill a process if it is in the group: its number may have become another's since the list was read."""
    handle = os.pidfd_open(pid)
    try:
        if str(pid) in (group / "cgroup.procs").read_text().split():
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    finally:
        os.close(handle)


def _removed(group: Path) -> bool:
    try:
        group.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # something in it is not dead yet
        return False
    return True


def _made(parent: Path) -> Path | None:
    folder = parent / _FOLDER
    try:
        folder.mkdir(exist_ok=True)
        return folder if os.access(folder / "cgroup.procs", os.W_OK) else None
    except OSError:
        return None


def _delegated(parent: Path, folder: Path) -> list[str]:
    """Hand the controllers of a version 2 group down to ours, and name those that arrived."""
    wanted = [name for name in CONTROLLERS if name in (parent / "cgroup.controllers").read_text().split()]
    for group in (parent, folder):
        try:
            (group / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in wanted))
        except OSError:  # it holds processes, or is not ours to change: what it has handed down already counts
            continue
    arrived = (folder / "cgroup.subtree_control").read_text().split()
    return [name for name in wanted if name in arrived]


def _mounts() -> dict[str, Path]:
    """Return where each controller of version 1 is mounted, and by the empty name version 2."""
    mounts: dict[str, Path] = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        place = Path(before.split(" ")[4])
        if kind == "cgroup2":
            mounts[""] = place
        elif kind == "cgroup":
            mounts |= dict.fromkeys(options.split(","), place)
    return mounts


def _own() -> dict[str, str]:
    """Return in which group this process stands, by controller, and by the empty name in version 2."""
    own: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        own |= dict.fromkeys(controllers.split(","), path)
    return own
