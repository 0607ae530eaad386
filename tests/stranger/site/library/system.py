"""What Bellwork is told of the library."""

from __future__ import annotations

from bellwork.systems import PartitionedTable, RetentionRule, System

SYSTEM = System(
    "library",
    tables="library.tables",
    versions="library.versions",
    partitioned=(PartitionedTable("library.visits", "came_at", "month", ahead=2, keep=12),),
    rules=(
        RetentionRule(
            "library.forget_loans",
            table="loans",
            column="returned_at",
            days=30,
            action="delete",
            archive=True,
            cron="5 4 * * *",
            purpose="what a pupil read is forgotten a month after the book came back",
        ),
    ),
    kept={"books": "a library keeps its catalogue"},
    work="library.work",
    entries="library.entries",
    scenes="library.scenes",
)
