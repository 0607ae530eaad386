"""What Bellwork is told of the courses system."""

from __future__ import annotations

from bellwork.db.courses.rules import KEPT, RULES
from bellwork.db.courses.videos.pipelines import VIDEO_PARTS, VIDEOS
from bellwork.db.vocabulary import System

SYSTEM = System(
    "courses",
    tables="bellwork.db.courses.tables",
    versions="bellwork.db.courses.versions",
    rules=RULES,
    kept=KEPT,
    functions=("begin_attempt", "search"),
    pipelines=(VIDEOS, VIDEO_PARTS),
    work="bellwork.tasks.courses",
    entries="bellwork.tasks.courses.entries",
    letters="bellwork.tasks.courses.letters",
    certificates="bellwork.db.courses.certificates",
    scenes="bellwork.tasks.courses.scenes",
    searches="bellwork.tasks.courses.embeddings.search",
    erase="bellwork.db.courses.erase",
)
