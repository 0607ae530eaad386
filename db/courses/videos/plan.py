"""What is stored for videos that are not settled yet."""

from __future__ import annotations

from bellwork.db.migrations.plan import Plan, Table

# Without a foreign key: what was stored for a video is to be found when its row is gone.
OBJECTS = Plan(
    system="courses",
    revision="0003",
    document="learncraft.md",
    types={},
    functions={},
    tables={
        "video_objects": Table(
            {
                "key": "TEXT PRIMARY KEY",
                "video_id": "UUID NOT NULL",
                "stored_at": "TIMESTAMPTZ NOT NULL DEFAULT now()",
            },
        ),
    },
    indexes={"video_objects": {"idx_video_objects_stored": "(stored_at)", "idx_video_objects_video": "(video_id)"}},
    checks={},
    triggers={},
)
