"""The numbers of learners as a loop of the ORM makes them: a learner, his goals, and what was done for each of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bellwork.db.companion.tables import (
    CompanionUser,
    Goal,
    Nudge,
    Override,
    PracticeAssignment,
    QaInteraction,
    StudentRating,
    Subject,
    TutoringSession,
)
from bellwork.db.engine import engine
from bellwork.tasks.companion.numbers.percentages import share, shares

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def by_orm(first: int, learners: int) -> None:
    """Count so many learners from the `first` one on, counted from 0, one after the other, and commit each."""
    with Session(engine(), expire_on_commit=True) as session:
        students = select(CompanionUser.id).where(CompanionUser.role == "student").order_by(CompanionUser.id)
        ids = session.scalars(students.offset(first).limit(learners)).all()
        for learner_id in ids:
            learner = session.get_one(CompanionUser, learner_id)
            tracking = [_goal(session, learner, goal) for goal in _goals(session, learner)]
            _learner(session, learner, tracking)
            session.commit()


def _goals(session: Session, learner: CompanionUser) -> list[Goal]:
    mine = select(Goal).where(Goal.student_id == learner.id, Goal.status == "active").order_by(Goal.created_at, Goal.id)
    return list(session.scalars(mine))


def _goal(session: Session, learner: CompanionUser, goal: Goal) -> dict[str, Any]:
    tagged = (_done(learner), PracticeAssignment.goal_tags.contains([str(goal.id)]))
    of_subject = (_done(learner), PracticeAssignment.subject_id == goal.subject_id)
    counts = tagged if _count(session, PracticeAssignment, *tagged) else of_subject
    held = (_held(learner), TutoringSession.subject_id == goal.subject_id)
    items, sessions = _count(session, PracticeAssignment, *counts), _count(session, TutoringSession, *held)
    rating = session.scalar(
        select(StudentRating.rating).where(
            StudentRating.student_id == learner.id, StudentRating.subject_id == goal.subject_id
        )
    )
    gained = min(max((rating or 1000) - 1000, 0), 500)
    percent = Decimal(60 * min(items, 100)) / 100 + Decimal(30 * gained) / 500 + Decimal(min(sessions, 10))
    goal.completion_percentage = round(percent, 2)
    goal.current_streak = _streak(session, learner, counts, held)
    goal.xp_earned = 10 * items + 20 * sessions
    subject = session.get(Subject, goal.subject_id)
    return {
        "subject": subject and subject.name,
        "completion": float(goal.completion_percentage),
        "streak": goal.current_streak,
        "xp": goal.xp_earned,
    }


def _learner(session: Session, learner: CompanionUser, tracking: list[dict[str, Any]]) -> None:
    done, held = (_done(learner),), (_held(learner),)
    xp = 10 * _count(session, PracticeAssignment, *done) + 20 * _count(session, TutoringSession, *held)
    words = dict(
        session.execute(
            select(QaInteraction.confidence, func.count())
            .where(QaInteraction.student_id == learner.id)
            .group_by(QaInteraction.confidence)
        )
        .tuples()
        .all()
    )
    parts = shares([words.get(word, 0) for word in ("High", "Medium", "Low")])
    sent = _count(session, Nudge, Nudge.user_id == learner.id)
    opened = _count(
        session, Nudge, Nudge.user_id == learner.id, func.coalesce(Nudge.opened_at, Nudge.clicked_at).is_not(None)
    )
    clicked = _count(session, Nudge, Nudge.user_id == learner.id, Nudge.clicked_at.is_not(None))
    learner.analytics = {
        "override_count": _count(session, Override, Override.student_id == learner.id),
        "confidence_distribution": dict(zip(("High", "Medium", "Low"), map(_number, parts), strict=True)),
        "nudge_engagement": {"opened": _number(share(opened, sent)), "clicked": _number(share(clicked, sent))},
    }
    learner.gamification = {"xp": xp, "level": 1 + xp // 500, "streaks": _streak(session, learner, done, held)}
    learner.profile = {**(learner.profile or {}), "progress": {"multi_goal_tracking": tracking}}


def _done(learner: CompanionUser) -> ColumnElement[bool]:
    return PracticeAssignment.completed.is_(True) & (PracticeAssignment.student_id == learner.id)


def _held(learner: CompanionUser) -> ColumnElement[bool]:
    return (TutoringSession.student_id == learner.id) & (TutoringSession.session_date <= func.now())


def _count(session: Session, table: Any, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def _streak(session: Session, learner: CompanionUser, done: Any, held: Any) -> int:
    zone = ZoneInfo((learner.profile or {})["preferences"]["time_zone"])
    moments = [
        *session.scalars(select(PracticeAssignment.completed_at).where(*done)),
        *session.scalars(select(TutoringSession.session_date).where(*held)),
    ]
    days = {moment.astimezone(zone).date() for moment in moments if moment}
    today = datetime.now(UTC).astimezone(zone).date()
    day, length = (today if today in days else today - timedelta(days=1)), 0
    while day in days:
        day, length = day - timedelta(days=1), length + 1
    return length


def _number(percent: Decimal | None) -> float | None:
    return None if percent is None else float(percent)
