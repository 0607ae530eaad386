"""Where the stack keeps things: short paths for sockets, and data where PostgreSQL's user can reach it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ops.embedded import reachable
from ops.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from ops.embedded.account import Account

#: A unix socket's path ends at 104 bytes (macOS) or 108 (Linux); the names below it take about 40.
LONGEST_PARENT = 60


def make_state_dir(state_dir: Path) -> None:
    """Make the state directory, private to its owner; as root, one that `nobody` may walk through, not read."""
    state_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)


def make_socket_dir(account: Account) -> Path:
    """Make a new 0700 directory for the sockets, owned by the user who runs PostgreSQL."""
    for parent in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108 - mkdtemp makes it safe
        if len(os.fsencode(parent)) <= LONGEST_PARENT and parent.is_dir() and account.reaches(parent):
            directory = Path(tempfile.mkdtemp(prefix="bellwork-", dir=parent))
            account.own(directory)
            return directory
    raise EmbeddedError(f"no temporary directory is short enough for a socket and open to user id {account.uid}")


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
