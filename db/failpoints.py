"""Named points in the real code where a test lets something go wrong; nothing at all unless FAILPOINTS is set.

FAILPOINTS names a folder. A file in it is an order: its name says where, its text says what.

    after_claim                   kill9              the first process that comes by takes the order, exactly one
    after_claim.2                 kill9              another order for the same point; any number will do
    before_commit.faults.speak    sleep 5            only for one subject (an actor, a file's key, a loop)
    before_bell.always            raise              every process, every time, until the file is removed

    kill9 | term | stop | segv    the process gets SIGKILL, SIGTERM, SIGSTOP, or reads memory that is not there
    exit N                        the process ends at once with this code
    sleep S | gil S               this thread waits, or holds the interpreter lock, for S seconds
    raise [words]                 InjectedFault, an ordinary exception
    end                           SystemExit, which ends this thread and nothing else
    enospc                        OSError, no space left on device

A taken order is renamed to `<name>.taken`, whose change time says when.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

_FOLDER = os.environ.get("FAILPOINTS", "")
_NUMBER_OR_ALWAYS = re.compile(r"(\.\d+)?(\.always)?$")


class InjectedFault(RuntimeError):  # noqa: N818 - it is a fault by design, and its name is read in logs
    """A failpoint was ordered to raise."""


def reach(point: str, subject: str = "") -> None:
    """Stand at a point of the code: carry out what was ordered for it, and for this subject, if anything was.

    Raises ValueError for an unknown order.
    """
    if _FOLDER and (order := _take(Path(_FOLDER), point, subject)):
        _carry_out(point, *order.split(maxsplit=1))


def named(subject: str) -> str:
    """Return the subject as it stands in the name of a file: a key of the storage has slashes."""
    return subject.replace("/", "+")


def _take(folder: Path, point: str, subject: str) -> str | None:
    concerned = {point, f"{point}.{named(subject)}"}
    for order in sorted(folder.glob(f"{point}*")):
        if order.suffix == ".taken" or _NUMBER_OR_ALWAYS.sub("", order.name) not in concerned:
            continue
        try:
            if order.suffix != ".always":
                order = order.rename(order.with_name(f"{order.name}.taken"))  # noqa: PLW2901 - it is the same order
            return order.read_text()
        except FileNotFoundError:
            continue  # another process was faster
    return None


def _carry_out(point: str, action: str, argument: str = "") -> None:  # noqa: C901 - one line for each action
    match action:
        case "kill9":
            os.kill(os.getpid(), signal.SIGKILL)
        case "term":
            os.kill(os.getpid(), signal.SIGTERM)
        case "stop":
            # To this thread: sent to the process, it may stop another one first, and this one would go on for a while.
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
        case "segv":
            ctypes.string_at(0)
        case "exit":
            os._exit(int(argument))
        case "sleep":
            time.sleep(float(argument))
        case "gil":
            ctypes.PyDLL(None).usleep(round(float(argument) * 1_000_000))
        case "raise":
            raise InjectedFault(f"failpoint {point}: {argument or action}")
        case "end":
            sys.exit()
        case "enospc":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        case _:
            raise ValueError(f"failpoint {point}: nobody understands the order {action!r}")
