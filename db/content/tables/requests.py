"""Requests for content, and the machine that says where each may go next.

::

    nlu_processing ──▶ cache_check ──▶ generating_script ──▶ generating_audio ──▶ fast_path_ready ◀─▶ generating_video
       │   ▲              ▲  │  │                                                    ▲      │               │
       ▼   │              │  │  └──────── hit, film not there yet ───────────────────┘      │               │
    needs_clarification ──┘  └─────────── hit, film there ────────────────▶ completed ◀─────┴───────────────┘

    failed: reached from every state on the first line up to generating_audio, and from a question nobody answered;
    left again only to the stage that failed. A film that fails leaves its request at fast_path_ready: a student
    who may read and listen is never sent back to nothing.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.content.tables.columns import ID, SCHEMA, Stamped, enum_of, free_form, refers
from bellwork.db.machine import Machine


class RequestStatus(StrEnum):
    """Where a request is; a stage of the pipeline does its work while its status is shown."""

    NLU_PROCESSING = "nlu_processing"
    """The question is being read."""
    NEEDS_CLARIFICATION = "needs_clarification"
    """The student has been asked which topic is meant: a wait, not an error."""
    CACHE_CHECK = "cache_check"
    """Topic, interest and style are known; perhaps somebody asked before."""
    GENERATING_SCRIPT = "generating_script"
    """The script is being written."""
    GENERATING_AUDIO = "generating_audio"
    """The script is being spoken."""
    GENERATING_VIDEO = "generating_video"
    """The film is being made; the student reads and listens meanwhile."""
    FAST_PATH_READY = "fast_path_ready"
    """Script and audio are there (vivid_now). The last state of a request whose film was given up."""
    COMPLETED = "completed"
    """The film is there (vivid_learning). Final."""
    FAILED = "failed"
    """A stage gave up; a retry takes it up where it failed."""


_S = RequestStatus
REQUEST_MACHINE = Machine(
    "content_requests",
    {
        _S.NLU_PROCESSING: frozenset({_S.CACHE_CHECK, _S.NEEDS_CLARIFICATION, _S.FAILED}),
        _S.NEEDS_CLARIFICATION: frozenset({_S.CACHE_CHECK, _S.NLU_PROCESSING, _S.FAILED}),
        _S.CACHE_CHECK: frozenset({_S.COMPLETED, _S.FAST_PATH_READY, _S.GENERATING_SCRIPT, _S.FAILED}),
        _S.GENERATING_SCRIPT: frozenset({_S.GENERATING_AUDIO, _S.FAILED}),
        _S.GENERATING_AUDIO: frozenset({_S.FAST_PATH_READY, _S.FAILED}),
        _S.FAST_PATH_READY: frozenset({_S.GENERATING_VIDEO, _S.COMPLETED}),
        _S.GENERATING_VIDEO: frozenset({_S.COMPLETED, _S.FAST_PATH_READY}),
        _S.COMPLETED: frozenset(),
        _S.FAILED: frozenset({_S.NLU_PROCESSING, _S.CACHE_CHECK, _S.GENERATING_SCRIPT, _S.GENERATING_AUDIO}),
    },
)
#: The student has got something: what the cache-hit query of vividly.md counts.
SERVED = frozenset({_S.FAST_PATH_READY, _S.COMPLETED})
#: Nothing more will happen by itself: what vividly.md's daily cleanup may soft-delete after 90 days.
SETTLED = frozenset({_S.COMPLETED, _S.FAILED})


class ContentRequest(Stamped, Base):
    """A student's question on its way to a film; kept 90 days, then archived and soft-deleted."""

    __tablename__ = "content_requests"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    student_id: Mapped[str] = refers("users", "CASCADE")
    original_query: Mapped[str]
    topic_id: Mapped[str | None] = refers("topics", "SET NULL")
    interest_id: Mapped[str | None] = refers("interests", "SET NULL")
    style: Mapped[str | None] = mapped_column(String(50), server_default=text("'conversational'"))
    status: Mapped[RequestStatus] = mapped_column(
        enum_of(RequestStatus, "request_status"), server_default=text("'nlu_processing'")
    )
    cache_hit: Mapped[bool | None] = mapped_column(server_default=text("false"))
    generated_content_id: Mapped[str | None] = refers("generated_content", "SET NULL")
    error_message: Mapped[str | None]
    retry_count: Mapped[int | None] = mapped_column(server_default=text("0"))
    completed_at: Mapped[datetime | None]
    request_metadata: Mapped[dict[str, Any] | None] = free_form()
    deleted_at: Mapped[datetime | None] = mapped_column(sort_order=903)

    # A soft-deleted row is let off: rows older than these rules must still be swept away when their 90 days are over.
    __table_args__ = (
        CheckConstraint(
            "status <> 'completed' OR deleted_at IS NOT NULL"
            " OR (completed_at IS NOT NULL AND generated_content_id IS NOT NULL)",
            name="content_requests_completed_check",
        ),
        CheckConstraint("retry_count >= 0", name="content_requests_retry_count_check"),
        Index("idx_content_requests_student", student_id, text("created_at DESC")),
        Index("idx_content_requests_status", status, postgresql_where=text("status NOT IN ('completed', 'failed')")),
        Index("idx_content_requests_topic", topic_id, postgresql_where=text("topic_id IS NOT NULL")),
        Index(
            "idx_content_requests_key",
            topic_id,
            interest_id,
            style,
            postgresql_where=text("deleted_at IS NULL AND status NOT IN ('completed', 'failed')"),
        ),
        Index(
            "idx_content_requests_sweep",
            status,
            text("updated_at"),
            postgresql_where=text("deleted_at IS NULL AND status <> 'completed'"),
        ),
        Index("idx_content_requests_created", text("created_at")),
        Index(
            "idx_content_requests_retention",
            text("created_at"),
            postgresql_where=text("deleted_at IS NULL AND status IN ('completed', 'failed')"),
        ),
        {"schema": SCHEMA},
    )
