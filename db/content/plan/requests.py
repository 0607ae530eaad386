"""What vividly.md keeps of requests; generated content comes first, for requests refer to it."""

from __future__ import annotations

from bellwork.db.content.plan.stamps import CREATED, STAMPED
from bellwork.db.migrations.plan import Table

REQUESTS = {
    "generated_content": Table(
        {
            "id": "VARCHAR(50) PRIMARY KEY",
            "topic_id": "VARCHAR(100) NOT NULL REFERENCES {content}.topics(id) ON DELETE RESTRICT",
            "interest_id": "VARCHAR(50) NOT NULL REFERENCES {content}.interests(id) ON DELETE RESTRICT",
            "style": "VARCHAR(50) NOT NULL DEFAULT 'conversational'",
            "cache_key": "VARCHAR(255) NOT NULL UNIQUE",
            "content_type": "{content}.content_type NOT NULL",
            "script_url": "VARCHAR(500)",
            "audio_url": "VARCHAR(500)",
            "video_url": "VARCHAR(500)",
            "thumbnail_url": "VARCHAR(500)",
            "duration_seconds": "INTEGER",
            "file_size_bytes": "BIGINT",
            "generation_metadata": "JSONB DEFAULT '{}'",
            "quality_score": "DECIMAL(3,2)",
            "manual_review_status": "VARCHAR(50)",
            "view_count": "INTEGER DEFAULT 0",
            "completion_count": "INTEGER DEFAULT 0",
            "average_rating": "DECIMAL(3,2)",
            **STAMPED,
        },
    ),
    "content_requests": Table(
        {
            "id": "VARCHAR(50) PRIMARY KEY",
            "student_id": "VARCHAR(50) NOT NULL REFERENCES {content}.users(id) ON DELETE CASCADE",
            "original_query": "TEXT NOT NULL",
            "topic_id": "VARCHAR(100) REFERENCES {content}.topics(id) ON DELETE SET NULL",
            "interest_id": "VARCHAR(50) REFERENCES {content}.interests(id) ON DELETE SET NULL",
            "style": "VARCHAR(50) DEFAULT 'conversational'",
            "status": "{content}.request_status NOT NULL DEFAULT 'nlu_processing'",
            "cache_hit": "BOOLEAN DEFAULT false",
            "generated_content_id": "VARCHAR(50) REFERENCES {content}.generated_content(id) ON DELETE SET NULL",
            "error_message": "TEXT",
            "retry_count": "INTEGER DEFAULT 0",
            "completed_at": "TIMESTAMPTZ",
            "metadata": "JSONB DEFAULT '{}'",
            **STAMPED,
            "deleted_at": "TIMESTAMPTZ",
        },
        late=frozenset({"deleted_at"}),
    ),
    "student_progress": Table(
        {
            "id": "SERIAL PRIMARY KEY",
            "student_id": "VARCHAR(50) NOT NULL REFERENCES {content}.users(id) ON DELETE CASCADE",
            "topic_id": "VARCHAR(100) NOT NULL REFERENCES {content}.topics(id) ON DELETE CASCADE",
            "status": "{content}.progress_status NOT NULL DEFAULT 'not_started'",
            "view_count": "INTEGER DEFAULT 0",
            "last_viewed_at": "TIMESTAMPTZ",
            "completed_at": "TIMESTAMPTZ",
            "content_id": "VARCHAR(50) REFERENCES {content}.generated_content(id) ON DELETE SET NULL",
            "total_time_seconds": "INTEGER DEFAULT 0",
            **STAMPED,
        },
        rules=("UNIQUE(student_id, topic_id)",),
    ),
    "feedback": Table(
        {
            "id": "VARCHAR(50) PRIMARY KEY",
            "student_id": "VARCHAR(50) NOT NULL REFERENCES {content}.users(id) ON DELETE CASCADE",
            "content_id": "VARCHAR(50) NOT NULL REFERENCES {content}.generated_content(id) ON DELETE CASCADE",
            "feedback_type": "{content}.feedback_type NOT NULL",
            "rating": "INTEGER",
            "comment": "TEXT",
            "triggered_regeneration": "BOOLEAN DEFAULT false",
            "regeneration_request_id": "VARCHAR(50) REFERENCES {content}.content_requests(id) ON DELETE SET NULL",
            **CREATED,
        },
        rules=("CHECK (rating IS NULL OR (rating >= 1 AND rating <= 5))",),
    ),
}
