"""What can be taught and what it can be told with: topics, interests, and the interests a student has ranked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.content.tables.columns import ID, SCHEMA, TOPIC_ID, Stamped, free_form, refers


class Topic(Stamped, Base):
    """A node of the tree of subjects; never deleted while content exists for it, only made inactive."""

    __tablename__ = "topics"

    id: Mapped[str] = mapped_column(TOPIC_ID, primary_key=True)
    parent_id: Mapped[str | None] = refers("topics", "RESTRICT")
    path: Mapped[str | None] = mapped_column(String(500))
    depth: Mapped[int] = mapped_column(server_default=text("0"))
    title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None]
    subject: Mapped[str] = mapped_column(String(50))
    grade_level_min: Mapped[int | None]
    grade_level_max: Mapped[int | None]
    display_order: Mapped[int | None] = mapped_column(server_default=text("0"))
    is_active: Mapped[bool | None] = mapped_column(server_default=text("true"))
    topic_metadata: Mapped[dict[str, Any] | None] = free_form()

    __table_args__ = (
        Index("idx_topics_subject", subject, postgresql_where=text("is_active = true")),
        Index("idx_topics_parent", parent_id, postgresql_where=text("is_active = true")),
        Index("idx_topics_path", func.to_tsvector(text("'english'"), text("path")), postgresql_using="gin"),
        # With PostgreSQL's own parentheses, or comparing models and database never ends.
        Index(
            "idx_topics_search",
            func.to_tsvector(text("'english'"), text("(title || ' ') || description")),
            postgresql_using="gin",
        ),
        {"schema": SCHEMA},
    )


class Interest(Stamped, Base):
    """Something a student cares for, that a script can take its examples from."""

    __tablename__ = "interests"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str | None]
    category: Mapped[str | None] = mapped_column(String(50))
    icon_url: Mapped[str | None] = mapped_column(String(500))
    is_active: Mapped[bool | None] = mapped_column(server_default=text("true"))
    display_order: Mapped[int | None] = mapped_column(server_default=text("0"))
    interest_metadata: Mapped[dict[str, Any] | None] = free_form()

    __table_args__ = (
        Index("idx_interests_category", category, postgresql_where=text("is_active = true")),
        {"schema": SCHEMA},
    )


class StudentInterest(Stamped, Base):
    """The place a student gives an interest; 1 is the dearest."""

    __tablename__ = "student_interests"

    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[str] = refers("users", "CASCADE")
    interest_id: Mapped[str] = refers("interests", "CASCADE")
    rank: Mapped[int]

    __table_args__ = (
        UniqueConstraint("student_id", "interest_id"),
        UniqueConstraint("student_id", "rank"),
        CheckConstraint("rank > 0 AND rank <= 10", name="student_interests_rank_check"),
        Index("idx_student_interests_student", student_id),
        {"schema": SCHEMA},
    )
