"""Live jobs that no row waits for, and second jobs for one row, batch by batch in order of their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.pipelines.disagreement import Disagreement, named
from bellwork.db.pipelines.rows import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bellwork.db.pipelines.statements import Look


def look_at_jobs(conn: Connection, look: Look, actor: str, after: int = 0, only: Sequence[int] | None = None) -> Batch:
    """Look at an actor's next jobs, of which those are judged that are old enough, or at some of them once more."""
    asked = {
        "until": look.until,
        "most": look.most,
        "after": after,
        "only": None if only is None else list(only),
    }
    looked, last, wrong = psycopg_of(conn).execute(look.made.jobs(actor), asked).fetchone() or (0, None, None)
    name = look.made.pipeline.name
    found = [Disagreement(name, each["kind"], named(each["row"]), actor, job=each["id"]) for each in wrong or []]
    return Batch(looked, found, last if looked == look.most else None)
