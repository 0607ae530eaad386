"""Districts and schools, the people in them, and the classes they meet in."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.content.tables.columns import ID, SCHEMA, SECRET, Stamped, enum_of, free_form, refers


class OrganizationType(StrEnum):
    """A district stands alone; a school belongs to a district."""

    DISTRICT = "district"
    SCHOOL = "school"


class UserRole(StrEnum):
    """What a user is; students alone have a grade."""

    STUDENT = "student"
    TEACHER = "teacher"
    SCHOOL_ADMIN = "school_admin"
    DISTRICT_ADMIN = "district_admin"
    VIVIDLY_ADMIN = "vividly_admin"
    VIVIDLY_OPS = "vividly_ops"
    VIVIDLY_CURRICULUM = "vividly_curriculum"


class Organization(Stamped, Base):
    """A district, or a school in one; the end of a contract stands in its metadata as `contract_end`."""

    __tablename__ = "organizations"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    org_type: Mapped[OrganizationType] = mapped_column(enum_of(OrganizationType, "organization_type"))
    parent_id: Mapped[str | None] = refers("organizations", "RESTRICT")
    address: Mapped[str | None]
    city: Mapped[str | None] = mapped_column(String(100))
    state: Mapped[str | None] = mapped_column(String(2))
    zip_code: Mapped[str | None] = mapped_column(String(10))
    phone: Mapped[str | None] = mapped_column(String(20))
    organization_metadata: Mapped[dict[str, Any] | None] = free_form()
    is_active: Mapped[bool | None] = mapped_column(server_default=text("true"))
    deleted_at: Mapped[datetime | None] = mapped_column(sort_order=903)

    __table_args__ = (
        CheckConstraint(
            "(org_type = 'district' AND parent_id IS NULL) OR (org_type = 'school' AND parent_id IS NOT NULL)",
            name="organizations_check",
        ),
        Index("idx_organizations_parent", parent_id, postgresql_where=text("deleted_at IS NULL")),
        Index("idx_organizations_type", org_type, postgresql_where=text("deleted_at IS NULL")),
        {"schema": SCHEMA},
    )


class User(Stamped, Base):
    """Anyone with an account; a deleted one keeps its row until 30 days after the contract's end."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255), info=SECRET)
    email_verified: Mapped[bool | None] = mapped_column(server_default=text("false"))
    first_name: Mapped[str] = mapped_column(String(100))
    last_name: Mapped[str] = mapped_column(String(100))
    role: Mapped[UserRole] = mapped_column(enum_of(UserRole, "user_role"))
    org_id: Mapped[str] = refers("organizations", "RESTRICT")
    student_id: Mapped[str | None] = mapped_column(String(50))
    grade_level: Mapped[int | None]
    is_active: Mapped[bool | None] = mapped_column(server_default=text("true"))
    last_login_at: Mapped[datetime | None] = mapped_column()
    reset_token: Mapped[str | None] = mapped_column(String(255), info=SECRET)
    reset_token_expires_at: Mapped[datetime | None] = mapped_column()
    user_metadata: Mapped[dict[str, Any] | None] = free_form()
    deleted_at: Mapped[datetime | None] = mapped_column(sort_order=903)

    __table_args__ = (
        CheckConstraint(
            "(role = 'student' AND grade_level IS NOT NULL) OR (role != 'student' AND grade_level IS NULL)",
            name="users_check",
        ),
        Index("idx_users_email", email, postgresql_where=text("deleted_at IS NULL")),
        Index("idx_users_org_role", org_id, role, postgresql_where=text("deleted_at IS NULL")),
        Index("idx_users_student_id", student_id, postgresql_where=text("student_id IS NOT NULL")),
        Index(
            "idx_users_activation",
            org_id,
            role,
            last_login_at.desc(),
            postgresql_where=text("is_active = true AND deleted_at IS NULL"),
        ),
        # With PostgreSQL's own parentheses, or comparing models and database never ends.
        Index(
            "idx_users_search",
            func.to_tsvector(text("'english'"), text("(((first_name || ' ') || last_name) || ' ') || email")),
            postgresql_using="gin",
        ),
        Index(
            "idx_users_reset_token_expiry",
            reset_token_expires_at,
            postgresql_where=text("reset_token_expires_at IS NOT NULL"),
        ),
        Index("idx_users_leaving", org_id, "id"),
        Index("idx_users_email_lower", func.lower(email)),
        {"schema": SCHEMA},
    )


class SchoolClass(Stamped, Base):
    """A teacher's class in a school; the teacher cannot be deleted while the class stands."""

    __tablename__ = "classes"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str | None] = mapped_column(String(100))
    grade_level: Mapped[int | None]
    school_year: Mapped[str | None] = mapped_column(String(20))
    teacher_id: Mapped[str] = refers("users", "RESTRICT")
    school_id: Mapped[str] = refers("organizations", "RESTRICT")
    invite_code: Mapped[str | None] = mapped_column(String(20), unique=True)
    is_active: Mapped[bool | None] = mapped_column(server_default=text("true"))
    class_metadata: Mapped[dict[str, Any] | None] = free_form()
    deleted_at: Mapped[datetime | None] = mapped_column(sort_order=903)

    __table_args__ = (
        CheckConstraint("grade_level BETWEEN 9 AND 12", name="classes_grade_level_check"),
        Index("idx_classes_teacher", teacher_id, postgresql_where=text("deleted_at IS NULL")),
        Index("idx_classes_school", school_id, postgresql_where=text("deleted_at IS NULL")),
        Index("idx_classes_leaving_teacher", teacher_id),
        Index("idx_classes_leaving_school", school_id),
        {"schema": SCHEMA},
    )


class ClassStudent(Base):
    """A student's place in a class; who left keeps the row, with `dropped_at`."""

    __tablename__ = "class_students"

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[str] = refers("classes", "CASCADE")
    student_id: Mapped[str] = refers("users", "CASCADE")
    enrolled_at: Mapped[datetime | None] = mapped_column(server_default=func.current_timestamp())
    dropped_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint(class_id, student_id),
        Index("idx_class_students_class", class_id, postgresql_where=text("dropped_at IS NULL")),
        Index("idx_class_students_student", student_id, postgresql_where=text("dropped_at IS NULL")),
        Index(
            "idx_class_students_engagement",
            class_id,
            enrolled_at.desc(),
            postgresql_where=text("dropped_at IS NULL"),
        ),
        Index("idx_class_students_leaving", student_id),
        {"schema": SCHEMA},
    )
