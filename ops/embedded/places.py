"""Where the stack keeps things: short paths for sockets, and data where PostgreSQL's user can reach it."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.db.trust import distrust
from bellwork.ops.embedded import reachable
from bellwork.ops.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from bellwork.ops.embedded.account import Account

#: A unix socket's path ends at 104 bytes (macOS) or 108 (Linux); the names below it take about 40.
LONGEST_PARENT = 60


#: Where sockets may lie, and how their directories are called.
PREFIX = "bellwork-"


def make_state_dir(state_dir: Path) -> None:
    """Make the state directory, private to its owner; as root, one that `nobody` may walk through, not read.

    Raises EmbeddedError where there is one that another user owns or may write to.
    """
    if reason := distrust(state_dir):
        raise EmbeddedError(f"{reason}, or choose another state directory")
    state_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)


def make_socket_dir(account: Account) -> Path:
    """Make a new 0700 directory for the sockets, owned by the user who runs PostgreSQL."""
    for parent in _parents():
        if len(os.fsencode(parent)) <= LONGEST_PARENT and parent.is_dir() and account.reaches(parent):
            directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
            account.own(directory)
            return directory
    raise EmbeddedError(f"no temporary directory is short enough for a socket and open to user id {account.uid}")


def is_socket_dir(path: Path, account: Account) -> bool:
    """Say whether `path` is what make_socket_dir makes: a directory of ours of that name, right in a temporary one."""
    if not path.name.startswith(PREFIX) or path.parent not in _parents():
        return False
    try:
        facts = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid in {os.geteuid(), account.uid}


def _parents() -> tuple[Path, ...]:
    return Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")  # noqa: S108 - mkdtemp makes it safe


def data_dir(state_dir: Path, account: Account) -> Path:
    """Return where PostgreSQL's data lie or are to lie: in the state directory, or where its link `postgres` points.

    The link is made where the user who runs PostgreSQL cannot reach the state directory. Modes of directories that
    were there before are never changed.
    """
    here = state_dir / "postgres"
    if not here.is_symlink() and not account.reaches(state_dir):
        if here.exists():
            raise EmbeddedError(
                f"{str(here)!r} belongs to user id {here.stat().st_uid} and lies where user id {account.uid}, who runs "
                "PostgreSQL for root, cannot go; run as its owner, or choose another state directory"
            )
        elsewhere = Path(tempfile.mkdtemp(prefix="data-", dir=reachable.base(account)))
        elsewhere.chmod(0o711)
        here.symlink_to(elsewhere / "postgres")
    return here.resolve()
