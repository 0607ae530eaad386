"""The command line that makes a lab: every namespace, no network, a small home, and of the host nothing but /usr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.tasks.providers.labs.surroundings import HOME, SCRATCH, SHARED, environment, setup_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bellwork.tasks.providers.labs.protocol import LabOrder

_UID = "1000"
#: What pid 1 is called once the lab is ready. As pid 1 of its namespace it cannot be killed from within.
READY = "lab-is-ready"
#: Unpacks the tars that are its standard input, one behind the other, sets the lab up, and stays.
_BEGIN = f"""umask 022
tar --ignore-zeros --no-same-owner -xf - || {{ echo its files do not fit its storage >&2; exit 1; }}
[ -z "$1" ] || /bin/sh -c "$1" </dev/null >/dev/null 2>&1 || {{ echo its setup script failed >&2; exit 1; }}
exec /bin/sh -c 'while :; do sleep 2147483647 & wait; done' {READY} </dev/null >/dev/null 2>&1"""


def options(order: LabOrder, etc: Path, info: int) -> list[str]:
    """Return bwrap's options for a lab; what it tells of the lab goes to a file descriptor."""
    links = [part for name in ("bin", "sbin", "lib", "lib32", "lib64") for part in _as_here(name)]
    return [
        *("--unshare-all", "--unshare-user", "--disable-userns", "--uid", _UID, "--gid", _UID),
        *("--hostname", "lab", "--new-session", "--as-pid-1", "--clearenv"),
        *(part for name, value in environment(order.environment).items() for part in ("--setenv", name, value)),
        *("--ro-bind", "/usr", "/usr", *links),
        *("--ro-bind", str(etc), "/etc", "--proc", "/proc", "--dev", "/dev"),
        *("--size", str(SHARED), "--perms", "1777", "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),  # noqa: S108
        *("--size", str(SCRATCH), "--perms", "1777", "--tmpfs", "/tmp"),  # noqa: S108
        *("--size", str(order.limits.storage), "--perms", "0755", "--tmpfs", HOME),
        *("--remount-ro", "/", "--chdir", HOME, "--info-fd", str(info)),
    ]


def program(order: LabOrder, rlimits: Mapping[str, int]) -> list[str]:
    """Return what a lab begins with: its pid 1, which is told the setup script, under limits for each process."""
    limited = [f"--{name.removeprefix('RLIMIT_').lower()}={most}" for name, most in rlimits.items()]
    return ["/usr/bin/prlimit", *limited, "/bin/sh", "-c", _BEGIN, "lab-begins", setup_of(order)]


def is_ready(command: bytes) -> bool:
    """Say whether the command line of pid 1 (/proc/PID/cmdline) is that of a lab that has been set up."""
    return command.split(b"\0")[3:] == [READY.encode(), b""]


def _as_here(name: str) -> list[str]:
    """Return how a folder beside /usr comes in: as the link that it is on merged systems, or by itself."""
    place = Path("/") / name
    if place.is_symlink():
        return ["--symlink", str(place.readlink()).lstrip("/"), str(place)]
    return ["--ro-bind", str(place), str(place)] if place.is_dir() else []
