"""A writer that keeps its pace: each statement has its moment, and what it takes is counted from that moment.

`python -m tests.benchmarks.open_loop` reads a line of JSON, {"rate", "statements"}, says `ready`, writes to
DATABASE_URL until the next line comes, and answers with {"moments", "waits", "errors"}: seconds of the monotonic clock.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from itertools import count
from typing import Any

import psycopg

#: So many sessions share the pace; one that has to wait leaves the next moments to the others until all of them wait.
SESSIONS = 8


class Writer:
    """The sessions, the moments they share out among themselves, and what came of them."""

    def __init__(self, url: str, rate: float, statements: list[str]) -> None:
        self._apart = 1 / rate
        self._statements = [statement.encode() for statement in statements]
        self._numbers = count()
        self._sessions = [psycopg.connect(url, autocommit=True) for _ in range(SESSIONS)]
        self._stopped = threading.Event()
        self.done: list[tuple[float, float]] = []
        self.errors: Counter[str] = Counter()

    def start(self) -> None:
        """Begin."""
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=self._write, args=(session,)) for session in self._sessions]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let what is under way, and what is overdue, come to its end."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _write(self, session: psycopg.Connection[Any]) -> None:
        ended = float("inf")
        while True:
            number = next(self._numbers)
            moment = self._began + number * self._apart
            if self._stopped.is_set():
                ended = min(ended, time.monotonic())
            if moment > ended:
                return
            time.sleep(max(0.0, moment - time.monotonic()))
            result = session.pgconn.exec_(self._statements[number % len(self._statements)])
            if message := result.error_message:
                self.errors[message.decode().strip().partition("\n")[0]] += 1
            else:
                self.done.append((moment, time.monotonic() - moment))


def main() -> None:
    """Write as told."""
    told = json.loads(sys.stdin.readline())
    writer = Writer(os.environ["DATABASE_URL"], told["rate"], told["statements"])
    writer.start()
    _answer("ready")
    sys.stdin.readline()
    writer.stop()
    done = sorted(writer.done)
    moments, waits = [moment for moment, _ in done], [wait for _, wait in done]
    _answer(json.dumps({"moments": moments, "waits": waits, "errors": writer.errors}))


def _answer(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
