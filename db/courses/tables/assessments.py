"""Assessments, their questions, and what learners answered."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from typing import Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.courses.tables.columns import (
    PERCENT,
    SCHEMA,
    TITLE,
    Created,
    Identified,
    Stamped,
    enum_of,
    flag,
    number,
    refers,
    within,
)
from bellwork.db.machine import Machine


class AssessmentType(StrEnum):
    """What an assessment is for; a course is complete when its exams and certifications are passed."""

    QUIZ = "quiz"
    PRACTICE = "practice"
    EXAM = "exam"
    CERTIFICATION = "certification"


class QuestionType(StrEnum):
    """How a question is answered, and so how it is graded."""

    MULTIPLE_CHOICE = "multiple_choice"
    MULTI_SELECT = "multi_select"
    TRUE_FALSE = "true_false"
    FILL_BLANK = "fill_blank"
    CODE = "code"


class AttemptStatus(StrEnum):
    """Where an attempt is."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    TIMED_OUT = "timed_out"


_S = AttemptStatus
ATTEMPT_MACHINE = Machine(
    "assessment_attempts",
    {
        _S.IN_PROGRESS: frozenset({_S.COMPLETED, _S.TIMED_OUT}),
        _S.COMPLETED: frozenset(),
        _S.TIMED_OUT: frozenset(),
    },
)


class Assessment(Identified, Stamped, Base):
    """Questions about a lesson; `passing_score` in percent."""

    __tablename__ = "assessments"

    lesson_id: Mapped[UUID | None] = refers("lessons", "CASCADE")
    title: Mapped[str] = mapped_column(TITLE)
    description: Mapped[str | None]
    assessment_type: Mapped[AssessmentType] = mapped_column(
        enum_of(AssessmentType, "assessment_type"), server_default=text("'quiz'")
    )
    passing_score: Mapped[int] = number(70)
    time_limit_minutes: Mapped[int | None]
    max_attempts: Mapped[int | None] = number(3)
    shuffle_questions: Mapped[bool] = flag(value=True)
    show_answers_after: Mapped[bool] = flag(value=True)
    is_proctored: Mapped[bool] = flag(value=False)

    __table_args__ = (
        within("assessments", "passing_score", 0, 100),
        within("assessments", "time_limit_minutes", 1),
        within("assessments", "max_attempts", 1),
        Index("idx_assessments_lesson", lesson_id),
        {"schema": SCHEMA},
    )


class Question(Identified, Stamped, Base):
    """A question, and what answers it."""

    __tablename__ = "questions"

    assessment_id: Mapped[UUID] = refers("assessments", "CASCADE")
    question_type: Mapped[QuestionType] = mapped_column(enum_of(QuestionType, "question_type"))
    content: Mapped[str]
    options: Mapped[list[Any] | None] = mapped_column(JSONB)
    correct_answer: Mapped[str]
    explanation: Mapped[str | None]
    points: Mapped[int] = number(1)
    order_index: Mapped[int]

    __table_args__ = (
        within("questions", "points", 0),
        Index("idx_questions_assessment", assessment_id, "order_index"),
        {"schema": SCHEMA},
    )


class AssessmentAttempt(Identified, Created, Base):
    """A learner answers an assessment; `score` and `total_points` in points, `percent_score` in percent."""

    __tablename__ = "assessment_attempts"

    user_id: Mapped[UUID] = refers("users")
    assessment_id: Mapped[UUID] = refers("assessments")
    status: Mapped[AttemptStatus] = mapped_column(
        enum_of(AttemptStatus, "attempt_status"), server_default=text("'in_progress'")
    )
    score: Mapped[int | None]
    total_points: Mapped[int | None]
    percent_score: Mapped[Decimal | None] = mapped_column(PERCENT)
    is_passing: Mapped[bool | None]
    started_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    completed_at: Mapped[datetime | None]

    __table_args__ = (
        within("assessment_attempts", "percent_score", 0, 100),
        Index("idx_assessment_attempts_user", user_id, assessment_id),
        Index("idx_assessment_attempts_assessment", assessment_id),
        Index("idx_assessment_attempts_open", started_at, postgresql_where=text("status = 'in_progress'")),
        {"schema": SCHEMA},
    )


class Answer(Identified, Created, Base):
    """What a learner answered to a question in an attempt, once; `ungraded_why` where nobody could grade it."""

    __tablename__ = "answers"

    attempt_id: Mapped[UUID] = refers("assessment_attempts", "CASCADE")
    question_id: Mapped[UUID] = refers("questions")
    response: Mapped[str | None]
    is_correct: Mapped[bool | None]
    points_earned: Mapped[int] = number()
    ungraded_why: Mapped[str | None] = mapped_column(sort_order=903)

    __table_args__ = (
        within("answers", "points_earned", 0),
        Index("ux_answers_question", attempt_id, question_id, unique=True),
        Index("idx_answers_question", question_id),
        {"schema": SCHEMA},
    )
