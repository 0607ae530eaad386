"""PostgreSQL refuses to run as root: root runs it as the user `nobody`, other users as themselves."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bellwork.ops.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from pathlib import Path

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """The user PostgreSQL runs as; `foreign` when that is not the user who starts it."""

    uid: int
    gid: int
    foreign: bool

    def popen(self) -> dict[str, Any]:
        """Return the arguments that make `subprocess` run a program as this user, with no other groups."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.foreign else {}

    def own(self, directory: Path) -> None:
        """Give this user a directory we made for it."""
        if self.foreign:
            os.chown(directory, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Say whether this user may walk to `path`, every directory on the way being open to all."""
        way = [path, *path.parents]
        return not self.foreign or all(step.stat().st_mode & 0o001 for step in way if step.is_dir())

    def reads(self, file: Path) -> bool:
        """Say whether this user may walk to `file` and read it."""
        return not self.foreign or (self.reaches(file.parent) and bool(file.stat().st_mode & 0o004))


def postgres_account() -> Account:
    """Choose who runs PostgreSQL; EmbeddedError where that user has no line in the passwd database."""
    uid = os.geteuid()
    try:
        if uid == 0:
            nobody = pwd.getpwnam(UNPRIVILEGED)
            return Account(nobody.pw_uid, nobody.pw_gid, foreign=True)
        pwd.getpwuid(uid)
    except KeyError as error:
        raise EmbeddedError(_no_such_user(uid)) from error
    return Account(uid, os.getegid(), foreign=False)


def _no_such_user(uid: int) -> str:
    if uid == 0:
        return f"root cannot run PostgreSQL and this system has no user {UNPRIVILEGED!r}; run as an ordinary user"
    return (
        f"user id {uid} has no entry in /etc/passwd, and PostgreSQL refuses to run as nobody it knows; "
        "run as a user with an entry, or set DATABASE_URL and REDIS_URL to servers of your own"
    )
