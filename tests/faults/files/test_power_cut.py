"""What the kernel is asked for, in order: a power cut leaves the whole file under its name, or no name."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_STRACE = shutil.which("strace")
_CALLS = "mkdir,mkdirat,write,fsync,fdatasync,link,linkat,rename,renameat,renameat2,unlink,unlinkat"
_PUT = (
    "import sys; from bellwork.tasks.providers.storage import open_storage;"
    " open_storage(sys.argv[1]).put('new/file', b'x' * 99)"
)


@pytest.mark.skipif(_STRACE is None, reason="needs strace")
def test_f2_everything_is_on_the_disk_before_it_has_a_name(tmp_path: Path) -> None:
    """Folder, then what is in it, then the part, then the name, then the folder with the name; the part goes last."""
    seen = _traced(tmp_path)

    assert [
        "mkdir store",
        "fsync .",
        "mkdir store/new",
        "fsync store",
        "write store/new/PART",
        "fsync store/new/PART",
        "link store/new/PART",
        "fsync store/new",
        "unlink store/new/PART",
    ] == seen


def _traced(folder: Path) -> list[str]:
    """Store a file under strace, and list what was done below the folder."""
    log = folder.with_name(f"{folder.name}.strace")
    traced = [str(_STRACE), "-f", "-y", "-o", str(log), "-e", f"trace={_CALLS}"]
    program = [sys.executable, "-c", _PUT, f"file://{folder}/store"]
    done = subprocess.run([*traced, *program], cwd=ROOT, capture_output=True, text=True, check=False)
    if "ptrace" in done.stderr:
        pytest.skip("may not trace processes here")
    assert 0 == done.returncode, done.stderr
    return [step for line in log.read_text().splitlines() if (step := _step(line, folder))]


def _step(line: str, folder: Path) -> str | None:
    call = re.match(r"\d+ +(\w+?)(?:at)?2?\(", line)
    path = re.search(rf'[<"]{re.escape(str(folder))}(/[^>"]*)?[>"]', line)
    if not call or not path or "= -1" in line:
        return None
    name = re.sub(r"file#\w+\.part", "PART", (path[1] or "/.").removeprefix("/"))
    return f"{call[1]} {name}"
