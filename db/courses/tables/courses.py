"""Courses with their modules and lessons, and what operators did about them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from typing import Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import CheckConstraint, Index, Numeric, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.courses.tables.columns import (
    MONEY,
    SCHEMA,
    TITLE,
    URL,
    Identified,
    Stamped,
    enum_of,
    flag,
    labels,
    number,
    refers,
    within,
)
from bellwork.db.machine import Machine


class CourseCategory(StrEnum):
    """What a course is about."""

    WEB_DEVELOPMENT = "web_development"
    MOBILE_DEVELOPMENT = "mobile_development"
    DEVOPS = "devops"
    CLOUD = "cloud"
    DATA_SCIENCE = "data_science"
    MACHINE_LEARNING = "machine_learning"
    SECURITY = "security"
    DATABASES = "databases"
    PROGRAMMING_LANGUAGES = "programming_languages"


class SkillLevel(StrEnum):
    """For whom a course is."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"
    EXPERT = "expert"


class CourseStatus(StrEnum):
    """Where a course is on its way to learners."""

    DRAFT = "draft"
    PENDING_REVIEW = "pending_review"
    REVISION_NEEDED = "revision_needed"
    PUBLISHED = "published"
    ARCHIVED = "archived"


_S = CourseStatus
COURSE_MACHINE = Machine(
    "courses",
    {
        _S.DRAFT: frozenset({_S.PENDING_REVIEW}),
        _S.PENDING_REVIEW: frozenset({_S.PUBLISHED, _S.REVISION_NEEDED}),
        _S.REVISION_NEEDED: frozenset({_S.PENDING_REVIEW}),
        _S.PUBLISHED: frozenset({_S.ARCHIVED}),
        _S.ARCHIVED: frozenset({_S.PUBLISHED}),
    },
)


class LessonType(StrEnum):
    """What a lesson consists of; a mixed one of all that it has."""

    VIDEO = "video"
    LAB = "lab"
    QUIZ = "quiz"
    READING = "reading"
    MIXED = "mixed"


class Course(Identified, Stamped, Base):
    """A course; its counts, its duration and its rating are recounted from rows."""

    __tablename__ = "courses"

    instructor_id: Mapped[UUID] = refers("users")
    title: Mapped[str] = mapped_column(TITLE)
    slug: Mapped[str] = mapped_column(TITLE, unique=True)
    short_description: Mapped[str | None] = mapped_column(URL)
    description: Mapped[str | None]
    category: Mapped[CourseCategory] = mapped_column(enum_of(CourseCategory, "course_category"))
    skill_level: Mapped[SkillLevel] = mapped_column(enum_of(SkillLevel, "skill_level"))
    status: Mapped[CourseStatus] = mapped_column(enum_of(CourseStatus, "course_status"), server_default=text("'draft'"))
    thumbnail_url: Mapped[str | None] = mapped_column(URL)
    preview_video_url: Mapped[str | None] = mapped_column(URL)
    duration_minutes: Mapped[int] = number()
    price: Mapped[Decimal] = mapped_column(MONEY, server_default=text("0.00"))
    is_featured: Mapped[bool] = flag(value=False)
    rating_average: Mapped[Decimal | None] = mapped_column(Numeric(3, 2), server_default=text("0.00"))
    rating_count: Mapped[int | None] = number()
    enrollment_count: Mapped[int | None] = number()
    published_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None] = mapped_column(sort_order=903)

    __table_args__ = (
        within("courses", "duration_minutes", 0),
        within("courses", "price", 0),
        within("courses", "rating_average", 0, 5),
        Index("idx_courses_instructor", instructor_id),
        Index("idx_courses_category", category),
        Index("idx_courses_status", status),
        Index("idx_courses_published", "published_at", postgresql_where=text("status = 'published'")),
        Index("idx_courses_review", text("updated_at"), postgresql_where=text("status = 'pending_review'")),
        {"schema": SCHEMA},
    )


class Module(Identified, Stamped, Base):
    """A part of a course."""

    __tablename__ = "modules"

    course_id: Mapped[UUID] = refers("courses", "CASCADE")
    title: Mapped[str] = mapped_column(TITLE)
    description: Mapped[str | None]
    order_index: Mapped[int]

    __table_args__ = (
        Index("idx_modules_course", course_id),
        Index("idx_modules_order", course_id, "order_index"),
        {"schema": SCHEMA},
    )


class Lesson(Identified, Stamped, Base):
    """What is learned in one go: a video, a lab, a quiz, a text, or several of them."""

    __tablename__ = "lessons"

    module_id: Mapped[UUID] = refers("modules", "CASCADE")
    title: Mapped[str] = mapped_column(TITLE)
    description: Mapped[str | None]
    lesson_type: Mapped[LessonType] = mapped_column(enum_of(LessonType, "lesson_type"))
    order_index: Mapped[int]
    duration_minutes: Mapped[int] = number()
    is_free: Mapped[bool] = flag(value=False)

    __table_args__ = (
        within("lessons", "duration_minutes", 0),
        Index("idx_lessons_module", module_id),
        Index("idx_lessons_order", module_id, "order_index"),
        {"schema": SCHEMA},
    )


class ReviewState(StrEnum):
    """Where a version of a course is on its way through a review."""

    SUBMITTED = "submitted"
    INCOMPLETE = "incomplete"
    CHECKED = "checked"
    """Complete; a reviewer decides."""
    APPROVED = "approved"
    REJECTED = "rejected"


class CourseReview(Base):
    """A course as it was handed in for the nth time; `missing` lists all that it lacked."""

    __tablename__ = "course_reviews"

    course_id: Mapped[UUID] = refers("courses", "CASCADE", primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(server_default=text("'submitted'"))
    submitted_by: Mapped[UUID | None] = refers("users")
    submitted_at: Mapped[datetime] = mapped_column(server_default=func.now())
    missing: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    decided_by: Mapped[UUID | None] = refers("users")
    decided_at: Mapped[datetime | None]
    why: Mapped[str | None]

    __table_args__ = (
        labels("course_reviews", "state", ReviewState),
        CheckConstraint(
            "state NOT IN ('approved', 'rejected') OR decided_at IS NOT NULL", name="course_reviews_decided_check"
        ),
        {"schema": SCHEMA},
    )


class AuditRecord(Identified, Base):
    """What an operator did about a course, when and why; forgotten after two years."""

    __tablename__ = "audit_records"

    course_id: Mapped[UUID] = refers("courses", "CASCADE")
    operator: Mapped[str]
    act: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("idx_audit_records_course", course_id),
        Index("idx_audit_records_at", at),
        {"schema": SCHEMA},
    )
