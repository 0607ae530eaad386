"""The folder of one host's labs: a folder for each lab, locks, and the user ids that labs have on this host."""

from __future__ import annotations

import fcntl
import os
import re
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.tasks.providers.labs.protocol import LabError, LabRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_LOCKS = 256
#: Ids of this host's users that labs may have: of a range that systemd and container tools give to nobody.
_FIRST_ID, _LAST_ID = 1_000_000, 1_900_000
_FEW_FIRST, _FEW_LAST = 20_000, 59_000


class Place:
    """A folder that only its user writes to. Everything in it may be looked at twice, by many processes at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in (root, self.labs, root / "locks", root / "ids"):
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        facts = root.lstat()
        if facts.st_uid != os.geteuid() or facts.st_mode & 0o022 or not root.is_dir():
            raise LabError(
                f"the folder of labs {root} is not this user's own, or others may write to it; LABS_URL names it"
            )

    @property
    def labs(self) -> Path:
        """Where the labs' folders are."""
        return self.root / "labs"

    def lab(self, lab_id: str) -> Path:
        """Return the folder of a lab; raises LabRefused for an id that is no name of a folder."""
        if not _ID.fullmatch(lab_id):
            raise LabRefused(f"{lab_id[:80]!r} is no id of a lab: up to 80 of a-z, 0-9 and -")
        return self.labs / lab_id

    def held(self) -> list[Path]:
        """List the folders of labs; what else lies there, such as lost+found, is nobody's lab."""
        return [each for each in self.labs.iterdir() if _ID.fullmatch(each.name)]

    @contextmanager
    def locked(self, lab_id: str) -> Iterator[None]:
        """Hold a lab alone among all processes of this host; a process that dies lets go."""
        number = zlib.crc32(lab_id.encode()) % _LOCKS
        with (self.root / "locks" / str(number)).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def take_id(self, lab_id: str) -> int:
        """Take a user id of this host that no other lab has; as another user than root, our own."""
        if os.geteuid() != 0:
            return os.geteuid()
        first, last = _ids()
        start = zlib.crc32(lab_id.encode()) % (last - first)
        for step in range(last - first):
            uid = first + (start + step) % (last - first)
            try:
                (self.root / "ids" / str(uid)).symlink_to(lab_id)
            except FileExistsError:
                continue
            return uid
        raise LabError(f"all {last - first} user ids for labs are taken on this host")

    def give_id(self, uid: int, lab_id: str) -> None:
        """Give a user id back, if it is this lab's."""
        link = self.root / "ids" / str(uid)
        if link.is_symlink() and str(link.readlink()) == lab_id:
            link.unlink()

    def give_ids(self, lab_id: str) -> None:
        """Give back what a lab took whose maker died before it could note it."""
        for link in (self.root / "ids").iterdir():
            self.give_id(int(link.name), lab_id)


def _ids() -> tuple[int, int]:
    """Return the range of user ids for labs that this process's own user namespace knows."""
    mapped = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    for first, last in ((_FIRST_ID, _LAST_ID), (_FEW_FIRST, _FEW_LAST)):
        if any(inside <= first and last <= inside + length for inside, _, length in mapped):
            return first, last
    raise LabError("root of this container has no user ids to give to labs: its user namespace maps fewer than 59,000")
