"""A worker tries whether the disks that it writes to take any more, and notes in Redis which do not.

Whoever looks need not be on its machine. A thread of its own does it: a network file system that hangs holds up
nothing.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Event, Thread

import structlog
from redis import RedisError

from bellwork.db import troubles
from bellwork.db.room import folders, refusal
from bellwork.workers import due_set

log = structlog.get_logger("bellwork.room")

#: Seconds between two tries, and for which a note lasts that nobody renews.
EVERY, NOTED = 5.0, 15.0


class Room(Thread):
    """Tries them until it is told that the worker has ended."""

    def __init__(self) -> None:
        super().__init__(name="room", daemon=True)
        self.host = socket.gethostname()
        self._full: set[str] = set()
        self._ended = Event()

    def run(self) -> None:
        """Look, at once and then each EVERY seconds."""
        self.look()
        while not self._ended.wait(EVERY):
            self.look()

    def end(self) -> None:
        """Let the thread end; it is not waited for."""
        self._ended.set()

    def look(self) -> None:
        """Note each folder whose disk takes nothing, and clear what was noted here of those that do again."""
        for setting, folder in folders().items():
            said, name = refusal(folder), f"{setting} {self.host}"
            if said and setting not in self._full:
                log.error("a disk takes no files", setting=setting, folder=str(folder), error=said)
            with suppress(RedisError):
                if said:
                    troubles.note(due_set.client(), name, "full", f"{said} in {folder} on {self.host}", NOTED)
                elif setting in self._full:
                    troubles.clear(due_set.client(), name, "full")
            self._full = self._full | {setting} if said else self._full - {setting}
