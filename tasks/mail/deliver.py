"""Sends letters one after the other: the commit that says what became of one claims the next."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.letters import clear_hold
from bellwork.tasks.mail.outcome import Outcome, offer, record
from bellwork.tasks.mail.prepare import More, Ready, next_letter
from bellwork.tasks.providers import MailServerTrouble
from bellwork.workers import Snooze
from bellwork.workers.circuit import REST, TRIPS, circuit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bellwork.db.letters import Holder


class _NoneDue(Exception):  # noqa: N818 - it is why the loop ends
    """There is nothing to send; neither a failure nor a success of the mail server."""


class Delivery:
    """A run of letters for one attempt of one job. What was offered is always written down, whatever ends the run."""

    def __init__(self, holder: Holder, systems: Sequence[str]) -> None:
        self._holder, self._systems = holder, systems
        self._outcome: Outcome | None = None
        self._hold_looked_at = False

    def run(self, seconds: float) -> None:
        """Send what is due, for so many seconds, and the letter that is under way then.

        Raises Snooze while nobody's letters are taken: the fleet's circuit is open, or failures have come in a row.
        """
        until, failed = time.monotonic() + seconds, 0
        try:
            while time.monotonic() < until:
                try:
                    self._one()
                    failed = 0
                except _NoneDue:
                    return
                except MailServerTrouble as trouble:
                    failed += 1
                    if failed >= TRIPS:
                        raise Snooze(REST, str(trouble)) from trouble
        finally:
            self._write_down()

    def _one(self) -> None:
        with circuit("mail", MailServerTrouble):
            ready = self._claim()
            if ready is None:
                raise _NoneDue
            reach("after_letter_claimed", ready.claimed.key)
            try:
                self._outcome = offer(ready)
            except MailServerTrouble as trouble:
                self._outcome = Outcome(ready, trouble)
                raise
            reach("after_letter_offered", ready.claimed.key)

    def _claim(self) -> Ready | None:
        while True:
            with transaction() as conn:
                self._record(conn)
                found = next_letter(conn, self._holder, self._systems)
            self._outcome = None
            if not isinstance(found, More):
                return found

    def _write_down(self) -> None:
        if self._outcome is not None:
            with transaction() as conn:
                self._record(conn)
            self._outcome = None

    def _record(self, conn: Connection) -> None:
        if self._outcome is None:
            return
        record(conn, self._outcome)
        if isinstance(self._outcome.failure, MailServerTrouble):
            self._hold_looked_at = False
        elif not self._hold_looked_at:
            self._hold_looked_at = True
            clear_hold(conn)
