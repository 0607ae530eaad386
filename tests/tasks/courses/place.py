"""A course's tables in a test: statements of one transaction, and jobs run as a worker runs them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from bellwork.db.courses.seed import add
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.courses.progress.record import record_progress
from bellwork.workers.testing import run_inline

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.db.courses.seed import Seeded


def change(statement: str, **values: Any) -> None:
    """Execute a statement in a transaction of its own."""
    with transaction() as conn:
        conn.execute(sql(statement), values)


def ask(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with transaction() as conn:
        return [tuple(row) for row in conn.execute(sql(statement), values)]


def one(statement: str, **values: Any) -> Any:
    """Return the one value of a query."""
    [(value,)] = ask(statement, **values)
    return value


def put(table: str, **values: Any) -> UUID:
    """Insert a row into a table of courses, in a transaction of its own."""
    with transaction() as conn:
        return add(conn, table, **values)


def event(user: UUID, lesson: UUID, kind: str, **more: Any) -> dict[str, Any]:
    """Make an event of now; a video's is at its end."""
    film = {"position_seconds": 600, "duration_seconds": 600} if kind == "video" else {}
    said = {"event_id": uuid4().hex, "user_id": str(user), "lesson_id": str(lesson), "kind": kind}
    return said | {"at": datetime.now(UTC).isoformat()} | film | more


def tell(user: UUID, lesson: UUID, kind: str, **more: Any) -> str:
    """Have an event recorded; returns the state of its job."""
    return str(run_inline(record_progress, event=event(user, lesson, kind, **more))["state"])


def do_all(seeded: Seeded, *but: str) -> None:
    """Let the learner do all of each lesson, those of some types aside."""
    for kind, assessment in seeded.assessments.items():
        if kind not in but:
            put("assessment_attempts", user_id=seeded.learner, assessment_id=assessment, **PASSED)
    for kind in seeded.labs:
        if kind not in but:
            row = {"user_id": seeded.learner, "lesson_id": seeded.lessons[kind], "lab_completed": True}
            put("lesson_progress", **row, status="in_progress")
    for kind, lesson in seeded.lessons.items():
        if kind not in but:
            said = {"mixed": "video", "reading": "read"}.get(kind, kind)
            assert tell(seeded.learner, lesson, said) == "done"


#: An attempt that was passed.
PASSED = {"status": "completed", "score": 9, "total_points": 10, "percent_score": 90, "is_passing": True}


def at_once(work: Callable[[], object], times: int = 8) -> list[Any]:
    """Do the same in several threads at once; returns what each came to."""
    with ThreadPoolExecutor(times) as pool:
        return [each.result() for each in [pool.submit(work) for _ in range(times)]]
