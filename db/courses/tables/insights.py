"""What learners asked a model, what content means as numbers, and what happened."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - SQLAlchemy reads the annotations at run time
from enum import StrEnum
from typing import Any
from uuid import UUID  # noqa: TC003 - SQLAlchemy reads the annotations at run time

from sqlalchemy import REAL, CheckConstraint, Index, String, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bellwork.db.base import Base
from bellwork.db.courses.tables.columns import SCHEMA, Created, Identified, enum_of, labels, refers, within

#: The numbers of an embedding (learncraft.md, Content Embeddings Table).
DIMENSIONS = 1536


class InteractionType(StrEnum):
    """What a model was asked for."""

    QUERY = "query"
    HINT = "hint"
    SUMMARY = "summary"
    RECOMMENDATION = "recommendation"
    EXPLANATION = "explanation"


class AiInteraction(Identified, Created, Base):
    """A question to a model, and its answer."""

    __tablename__ = "ai_interactions"

    user_id: Mapped[UUID] = refers("users")
    session_id: Mapped[UUID | None] = refers("lab_sessions")
    interaction_type: Mapped[InteractionType] = mapped_column(enum_of(InteractionType, "interaction_type"))
    input_text: Mapped[str]
    output_text: Mapped[str]
    context: Mapped[dict[str, Any] | None]
    model_used: Mapped[str | None] = mapped_column(String(50))
    tokens_used: Mapped[int | None]
    response_time_ms: Mapped[int | None]
    feedback_rating: Mapped[int | None]

    __table_args__ = (
        within("ai_interactions", "feedback_rating", 1, 5),
        Index("idx_ai_interactions_user", user_id),
        Index("idx_ai_interactions_session", session_id),
        Index("idx_ai_interactions_type", interaction_type),
        {"schema": SCHEMA},
    )


class ContentEmbedding(Identified, Created, Base):
    """A piece of a content and its embedding; where the extension `vector` is there, an index finds near ones."""

    __tablename__ = "content_embeddings"

    content_id: Mapped[UUID]
    content_type: Mapped[str] = mapped_column(String(50))
    chunk_index: Mapped[int]
    chunk_text: Mapped[str]
    embedding: Mapped[list[float] | None] = mapped_column(ARRAY(REAL))

    __table_args__ = (
        labels("content_embeddings", "content_type", ("video", "lesson", "lab")),
        within("content_embeddings", "chunk_index", 0),
        CheckConstraint(f"cardinality(embedding) = {DIMENSIONS}", name="content_embeddings_embedding_check"),
        Index("ux_content_embeddings_chunk", content_type, "content_id", "chunk_index", unique=True),
        {"schema": SCHEMA},
    )


class EmbeddedContent(Base):
    """Which text of a content is embedded, by its hash, and by which model; its pieces are ContentEmbedding's."""

    __tablename__ = "embedded_contents"

    content_type: Mapped[str] = mapped_column(primary_key=True)
    content_id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[str]
    model: Mapped[str]
    chunks: Mapped[int]
    embedded_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = ({"schema": SCHEMA},)


class LearningEvent(Identified, Created, Base):
    """Something that a learner did, as an event: course.rated, lesson.completed and others; kept for five years."""

    __tablename__ = "learning_events"

    user_id: Mapped[UUID] = refers("users")
    event_type: Mapped[str] = mapped_column(String(50))
    event_data: Mapped[dict[str, Any]]
    course_id: Mapped[UUID | None] = refers("courses")
    lesson_id: Mapped[UUID | None] = refers("lessons")

    __table_args__ = (
        Index("idx_learning_events_user", user_id, text("created_at")),
        Index("idx_learning_events_created", text("created_at")),
        Index(
            "idx_learning_events_rated",
            "course_id",
            user_id,
            text("created_at"),
            postgresql_where=text("event_type = 'course.rated'"),
        ),
        {"schema": SCHEMA},
    )
