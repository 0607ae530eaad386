"""A learner at the keyboard of a lab."""

from __future__ import annotations

import os
import re
import select
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.tasks.providers.labs import Labs, Shell


_ENDED = re.compile(rb"ended \d+\.")


class Learner:
    """Types lines, and reads what the terminal shows."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell

    def type(self, line: str, seconds: float = 20.0) -> str:
        """Type a line and return what it printed, and at last `ended CODE`; AssertionError where that does not come."""
        os.write(self.shell.fd, f"{line}\necho en''ded $?.\n".encode())
        shown = b""
        until = time.monotonic() + seconds
        while not (found := _ENDED.search(shown)):
            ready, _, _ = select.select([self.shell.fd], [], [], max(0, until - time.monotonic()))
            assert ready, f"nothing more came within {seconds} s after {shown[-300:]!r}"
            shown += os.read(self.shell.fd, 4096)
        return shown[: found.end() - 1].decode("utf-8", "replace").replace("\r", "").replace(line, "", 1)

    def begin(self, line: str) -> None:
        """Type a line and wait for nothing."""
        os.write(self.shell.fd, f"{line}\n".encode())


@contextmanager
def learner(host: Labs, lab_id: str) -> Iterator[Learner]:
    """Open a shell in a lab for the length of the block."""
    shell = host.shell(lab_id, columns=200)
    try:
        typist = Learner(shell)
        typist.begin("exec bash --noediting --norc")
        typist.type("stty -echo; PS1= PS2=")  # from here on nothing is shown but what programs print
        yield typist
    finally:
        shell.close()
