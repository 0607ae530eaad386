"""The school office's paperwork: requests for accounts, uploaded class lists, and the audit trail."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, String, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.content.tables.columns import ID, SCHEMA, SECRET, Stamped, enum_of, free_form, refers
from bellwork.db.content.tables.people import UserRole


class AccountRequestStatus(StrEnum):
    """A request for an account waits, or has been decided once and for all."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"


class UploadStatus(StrEnum):
    """How far an uploaded class list has been read in; the document calls this type job_status."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class StudentAccountRequest(Stamped, Base):
    """A teacher asks for an account for a new student of a class."""

    __tablename__ = "student_account_requests"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    teacher_id: Mapped[str] = refers("users", "CASCADE")
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    email: Mapped[str] = mapped_column(String(255))
    grade_level: Mapped[int]
    student_id: Mapped[str | None] = mapped_column(String(50))
    class_id: Mapped[str] = refers("classes", "CASCADE")
    justification: Mapped[str | None]
    status: Mapped[AccountRequestStatus] = mapped_column(
        enum_of(AccountRequestStatus, "account_request_status"), server_default=text("'pending'")
    )
    reviewed_by: Mapped[str | None] = refers("users", "SET NULL")
    reviewed_at: Mapped[datetime | None]
    review_notes: Mapped[str | None]
    created_user_id: Mapped[str | None] = refers("users", "SET NULL")

    __table_args__ = (
        Index("idx_account_requests_status", status, text("created_at DESC")),
        Index("idx_account_requests_teacher", teacher_id),
        Index("idx_account_requests_class", class_id),
        Index("idx_account_requests_reviewer", reviewed_by, postgresql_where=text("reviewed_by IS NOT NULL")),
        Index(
            "idx_account_requests_created_user", created_user_id, postgresql_where=text("created_user_id IS NOT NULL")
        ),
        {"schema": SCHEMA},
    )


class AccountDecision(Base):
    """What a reviewer said about a request for an account, or time did, and what became of it."""

    __tablename__ = "account_decisions"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    request_id: Mapped[str] = refers("student_account_requests", "CASCADE")
    decision: Mapped[str] = mapped_column(ID)
    outcome: Mapped[str] = mapped_column(ID)
    reviewer: Mapped[str | None] = refers("users", "SET NULL")
    notes: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint(request_id, decision, outcome),
        Index("idx_account_decisions_reviewer", reviewer, postgresql_where=text("reviewer IS NOT NULL")),
        {"schema": SCHEMA},
    )


class Invitation(Base):
    """Somebody with an account sets a password by a token that works once; the token itself stands in his letter."""

    __tablename__ = "invitations"

    user_id: Mapped[str] = refers("users", "CASCADE", primary_key=True)
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary, info=SECRET)
    expires_at: Mapped[datetime | None]
    redeemed_at: Mapped[datetime | None]
    upload_id: Mapped[str | None] = refers("bulk_upload_jobs", "SET NULL")

    __table_args__ = (
        Index("idx_invitations_upload", upload_id, "user_id", postgresql_where=text("upload_id IS NOT NULL")),
        Index("idx_invitations_token", token_hash, unique=True, postgresql_where=text("token_hash IS NOT NULL")),
        {"schema": SCHEMA},
    )


class BulkUploadJob(Stamped, Base):
    """An uploaded class list and how its rows fared; `error_log` holds one {row, error} for each that failed."""

    __tablename__ = "bulk_upload_jobs"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    uploaded_by: Mapped[str] = refers("users", "CASCADE")
    school_id: Mapped[str] = refers("organizations", "CASCADE")
    file_path: Mapped[str] = mapped_column(String(500))
    total_rows: Mapped[int | None]
    status: Mapped[UploadStatus] = mapped_column(enum_of(UploadStatus, "job_status"), server_default=text("'queued'"))
    successful_count: Mapped[int | None] = mapped_column(server_default=text("0"))
    failed_count: Mapped[int | None] = mapped_column(server_default=text("0"))
    error_log: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB, server_default=text("'[]'"))
    started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("idx_bulk_upload_jobs_uploader", uploaded_by, text("created_at DESC")),
        Index("idx_bulk_upload_jobs_status", status),
        Index("idx_bulk_upload_jobs_school", school_id),
        Index(
            "idx_bulk_upload_jobs_waiting",
            status,
            "updated_at",
            postgresql_where=text("status NOT IN ('completed', 'failed')"),
        ),
        {"schema": SCHEMA},
    )


class AuditLog(Base):
    """Who did what to whom: kept seven years in monthly partitions (UTC), also after the user is deleted."""

    __tablename__ = "audit_logs"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=True)
    user_id: Mapped[str | None] = refers("users", "SET NULL")
    user_role: Mapped[UserRole | None] = mapped_column(enum_of(UserRole, "user_role"))
    action: Mapped[str] = mapped_column(String(100))
    resource_type: Mapped[str | None] = mapped_column(String(50))
    resource_id: Mapped[str | None] = mapped_column(String(50))
    ip_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None]
    audit_metadata: Mapped[dict[str, Any] | None] = free_form()
    created_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.current_timestamp())

    __table_args__ = (
        Index("idx_audit_logs_user", user_id, created_at.desc()),
        Index("idx_audit_logs_resource", resource_type, resource_id),
        Index("idx_audit_logs_created", created_at.desc()),
        {"schema": SCHEMA, "postgresql_partition_by": "RANGE (created_at)"},
    )
