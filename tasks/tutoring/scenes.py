"""What tutoring shows in the demo: one bad session, and what follows from it by itself within a moment."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from bellwork import enqueue
from bellwork.db.engine import transaction
from bellwork.db.tutoring import queries
from bellwork.db.tutoring.reports import latest_report
from bellwork.db.tutoring.samples import brink
from bellwork.db.vocabulary.exhibit import Course, Figures, Picture, Span
from bellwork.db.vocabulary.scene import Check, Line
from bellwork.tasks.providers import storage
from bellwork.tasks.tutoring.metrics import recompute_metrics
from bellwork.tasks.tutoring.reports.write import FOLDER, write_report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import Connection

    from bellwork.db.tutoring.samples.brink import Care, Standing
    from bellwork.db.vocabulary.exhibit import Exhibit
    from bellwork.db.vocabulary.scene import Place

_FIGURES = ("window", "tier", "sessions", "rating", "first sessions, %", "moved, %")
_ALERT = "rescheduling_alert"
_REPORT = "weekly"


class OneSession:
    """A session comes in and is rated; tier, prediction and interventions follow, each in the commit before it."""

    title = "One bad session changes a tutor's tier, and something is done about it"

    def __init__(self) -> None:
        self.before: Standing | None = None
        self.now: Standing | None = None
        self.care: list[Care] = []
        self.at: dict[str, float] = {}
        self._figures: list[list[tuple[str, ...]]] = [[], []]
        self._rated = False
        self._report: date | None = None

    def begin(self, place: Place) -> None:
        """Let a tutor be there with his history, and have his metrics made."""
        del place
        self._began = time.monotonic()
        with transaction() as conn:
            brink.load_brink(conn)
            recompute_metrics.send(tutor_id=brink.TUTOR)
        self._note("metrics asked for")

    def progress(self) -> Sequence[Line]:
        """Send the session in once the first prediction is there, as an API layer would, and then its rating."""
        with transaction() as conn:
            self.now = brink.standing(conn)
            self.care = brink.care(conn)
            if self.before is None and self.now.tier and self.now.predictions:
                self._send(conn)
            elif self.before and self.now.taken and not self._rated:
                self._rated = True
                brink.rate(conn, 1)
                self._note("rated")
            if self._is_moved() and not self._figures[1]:
                self._figures[1] = brink.figures(conn)
                self._note("tier changed")
                write_report.send(report=_REPORT)
            self._report = self._report or latest_report(conn, _REPORT)
        if self.before and self.now.predictions > self.before.predictions and self._is_moved():
            self._note("predicted")
        if self._is_over():
            self._note("to be done")
        return [
            Line(
                "session", "a first session that the tutor moved, late, one star", self._status(), over=self._is_over()
            )
        ]

    def checks(self) -> Sequence[Check]:
        """Check the chain to its last table."""
        tiers = f"{self.before.tier if self.before else None} → {self.now.tier if self.now else None}"
        alert = next((each for each in self.care if each.kind == _ALERT), None)
        return [
            Check("The session made the tutor's tier At Risk.", self._is_moved(), tiers),
            Check("A prediction followed the change.", "predicted" in self.at, self._status()),
            Check(
                "The tutor is told about moved sessions, with a due date and the reason.",
                bool(alert and alert.due and alert.why),
                f"due {alert.due:%d %B}: {alert.why}" if alert and alert.due else "no such intervention",
            ),
            Check("The week's report is written.", self._report is not None, f"of {self._report}"),
        ]

    def exhibits(self) -> Sequence[Exhibit]:
        """Show the figures before and after, what is to be done and why, and when each came."""
        due = [
            (each.kind, each.status, each.who or "", f"{each.due:%d %b}" if each.due else "", each.why or "")
            for each in self.care
        ]
        moments = [(word, at) for word, at in sorted(self.at.items(), key=lambda item: item[1])]
        ends = [at for _, at in moments[1:]] + [moments[-1][1]] if moments else []
        spans = tuple(Span(word, at, end) for (word, at), end in zip(moments, ends, strict=True))
        return [
            Figures("What is to be done", ("what", "status", "who", "due", "why"), tuple(due)),
            Figures("The tutor before the session", _FIGURES, tuple(self._figures[0])),
            Figures("The tutor after it", _FIGURES, tuple(self._figures[1])),
            Course("From the session to the intervention", (("Theo Brink", spans),)),
            *self._pictures(),
        ]

    def _pictures(self) -> list[Picture]:
        if self._report is None:
            return []
        found = storage().get(f"{FOLDER}/{_REPORT}-{self._report}-1.svg").decode()
        return [
            Picture("The week's report", found, f"of the week from {self._report:%d %B %Y}, as it lies in the storage")
        ]

    def _send(self, conn: Connection) -> None:
        self.before, self._figures[0] = self.now, brink.figures(conn)
        start = queries.clock(conn) - timedelta(minutes=50)
        session = {
            "session_id": brink.SESSION,
            "tutor_id": brink.TUTOR,
            "student_id": brink.STUDENT,
            "session_number": 1,
            "scheduled_start": start.isoformat(),
            "actual_start": (start + timedelta(minutes=25)).isoformat(),
            "tutor_initiated_reschedule": True,
            "engagement_score": 0.3,
            "learning_objectives_met": False,
        }
        enqueue(conn, "tutoring.take_session", {"session": session})
        self._note("sent")

    def _is_moved(self) -> bool:
        return bool(self.before and self.now and self.now.tier == "At Risk" != self.before.tier)

    def _is_over(self) -> bool:
        done = "predicted" in self.at and any(each.kind == _ALERT for each in self.care)
        return done and self._report is not None

    def _note(self, word: str) -> None:
        self.at.setdefault(word, time.monotonic() - self._began)

    def _status(self) -> str:
        if self.now is None or self.before is None:
            return "the tutor's metrics are made"
        parts = [f"tier {self.now.tier}", f"risk {self.now.risk} ({self.now.score})"]
        return ", ".join([*parts, *(each.kind for each in self.care)])


SCENES = (OneSession,)
