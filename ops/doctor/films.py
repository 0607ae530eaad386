"""Films: whether this host has the memory that one process of the encoder takes."""

from __future__ import annotations

import importlib.util
from contextlib import suppress
from pathlib import Path

from bellwork.ops.doctor.finding import Finding

#: Megabytes that a process takes for films of up to 1080 lines, and for 4k (tests/benchmarks/README.md, ladders).
USUAL, LARGEST = 255, 700
_MEGABYTE = 1_000_000


def check_films() -> Finding:
    """Hold the memory of this host, or of its control group, against what a ladder takes where films are made."""
    if importlib.util.find_spec("av") is None:
        return Finding("ok", "films", "none are made with this installation: it has no PyAV")
    free = memory()
    said = f"a thread of the queue video takes {USUAL} MB for a film of up to 1080 lines, {LARGEST} MB for 4k"
    if free is None:
        return Finding("ok", "films", f"{said}; how much there is cannot be read here")
    said = f"{said}; {free // _MEGABYTE} MB can be had here"
    if free >= LARGEST * _MEGABYTE:
        return Finding("ok", "films", said)
    return Finding(
        "warn", "films", said, "give its workers more memory, or run those of the queue video on another host"
    )


def memory(proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Return the bytes that this process can have: what is available here, and no more than any group of it may have.

    None where the system does not tell.
    """
    found = []
    with suppress(OSError, ValueError, StopIteration):
        lines = (proc / "meminfo").read_text().splitlines()
        found.append(1024 * int(next(line for line in lines if line.startswith("MemAvailable:")).split()[1]))
    with suppress(OSError):
        for line in (proc / "self" / "cgroup").read_text().splitlines():
            _, controllers, name = line.split(":", 2)
            if not controllers:
                found += _limits(groups, name, "memory.max")
            elif "memory" in controllers.split(","):
                found += _limits(groups / "memory", name, "memory.limit_in_bytes")
    return min(found, default=None)


def _limits(top: Path, name: str, file: str) -> list[int]:
    """Return the limits of a group and of those around it; `max` is none."""
    limits = []
    group = Path(name.lstrip("/"))
    for each in (group, *group.parents):
        with suppress(OSError, ValueError):
            limits.append(int((top / each / file).read_text()))
    return limits
