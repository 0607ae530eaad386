"""Runs one program inside a lab's namespaces: a learner's shell, or a judge's command beside the lab.

A program of its own that imports nothing of ours: `python -I -S inside.py FD`. The file descriptor holds a JSON object,
for the arguments of a process are seen by everybody on its host, and a single one has no room for 128 KB:

pid, namespace   pid 1 of the lab as this host knows it, and the number of its pid namespace: both have to fit
uid              the lab's user on this host, whom a root process becomes before it enters
groups           folders of control groups to enter
judge            whether to run beside the lab (own processes, the home only to be read) instead of within it
argv, environment, home, seconds, rlimits
port             instead of a program: connect to this port of the lab's own network
terminal         the file descriptor of a socket, which gets the master of a terminal of the lab for the program; or -1
report           a file descriptor, told how the program ended (128 and the number of a signal), or why there was none

The program cannot write to the report, nor to this process, which is in no namespace that it sees. A SIGTERM to this
process ends it. This process stays until then to reap it: a pid namespace does not end before its last process is
reaped, and where that is left to the host's pid 1, it may take seconds.
"""

import ctypes
import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET, _NEWCGROUP = (
    *(0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000),
    0x02000000,
)
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
_SET_PDEATHSIG, _SET_NO_NEW_PRIVS = 1, 38
_LIBC = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if getattr(_LIBC, name)(*arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


def _mount(kind: str | None, place: str, flags: int, data: str | None = None) -> None:
    kind_ = kind.encode() if kind else None
    _call("mount", kind_, place.encode(), kind_, ctypes.c_ulong(flags), data.encode() if data else None)


def _enter(order: dict) -> None:  # type: ignore[type-arg]
    """Become the lab's user within its namespaces, all in one call, so that no other process can stand in for it."""
    handle = os.pidfd_open(order["pid"])
    if Path(f"/proc/{order['pid']}/ns/pid").stat().st_ino != order["namespace"]:
        raise ProcessLookupError(f"process {order['pid']} is not the lab's any more")
    for group in order["groups"]:
        Path(group, "cgroup.procs").write_text("0")
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(order["uid"], order["uid"], order["uid"])
        os.setresuid(order["uid"], order["uid"], order["uid"])
    shared = _NEWUSER | _NEWNS | _NEWUTS | _NEWNET
    _call("setns", handle, shared if order["judge"] else shared | _NEWIPC | _NEWPID | _NEWCGROUP)
    os.close(handle)
    if order["judge"]:
        _call("unshare", _NEWNS | _NEWPID | _NEWIPC)


def _stand_aside(home: str) -> None:
    """See the lab's files with a home that cannot be written to, processes of one's own, and empty scratch folders."""
    _mount(None, "/", _REC | _PRIVATE)
    _mount("proc", "/proc", _NOSUID | _NODEV | _NOEXEC)
    _mount(None, home, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    _mount("tmpfs", "/tmp", _NOSUID | _NODEV, "size=64m,mode=1777")  # noqa: S108 - the sandbox's own
    _mount("tmpfs", "/dev/shm", _NOSUID | _NODEV, "size=16m,mode=1777")  # noqa: S108 - the sandbox's own


def _on_terminal(fd: int) -> None:
    """Open a terminal of the lab's own, hand its master out, and begin a session on it."""
    master, slave = os.openpty()
    with socket.socket(fileno=fd) as out:
        socket.send_fds(out, [b"t"], [master])
    os.close(master)
    os.login_tty(slave)


def _knock(port: int, seconds: float) -> None:
    """Connect to a port of the lab; never returns. Nothing can be imported in there, as create_connection would."""
    with socket.socket() as caller:
        caller.settimeout(seconds)
        os._exit(1 if caller.connect_ex(("127.0.0.1", port)) else 0)


def _become(order: dict) -> None:  # type: ignore[type-arg]
    """Turn into the program; never returns."""
    _call("prctl", _SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGALRM})
    _call("prctl", _SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if order["judge"]:
        _stand_aside(order["home"])
    if order["port"]:
        _knock(order["port"], order["seconds"])
    if order["terminal"] >= 0:
        _on_terminal(order["terminal"])
    for name, most in order["rlimits"].items():
        resource.setrlimit(getattr(resource, name), (most, most))
    os.chdir(order["home"])
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execve(order["argv"][0], order["argv"], order["environment"])  # noqa: S606 - this is what it is for


def main() -> None:
    """Enter, run, and report how it ended."""
    with os.fdopen(int(sys.argv[1]), "rb") as given:
        order = json.load(given)
    os.set_inheritable(order["report"], False)  # noqa: FBT003 - it takes no keyword
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGALRM})
    try:
        _enter(order)
        child = os.fork()
    except OSError as error:
        os.write(order["report"], str(error).encode())
        return
    if child == 0:
        try:
            _become(order)
        finally:
            os._exit(126)  # it was no program that can be executed
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGALRM})
    if order["judge"]:
        signal.alarm(int(order["seconds"]) + 5)  # whoever asked may be dead; the program dies with this process
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(order["report"], str(code if code >= 0 else 128 - code).encode())


if __name__ == "__main__":
    main()
    os._exit(0)
