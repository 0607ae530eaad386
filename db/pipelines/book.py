"""What the last comparison of each pipeline found: one row each, for `status`, the page and the doctor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection

    from bellwork.db.pipelines.compare import Found

#: Examples that are kept of what is wrong.
_KEPT = 5
_NOTE = text("""
INSERT INTO bellwork.reconciled AS r (pipeline, at, who, seconds, row_count, job_count, wrong, mended, examples,
    unfinished, error)
VALUES (:pipeline, now(), :who, :seconds, :rows, :jobs, CAST(:wrong AS jsonb), CAST(:mended AS jsonb),
        CAST(:examples AS jsonb), :unfinished, :error)
ON CONFLICT (pipeline) DO UPDATE SET at = excluded.at, who = excluded.who, seconds = excluded.seconds,
    row_count = excluded.row_count, job_count = excluded.job_count, wrong = excluded.wrong, mended = excluded.mended,
    examples = excluded.examples, unfinished = excluded.unfinished, error = excluded.error
""")
_LAST = text("""
SELECT pipeline, at, who, seconds, row_count, job_count, wrong, mended, examples, unfinished, error
FROM bellwork.reconciled ORDER BY pipeline
""")
_FORGET = text("DELETE FROM bellwork.reconciled WHERE at < now() - make_interval(secs => :seconds)")


class Compared(NamedTuple):
    """The last comparison of a pipeline: `wrong` and `mended` are counts by kind, `error` says why there was none."""

    pipeline: str
    at: datetime
    who: str
    seconds: float
    rows: int
    jobs: int
    wrong: dict[str, int]
    mended: dict[str, int]
    examples: list[str]
    unfinished: bool
    error: str | None

    @property
    def left(self) -> dict[str, int]:
        """What it found and did not mend, by kind."""
        left = {kind: count - self.mended.get(kind, 0) for kind, count in self.wrong.items()}
        return {kind: count for kind, count in left.items() if count > 0}

    @property
    def brief(self) -> dict[str, Any]:
        """What is told of it beside other things: its name, when, what is left with an example, or the error."""
        told = {"pipeline": self.pipeline, "at": self.at, "left": self.left, "error": self.error}
        return {**told, "examples": self.examples[:1]}


def note(conn: Connection, found: Found, who: str, error: str | None = None) -> None:
    """Keep what a comparison found, in the place of the one before."""
    noted: dict[str, Any] = {
        "pipeline": found.pipeline,
        "who": who,
        "seconds": found.seconds,
        "rows": found.rows,
        "jobs": found.jobs,
        "wrong": json.dumps(found.wrong),
        "mended": json.dumps(found.mended),
        "examples": json.dumps([each.said for each in found.examples[:_KEPT]]),
        "unfinished": found.unfinished,
        "error": error,
    }
    conn.execute(_NOTE, noted)


def last_compared(conn: Connection) -> list[Compared]:
    """List the last comparison of each pipeline, by name."""
    return [Compared(*row) for row in conn.execute(_LAST)]


def forget_compared(conn: Connection, seconds: float) -> None:
    """Forget comparisons that are older: of pipelines that nobody brings any more."""
    conn.execute(_FORGET, {"seconds": seconds})
