"""Labs, the sessions in which learners work in them, and the containers that those sessions have."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from typing import Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import Index, Integer, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.courses.tables.columns import (
    SCHEMA,
    SECRET,
    SHORT,
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

_LIMITS = '{"cpu": "0.5", "memory": "512Mi", "storage": "1Gi"}'


class TechStack(StrEnum):
    """What a lab is about."""

    PYTHON = "python"
    NODEJS = "nodejs"
    GO = "go"
    JAVA = "java"
    RUST = "rust"
    RUBY = "ruby"
    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    MONGODB = "mongodb"
    REDIS = "redis"
    DOCKER = "docker"
    KUBERNETES = "kubernetes"
    TERRAFORM = "terraform"
    REACT = "react"
    VUE = "vue"
    ANGULAR = "angular"


class LabDifficulty(StrEnum):
    """How hard a lab is."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"
    EXPERT = "expert"


class LabSessionStatus(StrEnum):
    """Where a learner's session in a lab is."""

    PENDING = "pending"
    PROVISIONING = "provisioning"
    RUNNING = "running"
    PAUSED = "paused"
    """The clock goes on."""
    COMPLETED = "completed"
    EXPIRED = "expired"
    FAILED = "failed"


_S = LabSessionStatus
_ENDS = frozenset({_S.COMPLETED, _S.EXPIRED, _S.FAILED})
LAB_SESSION_MACHINE = Machine(
    "lab_sessions",
    {
        _S.PENDING: frozenset({_S.PROVISIONING, _S.FAILED}),
        _S.PROVISIONING: frozenset({_S.RUNNING, _S.FAILED}),
        _S.RUNNING: frozenset({_S.PAUSED}) | _ENDS,
        _S.PAUSED: frozenset({_S.RUNNING}) | _ENDS,
        _S.COMPLETED: frozenset(),
        _S.EXPIRED: frozenset(),
        _S.FAILED: frozenset(),
    },
)
#: A learner has one session of a lab in these.
LIVE_SESSIONS = (_S.PENDING, _S.PROVISIONING, _S.RUNNING, _S.PAUSED)


class LabTemplate(Identified, Stamped, Base):
    """What a lab's containers are made of."""

    __tablename__ = "lab_templates"

    name: Mapped[str] = mapped_column(TITLE)
    description: Mapped[str | None]
    base_image: Mapped[str] = mapped_column(TITLE)
    tech_stack: Mapped[TechStack] = mapped_column(enum_of(TechStack, "tech_stack"))
    init_script: Mapped[str | None]
    resource_limits: Mapped[dict[str, Any]] = mapped_column(server_default=text(f"'{_LIMITS}'".replace(":", r"\:")))
    ports: Mapped[list[int] | None] = mapped_column(ARRAY(Integer), server_default=text("ARRAY[8080]"))
    environment_vars: Mapped[dict[str, Any] | None] = mapped_column(server_default=text("'{}'"))
    is_active: Mapped[bool] = flag(value=True)

    __table_args__ = ({"schema": SCHEMA},)


class Lab(Identified, Stamped, Base):
    """The lab of a lesson, which has one."""

    __tablename__ = "labs"

    lesson_id: Mapped[UUID] = refers("lessons", "CASCADE")
    template_id: Mapped[UUID] = refers("lab_templates")
    title: Mapped[str] = mapped_column(TITLE)
    description: Mapped[str | None]
    duration_minutes: Mapped[int] = number(60)
    difficulty: Mapped[LabDifficulty] = mapped_column(
        enum_of(LabDifficulty, "lab_difficulty"), server_default=text("'medium'")
    )
    instructions: Mapped[str]
    success_criteria: Mapped[dict[str, Any]]
    starter_files: Mapped[dict[str, Any] | None]
    solution_files: Mapped[dict[str, Any] | None]

    __table_args__ = (
        within("labs", "duration_minutes", 1),
        Index("ux_labs_lesson", lesson_id, unique=True),
        Index("idx_labs_template", template_id),
        {"schema": SCHEMA},
    )


class LabSession(Identified, Stamped, Base):
    """A learner's time in a lab; it ends at `expires_at`, which the start of running and the lab's duration give."""

    __tablename__ = "lab_sessions"

    lab_id: Mapped[UUID] = refers("labs")
    user_id: Mapped[UUID] = refers("users")
    status: Mapped[LabSessionStatus] = mapped_column(
        enum_of(LabSessionStatus, "session_status"), server_default=text("'pending'")
    )
    container_id: Mapped[str | None] = mapped_column(SHORT)
    pod_name: Mapped[str | None] = mapped_column(SHORT)
    terminal_url: Mapped[str | None] = mapped_column(URL, info=SECRET)
    started_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    reset_count: Mapped[int] = number()
    validation_result: Mapped[dict[str, Any] | None]

    __table_args__ = (
        within("lab_sessions", "reset_count", 0),
        Index("idx_lab_sessions_user", user_id),
        Index("idx_lab_sessions_lab", lab_id),
        Index("idx_lab_sessions_status", status),
        Index("idx_lab_sessions_active", user_id, status, postgresql_where=text("status = 'running'")),
        Index(
            "ux_lab_sessions_live",
            user_id,
            lab_id,
            unique=True,
            postgresql_where=text("status IN ('pending', 'provisioning', 'running', 'paused')"),
        ),
        Index("idx_lab_sessions_due", "expires_at", postgresql_where=text("status IN ('running', 'paused')")),
        Index(
            "idx_lab_sessions_starting",
            text("updated_at"),
            postgresql_where=text("status IN ('pending', 'provisioning')"),
        ),
        {"schema": SCHEMA},
    )


class LabContainer(Identified, Base):
    """A container that was asked for, written before it was: so none is lost to view."""

    __tablename__ = "lab_containers"

    lab_session_id: Mapped[UUID] = refers("lab_sessions")
    reset_no: Mapped[int]
    container_id: Mapped[str] = mapped_column(unique=True)
    host: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'asked'"))
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("lab_session_id", "reset_no"),
        within("lab_containers", "reset_no", 0),
        labels("lab_containers", "state", ("asked", "running", "releasing", "gone")),
        Index("idx_lab_containers_there", "state", changed_at, postgresql_where=text("state <> 'gone'")),
        {"schema": SCHEMA},
    )
