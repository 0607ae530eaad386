"""Laws of the selection: it is what the pure rules say, for whatever history, and the cap holds at every moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bellwork.db.companion.nudges import Some, nudge_achievers, nudge_inactive, rules
from bellwork.db.companion.nudges.learner import read_learner
from bellwork.db.companion.nudges.rules import Learner
from bellwork.db.engine import transaction
from tests.db.companion.school import NOON, WORDS, School

if TYPE_CHECKING:
    from uuid import UUID

ALL = Some(1_000)
ZONES = [None, "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "Pacific/Pago_Pago", "Nowhere/AtAll"]
#: Around both changes of New York's clock, and around a midnight of UTC.
MOMENTS = [NOON, *(datetime.fromisoformat(f"{at}+00:00") for at in ("2026-03-08T06:50", "2026-11-01T05:20"))]
HOURS = st.integers(0, 24 * 9).map(lambda hours: timedelta(hours=hours))
CLOCKS = st.sampled_from(["00:00", "02:30", "06:59", "12:00", "19:59", "20:00", "23:59"])
WISHES = st.fixed_dictionaries(
    {},
    optional={
        "nudges": st.sampled_from([False, True]),
        "nudge_frequency_cap": st.sampled_from([0, 1, 2, 2.5, "3"]),
        "time_zone": st.sampled_from(ZONES),
        "quiet_hours": st.tuples(CLOCKS, CLOCKS).map("-".join),
    },
)


class History(NamedTuple):
    """What happened to a learner: hours before now."""

    wishes: dict[str, Any]
    signed_up: timedelta
    sessions: list[timedelta]
    goals: list[timedelta]
    nudges: list[tuple[timedelta, bool]]


HISTORIES = st.builds(
    History,
    WISHES,
    HOURS,
    st.lists(HOURS, max_size=4),
    st.lists(HOURS, max_size=2),
    st.lists(st.tuples(HOURS, st.booleans()), max_size=3),
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(histories=st.lists(HISTORIES, min_size=12, max_size=20), start=st.sampled_from(MOMENTS), data=st.data())
@pytest.mark.usefixtures("ground")
def test_whoever_is_due_a_nudge_gets_it_and_nobody_else(
    histories: list[History], start: datetime, data: st.DataObject
) -> None:
    """Scans at random moments of eight days give what the pure functions say, by a reckoning of its own."""
    moments = sorted(start + data.draw(HOURS) for _ in range(4))
    with transaction() as conn:
        school = School(conn)
        ledger = [_Person(school, history, start) for history in histories]
        for now in moments:
            nudge_achievers(conn, ALL, WORDS, now)
            nudge_inactive(conn, ALL, WORDS, now)
            again = (nudge_achievers(conn, ALL, WORDS, now), nudge_inactive(conn, ALL, WORDS, now))
            for person in ledger:
                person.live(now)
            assert [(0, 0, 0), (0, 0, 0)] == [told[:3] for told in again]
        for person in ledger:
            assert person.given == person.found(school), person
            assert person.held == school.suppressed(person.id), person
            known = read_learner(conn, person.id, moments[-1])
            assert known is not None
            assert person.learner(moments[-1]) == known.learner
        conn.rollback()


class _Person:
    """One learner, reckoned by the pure functions alone."""

    def __init__(self, school: School, history: History, start: datetime) -> None:
        self.history, self.start = history, start
        self.id: UUID = school.user(signed_up=start - history.signed_up, **history.wishes)
        for ago in history.sessions:
            school.session(self.id, start - ago)
        self.goals = {school.goal(self.id, start - ago): start - ago for ago in history.goals}
        for ago, opened in history.nudges:
            school.nudge(self.id, at=start - ago, opened=start if opened else None)
        self.given: list[tuple[str, datetime]] = []
        self.held: list[tuple[Any, ...]] = []
        self._recorded: set[tuple[Any, ...]] = set()

    def live(self, now: datetime) -> None:
        """Be scanned once."""
        news = sorted((at, str(goal), goal) for goal, at in self.goals.items() if rules.is_news(at, now))
        if news:
            self._judge("cross_subject", now, news[0][2])
            if len(news) > 1 and news[0][2] not in self.goals:
                self._judge("cross_subject", now, news[1][2])
        if rules.is_inactive(self.learner(now), now):
            self._judge("inactivity", now, None)

    def found(self, school: School) -> list[tuple[str, datetime]]:
        """Return what the database says was given."""
        rows = school.all(
            "SELECT n.type, n.sent_at FROM {companion}.nudges n JOIN {companion}.nudge_keys k ON k.nudge_id = n.id"
            " WHERE n.user_id = :user ORDER BY n.sent_at, k.slot",
            user=self.id,
        )
        return [(kind, at) for kind, at in rows]

    def _judge(self, kind: rules.Kind, now: datetime, goal: UUID | None) -> None:
        said = rules.verdict(kind, self.learner(now), now)
        day = rules.day_of(now, rules.zone_of(self.history.wishes))
        if said.reason is None:
            self.given.append((kind, now))
            if goal:
                del self.goals[goal]
        elif said.reason != "given" and (kind, day, said.reason) not in self._recorded:
            self._recorded.add((kind, day, said.reason))
            ends = self.goals[goal] + rules.NEWS_FOR if goal else None
            next_at = said.next_at if said.next_at and (ends is None or said.next_at < ends) else None
            self.held.append((kind, said.reason, next_at))

    def learner(self, now: datetime) -> Learner:
        zone = rules.zone_of(self.history.wishes)
        today = rules.day_of(now, zone)
        others = [(self.start - ago, opened) for ago, opened in self.history.nudges]
        sessions = [at for at in (self.start - ago for ago in self.history.sessions) if at <= now]
        since = rules.day_of(max(sessions), zone) if sessions else None
        ours = [(kind, at, rules.day_of(at, zone)) for kind, at in self.given]
        unopened = [at for at, opened in others if not opened] + [at for _, at, _ in ours]
        return Learner(
            signed_up=self.start - self.history.signed_up,
            sessions=min(len(sessions), rules.FEW_SESSIONS),
            preferences=self.history.wishes,
            slots=sum(day == today for _, _, day in ours),
            types=frozenset(kind for kind, _, day in ours if day == today),
            others=sum(rules.day_of(at, zone) == today for at, _ in others),
            spell=sum(kind == "inactivity" and (since is None or day > since) for kind, _, day in ours),
            unopened=max((at for at in unopened if at > now - rules.UNOPENED_FOR), default=None),
        )
