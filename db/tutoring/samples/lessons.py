"""The days of a tutor: sessions with students old and new, what these say afterwards, and events between them."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

from bellwork.db.tutoring.thresholds import GOOD_RATING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from bellwork.db.tutoring.samples.people import Tutor

T = TypeVar("T")
#: Sessions of a tutor a day: 3,000 of 450 tutors (tutormax.md, Data Volume Estimates), and more for those who fade.
A_DAY = 1.125 * 3_000 / 450
#: Shares of sessions that are not measured, taught alone, and disturbed by technology.
UNMEASURED, ALONE, DISTURBED = 0.02, 0.9, 0.03
#: Of what happens beside logins, up to which share it is an answer or a request for another time.
ANSWERS, REQUESTS = 0.93, 0.97
#: Of these, so many are rated; events are 5,000 a day of 450 tutors, in the same way.
RATED, EVENTS = 0.92, 1.115 * 5_000 / 450
_HOURS = tuple(f"{hour:02d}:{minute:02d}:00+00" for hour in range(12, 22) for minute in (0, 30))
_NULL = "\\N"
_TRUE, _FALSE = "t", "f"


class Rows:
    """Lines of COPY's text format, by table."""

    def __init__(self) -> None:
        self.sessions: list[str] = []
        self.feedback: list[str] = []
        self.events: list[str] = []


class Life:
    """A tutor's days, written one after the other; `students` are those whom this tutor may meet."""

    def __init__(self, random: Random, tutor: Tutor, students: list[str], rows: Rows) -> None:
        self.random, self.tutor, self.students, self.rows = random, tutor, students, rows
        self.chance = random.random
        self.met: dict[str, int] = {}
        self.ratings = list(accumulate(tutor.kind.ratings))

    def live(self, dates: list[str]) -> None:
        """Write the days, the first one first."""
        fading = self.tutor.kind.fading
        for number, date in enumerate(dates):
            left = len(dates) - number
            if left > self.tutor.tenure:
                continue
            activity = fading + (1 - fading) * min(1.0, left / 30)
            for slot in self._some(A_DAY * activity):
                self._session(f"{number:04d}{slot:02d}", date)
            for slot in self._some(EVENTS * activity):
                self._event(f"{number:04d}{slot:02d}", date)

    def _session(self, mark: str, date: str) -> None:
        tutor, kind, chance = self.tutor, self.tutor.kind, self.chance
        session = f"s_{tutor.tutor_id[6:]}_{mark}"
        student = self._one(self.students)
        self.met[student] = times = self.met.get(student, 0) + 1
        start = f"{date} {self._one(_HOURS)}"
        no_show = chance() < kind.no_shows
        minutes = int(chance() * 8) if chance() < kind.on_time else 11 + int(chance() * 19)
        late = began = engaged = reached = _NULL
        if not no_show:
            late, began = str(minutes), f"{start[:14]}{int(start[14:16]) + minutes:02d}:00+00"
            reached = _TRUE if chance() < kind.met else _FALSE
            if chance() > UNMEASURED:
                engaged = f"{min(1.0, max(0.0, self.random.gauss(kind.engagement, 0.08))):.3f}"
        self.rows.sessions.append(
            f"{session}\t{tutor.tutor_id}\t{student}\t{times}\t{start}\t{began}\t{self._one((30, 45, 60))}"
            f"\t{self._one(tutor.subjects)}\t{'1-on-1' if chance() < ALONE else 'group'}"
            f"\t{_TRUE if chance() < kind.reschedules else _FALSE}\t{_TRUE if no_show else _FALSE}\t{late}\t{engaged}"
            f"\t{reached}\t{_TRUE if chance() < DISTURBED else _FALSE}\n"
        )
        if not no_show and chance() < RATED:
            stars = 1 + bisect(self.ratings, chance() * self.ratings[-1])
            self.rows.feedback.append(
                f"f_{session[2:]}\t{session}\t{student}\t{tutor.tutor_id}\t{stars}\t{_TRUE if times == 1 else _FALSE}"
                f"\t{_TRUE if stars >= GOOD_RATING else _FALSE}\t{start[:11]}23:00:00+00\n"
            )

    def _event(self, mark: str, date: str) -> None:
        what, document = self.chance(), _NULL
        if what < 0.55 * self.tutor.kind.logins:
            kind = "login"
        elif what < ANSWERS:
            kind = "message_response"
            document = f'{{"response_time_minutes": {self.random.expovariate(1 / 40):.1f}}}'
        else:
            kind = "reschedule_request" if what < REQUESTS else "availability_change"
        moment = f"{date} {8 + int(self.chance() * 14):02d}:{int(self.chance() * 60):02d}:00+00"
        tutor_id = self.tutor.tutor_id
        self.rows.events.append(f"e_{tutor_id[6:]}_{mark}\t{tutor_id}\t{kind}\t{moment}\t{document}\n")

    def _some(self, mean: float) -> range:
        """Return the slots of a day that are taken: about `mean` of them, never twice as many."""
        return range(int(mean * (0.5 + self.chance()) + self.chance()))

    def _one(self, of: Sequence[T]) -> T:
        return of[int(self.chance() * len(of))]
