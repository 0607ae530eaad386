"""Whoever archives nothing needs no pyarrow; whoever does is told what to install."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers.errors import MissingExtra
from bellwork.tasks.upkeep.archive.errors import need_archive
from bellwork.tasks.upkeep.archive.parquet import write_parquet
from tests.faults.processes import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_without_the_extra_the_answer_is_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The package and the extra are named."""
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtra, match=r"pip install '\.\[archive\]'"):
        need_archive()
    with pytest.raises(MissingExtra, match="archiving rows needs the package 'pyarrow"):
        write_parquet(iter([b"id\n"]), tmp_path / "rows.parquet")


def test_the_work_is_loaded_without_pyarrow() -> None:
    """Whoever archives nothing need not install it, nor wait for it: importing the work does not load it."""
    program = "import sys, bellwork.tasks; print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "False" == done.stdout.strip()
