"""Who takes which course, and how far he is."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.courses.tables.columns import (
    MONEY,
    PERCENT,
    SCHEMA,
    SHORT,
    TITLE,
    URL,
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


class EnrollmentStatus(StrEnum):
    """Where an enrollment is; who enrolls again gets the same row back."""

    ACTIVE = "active"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


_S = EnrollmentStatus
ENROLLMENT_MACHINE = Machine(
    "enrollments",
    {
        _S.ACTIVE: frozenset({_S.COMPLETED, _S.EXPIRED, _S.CANCELLED}),
        _S.COMPLETED: frozenset(),
        _S.EXPIRED: frozenset({_S.ACTIVE}),
        _S.CANCELLED: frozenset({_S.ACTIVE}),
    },
)


class ProgressStatus(StrEnum):
    """How far a learner is with a lesson."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class Enrollment(Identified, Stamped, Base):
    """A learner takes a course."""

    __tablename__ = "enrollments"

    user_id: Mapped[UUID] = refers("users")
    course_id: Mapped[UUID] = refers("courses")
    status: Mapped[EnrollmentStatus] = mapped_column(
        enum_of(EnrollmentStatus, "enrollment_status"), server_default=text("'active'")
    )
    price_paid: Mapped[Decimal] = mapped_column(MONEY, server_default=text("0.00"))
    payment_id: Mapped[str | None] = mapped_column(SHORT)
    enrolled_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    completed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("user_id", "course_id"),
        CheckConstraint("status <> 'completed' OR completed_at IS NOT NULL", name="enrollments_completed_check"),
        Index("idx_enrollments_user", user_id),
        Index("idx_enrollments_course", course_id),
        Index("idx_enrollments_due", "expires_at", postgresql_where=text("status = 'active'")),
        {"schema": SCHEMA},
    )


class CourseProgress(Identified, Stamped, Base):
    """How far a learner is with a course: counted from rows, never added to."""

    __tablename__ = "course_progress"

    enrollment_id: Mapped[UUID] = refers("enrollments", "CASCADE")
    completed_lessons: Mapped[int] = number()
    total_lessons: Mapped[int] = number()
    completed_labs: Mapped[int] = number()
    total_labs: Mapped[int] = number()
    time_spent_minutes: Mapped[int] = number()
    percent_complete: Mapped[Decimal] = mapped_column(PERCENT, server_default=text("0.00"))
    last_accessed_at: Mapped[datetime | None]

    __table_args__ = (
        within("course_progress", "percent_complete", 0, 100),
        Index("ux_course_progress_enrollment", enrollment_id, unique=True),
        {"schema": SCHEMA},
    )


class LessonProgress(Identified, Stamped, Base):
    """How far a learner is with a lesson; positions and durations in seconds, the score of the best quiz in percent."""

    __tablename__ = "lesson_progress"

    user_id: Mapped[UUID] = refers("users")
    lesson_id: Mapped[UUID] = refers("lessons")
    status: Mapped[ProgressStatus] = mapped_column(
        enum_of(ProgressStatus, "progress_status"), server_default=text("'not_started'")
    )
    video_position_seconds: Mapped[int | None] = number()
    video_duration_seconds: Mapped[int | None] = number()
    video_completed: Mapped[bool] = flag(value=False)
    lab_completed: Mapped[bool] = flag(value=False)
    quiz_score: Mapped[int | None]
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None] = mapped_column(sort_order=903)

    __table_args__ = (
        UniqueConstraint("user_id", "lesson_id"),
        within("lesson_progress", "video_position_seconds", 0),
        within("lesson_progress", "video_duration_seconds", 0),
        within("lesson_progress", "quiz_score", 0, 100),
        Index("idx_lesson_progress_user", user_id),
        Index("idx_lesson_progress_lesson", lesson_id),
        {"schema": SCHEMA},
    )


class VideoBookmark(Identified, Created, Base):
    """A place in a video that a learner wants to find again."""

    __tablename__ = "video_bookmarks"

    user_id: Mapped[UUID] = refers("users")
    video_id: Mapped[UUID] = refers("videos")
    position_seconds: Mapped[int]
    note: Mapped[str | None]

    __table_args__ = ({"schema": SCHEMA},)


class LearnerDay(Base):
    """What a learner did on a day of his: seconds of video, lessons and quizzes that he completed."""

    __tablename__ = "learner_days"

    user_id: Mapped[UUID] = refers("users", primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    seconds: Mapped[int] = number()
    lessons: Mapped[int] = number()
    quizzes: Mapped[int] = number()

    __table_args__ = (
        CheckConstraint("seconds >= 0 AND lessons >= 0 AND quizzes >= 0", name="learner_days_counts_check"),
        Index("idx_learner_days_day", day),
        {"schema": SCHEMA},
    )


class Certificate(Identified, Created, Base):
    """What a learner gets for a course that he completed, once."""

    __tablename__ = "certificates"

    user_id: Mapped[UUID] = refers("users")
    course_id: Mapped[UUID] = refers("courses")
    certificate_number: Mapped[str] = mapped_column(String(50), unique=True)
    title: Mapped[str] = mapped_column(TITLE)
    pdf_url: Mapped[str | None] = mapped_column(URL)
    verification_url: Mapped[str | None] = mapped_column(URL)
    issued_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    __table_args__ = (UniqueConstraint("user_id", "course_id"), {"schema": SCHEMA})


class CertificateIssue(Base):
    """One issue of a certificate: its number is taken before anything is made, and later issues have the same.

    `serial` is its place in the lists of what was revoked; `settled_at` says that it was issued. `stored_as` are stems
    of objects that were about to be stored for it, and that it is not known by.
    """

    __tablename__ = "certificate_issues"

    serial: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    certificate_id: Mapped[UUID]
    certificate_number: Mapped[str] = mapped_column(String(50))
    user_id: Mapped[UUID] = refers("users")
    course_id: Mapped[UUID] = refers("courses")
    issue_no: Mapped[int]
    taken_at: Mapped[datetime] = mapped_column(server_default=text("date_trunc('second', now())"))
    settled_at: Mapped[datetime | None]
    holder: Mapped[str | None] = mapped_column(TITLE)
    pdf_url: Mapped[str | None] = mapped_column(URL)
    credential_url: Mapped[str | None] = mapped_column(URL)
    revoked_at: Mapped[datetime | None]
    revoked_why: Mapped[str | None]
    stored_as: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    stored_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("user_id", "course_id", "issue_no"),
        Index("idx_certificate_issues_certificate", "certificate_id"),
        Index("idx_certificate_issues_revoked", "serial", postgresql_where=text("revoked_at IS NOT NULL")),
        Index("idx_certificate_issues_stored", "stored_at", postgresql_where=text("stored_as <> '{}'")),
        {"schema": SCHEMA},
    )
