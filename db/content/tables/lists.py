"""Class lists that are read in: what an upload asks for and how far it is, its rows meanwhile, and who was invited."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from typing import Any

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.content.tables.columns import ID, SCHEMA, enum_of, refers
from bellwork.db.content.tables.people import UserRole

_UNLOGGED = {"schema": SCHEMA, "prefixes": ["UNLOGGED"]}


def _flag(default: str = "false") -> Any:
    return mapped_column(server_default=text(default))


def _count() -> Any:
    return mapped_column(server_default=text("0"))


class ClassList(Base):
    """What the file of an upload lacks and what it may do, as its uploader says, and how far a worker is with it.

    `processed_rows` were read from the file; of `written_rows` the users and class links are committed. `run` is the
    attempt that works on it, and no other may write for it.
    """

    __tablename__ = "class_lists"

    upload_id: Mapped[str] = refers("bulk_upload_jobs", "CASCADE", primary_key=True)
    role: Mapped[UserRole] = mapped_column(enum_of(UserRole, "user_role"), server_default=text("'student'"))
    grade_level: Mapped[int | None] = mapped_column(SmallInteger)
    class_id: Mapped[str | None] = refers("classes", "SET NULL")
    atomic: Mapped[bool] = _flag()
    dry_run: Mapped[bool] = _flag()
    leavers: Mapped[bool] = _flag()
    invite: Mapped[bool] = _flag("true")
    run: Mapped[str | None] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text, server_default=text("'waiting'"))
    format: Mapped[str | None] = mapped_column(Text)
    encoding: Mapped[str | None] = mapped_column(Text)
    delimiter: Mapped[str | None] = mapped_column(Text)
    warnings: Mapped[list[str]] = mapped_column(JSONB, server_default=text("'[]'"))
    processed_rows: Mapped[int] = _count()
    written_rows: Mapped[int] = _count()
    created_count: Mapped[int] = _count()
    known_count: Mapped[int] = _count()
    place_count: Mapped[int] = _count()
    left_count: Mapped[int] = _count()
    reason: Mapped[str | None] = mapped_column(Text)
    errors_path: Mapped[str] = mapped_column(Text, server_default=text("''"))
    cancelled_at: Mapped[datetime | None]
    undo_asked_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_count: Mapped[int] = _count()

    __table_args__ = (
        CheckConstraint("role IN ('student', 'teacher')", name="class_lists_role_check"),
        CheckConstraint("grade_level BETWEEN 9 AND 12", name="class_lists_grade_level_check"),
        Index("idx_class_lists_class", class_id, postgresql_where=text("class_id IS NOT NULL")),
        Index(
            "idx_class_lists_undo",
            "undo_asked_at",
            postgresql_where=text("undo_asked_at IS NOT NULL AND undone_at IS NULL"),
        ),
        {"schema": SCHEMA},
    )


class ListedPerson(Base):
    """A row of a list that is being read in, and why it is refused; gone when the list is done."""

    __tablename__ = "listed_people"

    upload_id: Mapped[str] = mapped_column(ID, primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    email: Mapped[str | None] = mapped_column(String(255))
    source_id: Mapped[str | None] = mapped_column(Text)
    student_id: Mapped[str | None] = mapped_column(String(50))
    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    role: Mapped[str | None] = mapped_column(Text)
    grade_level: Mapped[int | None] = mapped_column(SmallInteger)
    class_name: Mapped[str | None] = mapped_column(Text)
    leaves: Mapped[bool] = _flag()
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (_UNLOGGED,)


class ListedFact(Base):
    """What another file of the same archive says of a person: a role, or a class; gone when the list is done."""

    __tablename__ = "listed_facts"

    upload_id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source_id: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(Text)

    __table_args__ = (_UNLOGGED,)


class ListChange(Base):
    """What a list changed of people who were known before it, so that it can be undone."""

    __tablename__ = "list_changes"

    upload_id: Mapped[str] = refers("bulk_upload_jobs", "CASCADE", primary_key=True)
    user_id: Mapped[str] = refers("users", "CASCADE", primary_key=True)
    what: Mapped[str] = mapped_column(Text, primary_key=True)
    class_id: Mapped[str] = mapped_column(ID, primary_key=True, server_default=text("''"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("what IN ('entered', 'returned', 'left', 'dropped')", name="list_changes_what_check"),
        Index("idx_list_changes_user", user_id),
        {"schema": SCHEMA},
    )
