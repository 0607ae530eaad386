"""The doctor says what memory a ladder takes, and warns where a host has less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.ops.doctor import films

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("group", "limit", "free"),
    [
        ("0::/a/b", ("a", "memory.max", "600000000"), 600_000_000),
        ("0::/a/b", ("a/b", "memory.max", "max"), 2_048_000_000),
        ("4:memory:/a", ("memory/a", "memory.limit_in_bytes", "9223372036854771712"), 2_048_000_000),
        ("4:cpu,memory:/a", ("memory/a", "memory.limit_in_bytes", "300000000"), 300_000_000),
        ("4:cpu:/a", ("memory/a", "memory.limit_in_bytes", "300000000"), 2_048_000_000),
    ],
)
def test_memory_is_what_is_there_and_what_groups_allow(
    tmp_path: Path, group: str, limit: tuple[str, str, str], free: int
) -> None:
    """Of both versions of control groups, also of groups around this one."""
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text(f"1:name=systemd:/x\n{group}\n")
    (tmp_path / "meminfo").write_text("MemTotal: 9000000 kB\nMemAvailable: 2000000 kB\n")
    folder, file, value = limit
    (tmp_path / "groups" / folder).mkdir(parents=True)
    (tmp_path / "groups" / folder / file).write_text(f"{value}\n")
    assert free == films.memory(tmp_path, tmp_path / "groups")


def test_a_host_that_tells_nothing_is_no_trouble(tmp_path: Path) -> None:
    """Nothing is known, and nothing is said to be wrong."""
    assert films.memory(tmp_path, tmp_path) is None


@pytest.mark.parametrize(("free", "kind"), [(699_000_000, "warn"), (700_000_000, "ok"), (None, "ok")])
def test_too_little_for_4k_is_a_warning(monkeypatch: pytest.MonkeyPatch, free: int | None, kind: str) -> None:
    """It names both figures, and what is there."""
    monkeypatch.setattr(films, "memory", lambda: free)
    found = films.check_films()
    assert (kind, kind == "warn") == (found.kind, bool(found.mend))
    assert "255 MB" in found.said
    assert "700 MB for 4k" in found.said
    assert free is None or f"{free // 1_000_000} MB can be had" in found.said
