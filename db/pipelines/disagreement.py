"""A row and the ledger that do not agree: of which kind, and in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_JOB, ENDED_JOB, IDLE_JOB, SECOND_JOB = "no job", "ended job", "idle job", "second job"
#: The kinds, each with what it means for one and for many.
KINDS = {
    NO_JOB: ("row waits, and has no job", "rows wait, and have no job"),
    ENDED_JOB: ("row waits for a job that is dead or cancelled", "rows wait for jobs that are dead or cancelled"),
    IDLE_JOB: ("job is for a row that is over, or not there", "jobs are for rows that are over, or not there"),
    SECOND_JOB: ("job is a second one for its row", "jobs are second ones for their rows"),
}
#: What an id looks like; anything else may be about somebody, and is not told.
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def named(values: Sequence[str | None]) -> str:
    """Name a row by the values of its key, or by what a job says of it; what is no id is left out."""
    return " ".join(value if value and _ID.fullmatch(value) else "…" for value in values)


@dataclass(frozen=True)
class Disagreement:
    """One row, or one job, that is not as its pipeline says.

    `row` is its primary key as text, `since` a time in UTC. `job` is the job that died, or that nobody waits for. Of a
    row without a job, `key` and `args` are what a new one is sent with; None where a column that it needs is empty.
    """

    pipeline: str
    kind: str
    row: str
    actor: str
    status: str | None = None
    since: str | None = None
    job: int | None = None
    reason: str | None = None
    key: str | None = None
    args: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def said(self) -> str:
        """What is wrong, in a sentence."""
        since = f"{self.since[:19]}Z" if self.since else "an unknown time"
        waits = f"{self.row} is in {self.status!r} since {since}"
        match self.kind:
            case "no job":
                lacks = "" if self.key else ", nor what one would be given"
                return f"{waits}, and there is no job of {self.actor} for it{lacks}"
            case "ended job":
                return f"{waits}, and job {self.job} of {self.actor} ended as {self.reason}"
            case "idle job":
                return f"job {self.job} of {self.actor} is for {self.row}, which is over, or not there"
        return f"job {self.job} of {self.actor} is a second one for {self.row}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for people and machines; no argument of a job is in it."""
        told = {name: getattr(self, name) for name in ("pipeline", "kind", "row", "actor", "status", "since", "job")}
        return {**told, "said": self.said}
