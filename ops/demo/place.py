"""What a scene finds around it: the mail that came, a voice and workers that can be broken, a calendar to be late."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

import psutil

from bellwork.db.engine import transaction
from bellwork.db.ledger import lock_entry, update_entry
from bellwork.db.queries.explain import look_around
from bellwork.scheduler.cron import read

if TYPE_CHECKING:
    from datetime import datetime

    from bellwork.db.ledger import StoredEntry
    from bellwork.db.vocabulary.exhibit import Letter
    from bellwork.ops.demo.mailbox import Mailbox
    from bellwork.ops.demo.voice import VoiceService


@dataclass(frozen=True)
class DemoPlace:
    """The demo's `Place` (bellwork.db.vocabulary.scene)."""

    mailbox: Mailbox
    voice: VoiceService

    def break_voice(self, word: str, times: int) -> None:
        """Let the speech service answer 500 to the first text that holds a word, so many times."""
        self.voice.fail(word, times)

    def letters(self) -> tuple[Letter, ...]:
        """Return the letters that the mail server was given so far, in the order they came."""
        return self.mailbox.letters

    def miss_tick(self, entry: str) -> None:
        """Let an entry's last tick before now be due, as if no scheduler had run then.

        Raises ValueError for an entry that is not there, or was never due within the time in which it catches up.
        """
        with transaction() as conn:
            stored = lock_entry(conn, entry)
            if stored is None:
                raise ValueError(f"there is no entry {entry!r} in the calendar")
            update_entry(conn, entry, next_tick=_last_tick(stored))

    def kill_worker_of(self, job: int) -> bool:
        """Kill the process that runs a job, by signal 9; False where none of this demo's does."""
        with transaction() as conn:
            around = look_around(conn, job)
        ours = {child.pid for child in psutil.Process().children(recursive=True)}
        if around is None or around.pid is None or around.pid not in ours:
            return False
        with suppress(ProcessLookupError):
            os.kill(around.pid, signal.SIGKILL)
            return True
        return False


def _last_tick(entry: StoredEntry) -> datetime:
    oldest = entry.now - timedelta(hours=entry.window_hours)
    missed = list(takewhile(lambda tick: tick < entry.now, read(*entry.rule).ticks(oldest)))
    if not missed:
        raise ValueError(f"entry {entry.key!r} was not due in the last {entry.window_hours:g} h")
    return missed[-1]
