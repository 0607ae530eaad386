"""The blow: a process that renders a film is killed by signal 9, a moment into its work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bellwork.db.content.queries.progress import running_alone
from bellwork.db.engine import transaction
from bellwork.db.vocabulary.scene import Check, Line
from bellwork.tasks.content.scenes.seen import RENDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bellwork.db.vocabulary.scene import Place
    from bellwork.tasks.content.scenes.seen import Seen

#: Seconds into its work.
_MOMENT = 0.5


class Blow:
    """Falls once; `job` is the one that it fell on, `at` says when."""

    def __init__(self) -> None:
        self.job: int | None = None
        self.at = datetime.min.replace(tzinfo=UTC)

    def begin(self, place: Place) -> None:
        """Know by what to kill."""
        self._place = place

    def fall(self, hopeless: Seen | None) -> None:
        """Kill a process that renders and does nothing else: what it says to others would be cut off half-way.

        Not for a film that will not be made: of that one nothing can be shown.
        """
        if self.job is not None:
            return
        with transaction() as conn:
            job = running_alone(conn, RENDERS, _MOMENT, hopeless.row["topic_id"] if hopeless else None)
        if job is not None and self._place.kill_worker_of(job):
            self.job, self.at = job, datetime.now(UTC)

    def line(self, *, over: bool) -> Line:
        """Tell whether it fell; it does not any more when all requests are `over`."""
        status = "waits for a film" if self.job is None else f"killed while it ran job {self.job}"
        return Line("kill -9", "for a process that renders", status, over=over or self.job is not None)

    def of(self, requests: Iterable[Seen]) -> dict[str, Any] | None:
        """Return the job that it fell on, as it stands now; None where it fell on none of these."""
        jobs = (job for seen in requests for job in seen.jobs_of(RENDERS))
        return next((job for job in jobs if job["id"] == self.job), None)

    def checks(self, requests: Iterable[Seen]) -> Sequence[Check]:
        """Check that the job outlived its process."""
        job = self.of(requests)
        again = bool(job and job["state"] == "done" and job["attempt"] > 1)
        said = f"{job['state']} at attempt {job['attempt']}" if job else "no such job"
        return [
            Check("A process that rendered a film was killed by signal 9.", ok=self.job is not None),
            Check("The same job rendered that film in another process.", again, said),
        ]
