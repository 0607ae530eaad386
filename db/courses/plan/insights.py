"""Questions to a model, embeddings and learning events, as learncraft.md draws them."""

from __future__ import annotations

from bellwork.db.courses.plan.stamps import CREATED, ID, USER
from bellwork.db.migrations.plan import Table

INSIGHTS = {
    "ai_interactions": Table(
        {
            "id": ID,
            "user_id": USER,
            "session_id": "UUID REFERENCES {courses}.lab_sessions(id)",
            "interaction_type": "{courses}.interaction_type NOT NULL",
            "input_text": "TEXT NOT NULL",
            "output_text": "TEXT NOT NULL",
            "context": "JSONB",
            "model_used": "VARCHAR(50)",
            "tokens_used": "INTEGER",
            "response_time_ms": "INTEGER",
            "feedback_rating": "INTEGER",
            **CREATED,
        },
    ),
    "content_embeddings": Table(
        {
            "id": ID,
            "content_id": "UUID NOT NULL",
            "content_type": "VARCHAR(50) NOT NULL",
            "chunk_index": "INTEGER NOT NULL",
            "chunk_text": "TEXT NOT NULL",
            "embedding": "REAL[] CHECK (cardinality(embedding) = 1536)",
            **CREATED,
        },
    ),
    "learning_events": Table(
        {
            "id": ID,
            "user_id": USER,
            "event_type": "VARCHAR(50) NOT NULL",
            "event_data": "JSONB NOT NULL",
            "course_id": "UUID REFERENCES {courses}.courses(id)",
            "lesson_id": "UUID REFERENCES {courses}.lessons(id)",
            **CREATED,
        },
    ),
}
