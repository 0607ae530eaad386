"""What Bellwork is told of the library."""

from __future__ import annotations

from bellwork.systems import PartitionedTable, Pipeline, RetentionRule, Stage, System

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
    pipelines=(
        Pipeline(
            "library.loans",
            table="loans",
            stages=(
                Stage("asked", "library.lend", {"loan_id": "id"}),
                Stage("lent", "library.note_visit", {"loan_id": "id"}),
            ),
            final=("noted", "returned"),
            since="asked_at",
        ),
    ),
    work="library.work",
    entries="library.entries",
    scenes="library.scenes",
)
