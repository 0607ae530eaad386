"""Videos and the rungs of their ladders, as learncraft.md draws them; details and parts are ours."""

from __future__ import annotations

from bellwork.db.courses.plan.stamps import CREATED, ID, STAMPED
from bellwork.db.migrations.plan import Table

VIDEOS = {
    "videos": Table(
        {
            "id": ID,
            "lesson_id": "UUID NOT NULL REFERENCES {courses}.lessons(id) ON DELETE CASCADE",
            "title": "VARCHAR(255) NOT NULL",
            "original_filename": "VARCHAR(255)",
            "duration_seconds": "INTEGER",
            "original_url": "VARCHAR(500)",
            "hls_url": "VARCHAR(500)",
            "thumbnail_url": "VARCHAR(500)",
            "status": "{courses}.video_status NOT NULL DEFAULT 'uploading'",
            "transcript": "TEXT",
            "ai_summary": "TEXT",
            "file_size_bytes": "BIGINT",
            **STAMPED,
        },
    ),
    "video_qualities": Table(
        {
            "id": ID,
            "video_id": "UUID NOT NULL REFERENCES {courses}.videos(id) ON DELETE CASCADE",
            "quality": "VARCHAR(20) NOT NULL",
            "bitrate": "INTEGER NOT NULL",
            "url": "VARCHAR(500) NOT NULL",
            **CREATED,
        },
    ),
    "video_details": Table(
        {
            "video_id": "UUID PRIMARY KEY REFERENCES {courses}.videos(id) ON DELETE CASCADE",
            "run": "INTEGER NOT NULL DEFAULT 1",
            "source": "JSONB",
            "size_bytes": "BIGINT",
            "failed_because": "TEXT",
            "transcript_by": "TEXT",
            "no_transcript_because": "TEXT",
            "no_summary_because": "TEXT",
            "captions_key": "TEXT",
            "changed_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
        },
    ),
    "video_parts": Table(
        {
            "id": ID,
            "video_id": "UUID NOT NULL REFERENCES {courses}.videos(id) ON DELETE CASCADE",
            "rung": "TEXT NOT NULL",
            "part_no": "INTEGER NOT NULL",
            "state": "TEXT NOT NULL DEFAULT 'waiting'",
            "started_at_ms": "BIGINT NOT NULL",
            "ended_at_ms": "BIGINT NOT NULL",
            "key": "TEXT",
            "bytes": "BIGINT",
            "piece": "JSONB",
            "changed_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
        },
        rules=("UNIQUE (video_id, rung, part_no)",),
    ),
}
