"""Whether a file or a folder may be believed: it is this user's or root's, and no other user can write to it."""

from __future__ import annotations

import grp
import os
import pwd
import stat
import sys
from pathlib import Path


def distrust(path: Path) -> str | None:
    """Say why what stands at `path` must not be believed, and what mends it; None where it may be, or is not there.

    A link is believed where both it and what it leads to may be. A group may write where it is the owner's own and has
    no other member, as many systems set it up.
    """
    try:
        for facts in (path.lstat(), path.stat()):
            if facts.st_uid not in {os.geteuid(), 0}:
                return f"{path} belongs to user id {facts.st_uid}, neither to us ({os.geteuid()}) nor to root: chown it"
            if not stat.S_ISLNK(facts.st_mode) and _is_open(facts):
                return f"{path} can be written to by others (mode {stat.S_IMODE(facts.st_mode):04o}): chmod go-w it"
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"{path} cannot be looked at: {error.strerror}"
    return None


def look_here() -> str | None:
    """Let modules lie in the folder we start in, last on the way; returns why it may not be believed, if so."""
    here = Path.cwd()
    reason = distrust(here)
    if reason is None and str(here) not in sys.path:
        sys.path.append(str(here))
    return reason


def _is_open(facts: os.stat_result) -> bool:
    if facts.st_mode & stat.S_IWOTH:
        return True
    return bool(facts.st_mode & stat.S_IWGRP) and not _is_owners_own(facts)


def _is_owners_own(facts: os.stat_result) -> bool:
    try:
        owner, group = pwd.getpwuid(facts.st_uid), grp.getgrgid(facts.st_gid)
    except KeyError:
        return False
    return group.gr_gid == owner.pw_gid and group.gr_name == owner.pw_name and set(group.gr_mem) <= {owner.pw_name}
