"""A request as the database shows it at one moment: its path with times, its content, its jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bellwork.db.content.queries.progress import jobs_with, progress_of
from bellwork.db.engine import transaction

#: The actors of a generation's stages.
WRITES, SPEAKS, RENDERS = "content.write_script", "content.narrate", "content.render"


@dataclass(frozen=True)
class Step:
    """A status, and after how many seconds of the request's life it was reached."""

    status: str
    seconds: float


@dataclass(frozen=True)
class Seen:
    """What is known of a request."""

    row: dict[str, Any]
    path: tuple[Step, ...]
    jobs: tuple[dict[str, Any], ...] = field(default=(), repr=False)

    @property
    def status(self) -> str:
        """Where the request is."""
        return str(self.row["status"])

    @property
    def statuses(self) -> list[str]:
        """Where it has been, in order."""
        return [step.status for step in self.path]

    @property
    def settled(self) -> bool:
        """Tell whether nothing more will happen: done, failed, or served without the film that was given up."""
        given_up = bool(self.row["generation_metadata"].get("video_given_up"))
        return self.status in {"completed", "failed"} or (self.status == "fast_path_ready" and given_up)

    @property
    def question(self) -> dict[str, Any] | None:
        """What the student is asked back, while an answer is awaited."""
        return (self.row["metadata"] or {}).get("clarification") if self.status == "needs_clarification" else None

    @property
    def progress(self) -> int:
        """Percent."""
        return int((self.row["metadata"] or {}).get("progress", 0))

    @property
    def notices(self) -> dict[str, str]:
        """What became of each letter, by its kind."""
        return (self.row["metadata"] or {}).get("notices") or {}

    @property
    def generation(self) -> dict[str, str]:
        """The arguments of the jobs that work for everybody who asks the same."""
        return {name: self.row[name] for name in ("topic_id", "interest_id", "style")}

    @property
    def attempts(self) -> int:
        """Count the attempts of all its jobs."""
        return sum(int(job["attempt"]) for job in self.jobs)

    def jobs_of(self, actor: str) -> list[dict[str, Any]]:
        """List its jobs for one actor."""
        return [job for job in self.jobs if job["actor"] == actor]


def look(ids: list[str]) -> dict[str, Seen]:
    """Read the requests by id."""
    with transaction() as conn:
        return {row["id"]: Seen(row, _path(row)) for row in progress_of(conn, ids)}


def look_closely(seen: Seen) -> Seen:
    """Add the jobs that ran for the request alone, and those of the generation it shares with others."""
    row = seen.row
    with transaction() as conn:
        jobs = jobs_with(conn, {"request_id": row["id"]})
        if row["topic_id"] and row["interest_id"] and not row["cache_hit"]:
            jobs += jobs_with(conn, seen.generation)
    return Seen(row, seen.path, tuple(jobs))


def _path(row: dict[str, Any]) -> tuple[Step, ...]:
    born: datetime = row["created_at"]
    history = (row["metadata"] or {}).get("history") or [{"status": row["status"], "at": born.isoformat()}]
    return tuple(
        Step(entry["status"], max(0.0, (datetime.fromisoformat(entry["at"]) - born).total_seconds()))
        for entry in history
    )
