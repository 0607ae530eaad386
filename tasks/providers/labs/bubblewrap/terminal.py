"""A learner's shell on a terminal of the lab's own, so that programs in the lab find it where they look for one."""

from __future__ import annotations

import socket
import subprocess
import tempfile
from typing import TYPE_CHECKING

from bellwork.tasks.providers.labs.bubblewrap.commands import order_for, start
from bellwork.tasks.providers.labs.protocol import LabError
from bellwork.tasks.providers.labs.terminal import PtyShell

if TYPE_CHECKING:
    from bellwork.tasks.providers.labs.bubblewrap.container import Container

_PATIENCE = 5.0


def open_shell(container: Container, rows: int, columns: int) -> PtyShell:
    """Open a terminal in the lab, and a login shell on it; raises LabGone, or LabError where it has no room for one."""
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryFile() as report:
        order = order_for(container, ["/bin/bash", "-l"], terminal=theirs.fileno())
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = start(order, report.fileno(), theirs.fileno(), **quiet)
        theirs.close()
        ours.settimeout(_PATIENCE)
        try:
            _, fds, _, _ = socket.recv_fds(ours, 1, 1)
        except TimeoutError:
            fds = []
        if not fds:
            process.terminate()
            process.wait()
            report.seek(0)
            raise LabError(
                f"lab {container.id} gave no terminal: {report.read().decode() or 'it has no room for a shell'}"
            )
    shell = PtyShell(fds[0], process)
    shell.resize(rows, columns)
    return shell
