"""What lies in the folder we start in is believed only where nobody else can have put it there."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget
from bellwork.db.settings import SettingsError, settings
from bellwork.db.trust import distrust

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
#: No user of this system, and no group.
STRANGER = 54321


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder we start in, without any settings around it."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    forget()
    yield tmp_path
    forget()


@pytest.mark.parametrize(("mode", "believed"), [(0o600, True), (0o644, True), (0o646, False), (0o602, False)])
def test_what_others_may_write_is_not_believed(tmp_path: Path, mode: int, believed: bool) -> None:
    """Reading is not writing; the reason names the file and its mode."""
    file = tmp_path / "file"
    file.touch()
    file.chmod(mode)
    reason = distrust(file)

    assert believed == (reason is None)
    assert believed or f"{file} can be written to by others (mode {mode:04o})" in str(reason)


@as_root
def test_a_group_may_write_where_it_is_the_owners_own(tmp_path: Path) -> None:
    """Another group may not."""
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o660)
    own = distrust(file)
    os.chown(file, -1, STRANGER)

    assert own is None
    assert "can be written to by others" in str(distrust(file))


@as_root
@pytest.mark.parametrize("what", ["file", "link", "target"])
def test_what_belongs_to_another_user_is_not_believed(tmp_path: Path, what: str) -> None:
    """Be it the file, a link to one of ours, or what a link of ours leads to."""
    file, link = tmp_path / "file", tmp_path / "link"
    file.touch()
    link.symlink_to(file)
    os.chown(link if what == "link" else file, STRANGER, -1, follow_symlinks=False)

    assert f"belongs to user id {STRANGER}" in str(distrust(file if what == "file" else link))


def test_what_is_not_there_needs_no_belief(tmp_path: Path) -> None:
    """Nothing stands there, so nothing is read."""
    assert distrust(tmp_path / "none") is None


def test_settings_of_somebody_else_are_not_read(folder: Path) -> None:
    """One line names the file; no line of it counts."""
    file = folder / ".env"
    file.write_text("DATABASE_URL=postgresql://evil/x\nREDIS_URL=redis://evil/0\n")
    file.chmod(0o666)

    with pytest.raises(SettingsError, match=r"\.env can be written to by others \(mode 0666\)"):
        settings()
    file.chmod(0o600)
    assert "evil" in settings().database_url


@pytest.mark.parametrize("open_one", [".bellwork", ".bellwork/stack.json"])
def test_a_stack_of_somebody_else_is_not_used(folder: Path, open_one: str) -> None:
    """Neither a record that others may write to, nor one in a folder of theirs."""
    record = folder / ".bellwork/stack.json"
    record.parent.mkdir(mode=0o700)
    addresses = {"supervisor_pid": os.getpid(), "database_url": "postgresql://evil/x", "redis_url": "redis://evil/0"}
    record.write_text(json.dumps(addresses))
    record.chmod(0o600)
    assert "evil" in settings().database_url
    forget()
    (folder / open_one).chmod(0o777)

    with pytest.raises(SettingsError, match="can be written to by others"):
        settings()
