"""Asks the content pipeline for lessons, and counts what it made of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bellwork.db.content.seed import load_samples
from bellwork.db.engine import transaction
from bellwork.tasks.content.understand import understand
from tests.faults.ground import rows

if TYPE_CHECKING:
    from pathlib import Path

    from bellwork.db.content.queries import Generation

COLD = {
    "nlu_processing",
    "cache_check",
    "generating_script",
    "generating_audio",
    "fast_path_ready",
    "generating_video",
    "completed",
}
AMARA = "user_student_amara"
_INSERT = """
INSERT INTO content.content_requests (id, student_id, original_query, status, style, metadata, topic_id, interest_id)
VALUES (:id, :student, :query, 'nlu_processing', 'conversational', '{}', :topic, :interest)
"""
_READ = "SELECT status::text, metadata -> 'history' AS history FROM content.content_requests WHERE id LIKE :id"
_LEFT = "SELECT count(*) FROM bellwork.jobs WHERE actor LIKE 'content.%'"


def load() -> None:
    """Fill the catalogue."""
    with transaction() as conn:
        load_samples(conn)


def ask(request_id: str, query: str, student: str = AMARA, *, wanted: Generation | None = None) -> None:
    """Ask a question, in one transaction with its first job; `wanted` names its topic and interest beforehand."""
    named = {"topic": wanted and wanted.topic_id, "interest": wanted and wanted.interest_id}
    with transaction():
        rows(_INSERT, id=request_id, student=student, query=query, **named)
        understand.send(request_id=request_id)


def are_completed(request_id: str, count: int = 1) -> bool:
    """Tell whether that many requests are completed, and no job of the pipeline is left."""
    found = [row.status for row in rows(_READ, id=request_id)]
    [(left,)] = rows(_LEFT)
    return found == ["completed"] * count and not left


def passed(request_id: str) -> list[Counter[str]]:
    """Count, for each request, how often it passed each status."""
    return [Counter(step["status"] for step in row.history) for row in rows(_READ, id=request_id)]


def stored(storage: Path) -> list[str]:
    """List what lies in the storage, sorted."""
    return sorted(str(path.relative_to(storage)) for path in storage.rglob("*") if path.is_file())
