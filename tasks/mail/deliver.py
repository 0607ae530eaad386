"""Sends letters: one commit says what became of some and claims the next, which then go one after the other."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bellwork.db.engine import single_statements, transaction
from bellwork.db.failpoints import reach
from bellwork.db.letters import clear_hold, end_run, mark, release
from bellwork.tasks.mail.outcome import Outcome, offer, record
from bellwork.tasks.mail.prepare import More, Ready, next_letters
from bellwork.tasks.providers import MailServerTrouble
from bellwork.workers import Snooze
from bellwork.workers.circuit import REST, TRIPS, circuit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bellwork.db.letters import Holder

#: Letters of one claim: at first, and at most. It is as many as take about so many seconds.
_FIRST, _MOST, _SECONDS = 8, 200, 0.5
#: Seconds after which what was claimed has to be looked at again before it goes: its reader may have changed his mind.
FRESH = 5.0


class _NoneDue(Exception):  # noqa: N818 - it is why the loop ends
    """There is nothing to send; neither a failure nor a success of the mail server."""


class Delivery:
    """A run of letters for one attempt of one job. What was offered is always written down, whatever ends the run.

    What was claimed and not begun is put back.
    """

    def __init__(self, holder: Holder, systems: Sequence[str]) -> None:
        self._holder, self._systems = holder, systems
        self._most = _FIRST
        self._hold_looked_at = False
        #: What is claimed, since when, and which of it is begun; `sent` is what no mark says yet.
        self._batch: list[Ready] = []
        self._since = 0.0
        self._begun: list[int] = []
        self._sent: list[int] = []
        #: How many of them have an outcome, and the outcomes that are not written down.
        self._done = 0
        self._outcomes: list[Outcome] = []

    def run(self, seconds: float) -> None:
        """Send what is due, for so many seconds, and the letters that are under way then.

        Raises Snooze while nobody's letters are taken: the fleet's circuit is open, or failures have come in a row.
        """
        until, failed = time.monotonic() + seconds, 0
        with ExitStack() as stack:
            stack.callback(self._write_down)
            self._marks = stack.enter_context(single_statements())
            while time.monotonic() < until:
                try:
                    self._some()
                    failed = 0
                except _NoneDue:
                    return
                except MailServerTrouble as trouble:
                    failed += 1
                    if failed >= TRIPS:
                        raise Snooze(REST, str(trouble)) from trouble

    def _some(self) -> None:
        with circuit("mail", MailServerTrouble) as failures:
            self._claim(1 if failures else self._most)
            if self._batch:
                reach("after_letter_claimed", self._batch[0].claimed.key)
                with closing(offer(self._batch, self._may_begin)) as offered:
                    for outcome in offered:
                        self._note(outcome)
            if not self._done:
                raise _NoneDue
        took = time.monotonic() - self._since
        self._most = min(_MOST, max(1, round(self._done * _SECONDS / max(took, 0.001))))

    def _may_begin(self) -> bool:
        """Mark the next letter as begun; False where it has to be claimed anew."""
        claimed = self._batch[self._done].claimed
        is_over = claimed.not_after is not None and claimed.not_after <= datetime.now(UTC)
        if is_over or time.monotonic() - self._since > FRESH:
            return False
        if not mark(self._marks, self._holder, claimed.id, self._sent):
            return False
        self._begun.append(claimed.id)
        self._sent.clear()
        reach("after_letter_marked", claimed.key)
        return True

    def _note(self, outcome: Outcome) -> None:
        reach("after_letter_offered", outcome.ready.claimed.key)
        self._outcomes.append(outcome)
        self._done += 1
        if isinstance(outcome.failure, MailServerTrouble):
            self._write_down()
            raise outcome.failure
        if outcome.failure is None:
            self._sent.append(outcome.ready.claimed.id)
        else:
            # The marks know of no other outcome than sent.
            with transaction() as conn:
                self._record(conn)
            self._outcomes = []

    def _claim(self, most: int) -> None:
        found: list[Ready] | More | None = More()
        while isinstance(found, More):
            with transaction() as conn:
                self._end(conn)
                found = next_letters(conn, self._holder, self._systems, most)
            self._hold(found if isinstance(found, list) else [])

    def _write_down(self) -> None:
        if self._batch or self._outcomes:
            with transaction() as conn:
                self._end(conn)
            self._hold([])

    def _end(self, conn: Connection) -> None:
        """Write down what became of what was claimed, and put back what was not begun."""
        end_run(conn, self._holder)
        self._record(conn)
        if self._done < len(self._batch):
            release(conn, self._holder, self._begun)

    def _hold(self, batch: list[Ready]) -> None:
        self._batch, self._since, self._done = batch, time.monotonic(), 0
        self._begun, self._sent, self._outcomes = [], [], []

    def _record(self, conn: Connection) -> None:
        if not self._outcomes:
            return
        record(conn, self._holder, self._outcomes)
        if isinstance(self._outcomes[-1].failure, MailServerTrouble):
            self._hold_looked_at = False
        elif not self._hold_looked_at:
            self._hold_looked_at = True
            clear_hold(conn)
