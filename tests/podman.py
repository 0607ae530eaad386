"""A host of Podman's labs, where this machine lets anybody run a container; else the reason why not."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers.labs.podman import Podman

if TYPE_CHECKING:
    from collections.abc import Iterator

#: An image of this machine's own programs, so that nothing is fetched from anywhere.
IMAGE = "localhost/bellwork-tests:1"
_PODMAN = shutil.which("podman") or ""
_PROGRAMS = ("sh", "bash", "tar", "cat", "test", "sleep", "id", "ls", "mkdir", "stty", "head", "tail", "env", "perl")
#: runc, since crun refuses hosts whose control groups are of both versions.
_SETTINGS = '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "none"\ntmp_dir = "{0}/tmp"\n'
_STORAGE = '[storage]\ndriver = "vfs"\ngraphroot = "{0}/store"\nrunroot = "{0}/run"\n'


@contextmanager
def host_of_containers() -> Iterator[Podman]:
    """Have a host of labs with a store of containers of its own; nothing of it is left afterwards."""
    if missing := [name for name in ("podman", "runc", "setsid") if not shutil.which(name)]:
        pytest.skip(f"{', '.join(missing)} not installed (Debian: podman, runc)")
    if os.geteuid() != 0:
        pytest.skip("containers of these tests are root's")
    folder = Path(tempfile.mkdtemp(prefix="podman-", dir="/var/tmp"))
    (folder / "containers.conf").write_text(_SETTINGS.format(folder))
    (folder / "storage.conf").write_text(_STORAGE.format(folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONTAINERS_CONF", str(folder / "containers.conf"))
        patch.setenv("CONTAINERS_STORAGE_CONF", str(folder / "storage.conf"))
        try:
            if reason := _trouble(folder):
                pytest.skip(f"podman itself runs no container on this machine: {reason}")
            made = Podman(folder / "place", IMAGE, "here")
            yield made
            left = [each.id for each in made.held() if not made.release(each.id)]
        finally:
            podman("system", "reset", "--force")
            shutil.rmtree(folder, ignore_errors=True)
    assert not left


def podman(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Call podman on the store of these tests."""
    return subprocess.run([_PODMAN, *arguments], check=False, capture_output=True, text=True)


def _trouble(folder: Path) -> str:
    """Return why podman, asked without any code of ours, runs no limited container here; nothing if it does."""
    _import(folder)
    limits = ("--memory=64m", "--pids-limit=20", "--cpus=1", "--network=none")
    files = ("--ulimit=nofile=64:64", "--ulimit=nproc=64:64")
    tried = podman("run", "--rm", *limits, *files, IMAGE, "/bin/sh", "-c", "exit 7")
    return "" if tried.returncode == 7 else tried.stderr.strip()[-300:] or f"it ended with {tried.returncode}"


def _import(folder: Path) -> None:
    image = folder / "image.tar"
    with tarfile.open(image, "w") as tar:
        for path in _files():
            tar.add(path.resolve(), f".{path}", recursive=path.is_dir())
        for name in ("home/learner", "tmp", "etc"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            tar.addfile(entry)
    assert podman("import", str(image), IMAGE).returncode == 0
    image.unlink()


@cache
def _files() -> tuple[Path, ...]:
    """Return the programs of the image and the libraries they load, as they are called."""
    programs = [Path(found) for name in _PROGRAMS if (found := shutil.which(name, path="/bin:/usr/bin"))]
    listed = subprocess.run(["/usr/bin/ldd", *map(str, programs)], check=True, capture_output=True, text=True).stdout
    libraries = {Path(word) for word in listed.split() if word.startswith("/") and not word.endswith(":")}
    return (*programs, *sorted(libraries))
