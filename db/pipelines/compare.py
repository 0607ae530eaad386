"""Holds one pipeline against the ledger, both ways: each row that waits has its job, each job its row.

Rows and jobs of a batch are read by one statement, which is one snapshot: where a row's move and its next job are one
commit, as `job.transaction()` makes them, there is no moment between the two to be seen. What a system does in two
commits is spared by age: rows and jobs that changed within the last minute are not judged.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from psycopg.errors import DataError, InsufficientPrivilege, ProgrammingError

from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.pipelines.fit import statements_of
from bellwork.db.pipelines.heal import cancel_jobs, give_jobs
from bellwork.db.pipelines.jobs import look_at_jobs
from bellwork.db.pipelines.rows import look_at_rows
from bellwork.db.pipelines.statements import Look
from bellwork.db.vocabulary import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from bellwork.db.pipelines.disagreement import Disagreement
    from bellwork.db.pipelines.heal import Healing
    from bellwork.db.pipelines.rows import Batch
    from bellwork.db.vocabulary import Pipeline, Stage

#: Seconds for which a row or a job has to have been as it is.
AGE = 60.0
#: Rows or jobs of one transaction, and disagreements that are kept to be shown.
BATCH, SHOWN = 1_000, 20
_UNTIL = b"SELECT (now() - make_interval(secs => %s))::text"


@dataclass
class Found:
    """What a comparison found: rows and jobs that were looked at, what is wrong and what of it was mended, by kind.

    `unfinished` tells that time was over before all was looked at.
    """

    pipeline: str
    rows: int = 0
    jobs: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)
    examples: list[Disagreement] = field(default_factory=list)
    unfinished: bool = False
    seconds: float = 0.0

    @property
    def left(self) -> Counter[str]:
        """What is still wrong, by kind."""
        return self.wrong - self.mended


def compare(  # noqa: PLR0913 - how it is to be done
    pipeline: Pipeline,
    *,
    healing: Healing | None = None,
    age: float = AGE,
    budget: float = float("inf"),
    batch: int = BATCH,
    tell: Callable[[Found], None] = lambda _: None,
) -> Found:
    """Compare rows with jobs, and mend what disagrees where `healing` is given; each batch is a transaction.

    Cut off anywhere, what was mended is, and the next run finds the rest. After `budget` seconds no batch is begun.
    `tell` is called after each batch with what was found so far.
    Raises PipelineError where the description does not fit the table, or what it says cannot be computed.
    """
    try:
        return _compare(pipeline, healing, age, budget, batch, tell)
    except InsufficientPrivilege:
        raise
    except (DataError, ProgrammingError) as error:
        said = str(error).partition("\n")[0]
        raise PipelineError(f"PostgreSQL cannot compare the pipeline {pipeline.name!r}: {said}") from error


def _compare(  # noqa: PLR0913, PLR0917 - as above
    pipeline: Pipeline,
    healing: Healing | None,
    age: float,
    budget: float,
    batch: int,
    tell: Callable[[Found], None],
) -> Found:
    begun, found = monotonic(), Found(pipeline.name)
    with transaction() as conn:
        made = statements_of(conn, pipeline)
        until: str = psycopg_of(conn).execute(_UNTIL, (age,)).fetchone()[0]  # type: ignore[index] # a row always
    run = _Run(Look(made, until, batch), healing, found)
    for step in (*run.of_rows(), *run.of_jobs()):
        for _ in _steps(step):
            tell(found)
            if monotonic() - begun >= budget:
                found.unfinished, found.seconds = True, monotonic() - begun
                return found
    found.seconds = monotonic() - begun
    return found


def _steps(step: Callable[[Any], Any]) -> Iterator[None]:
    """Take a step again and again from where it ended, until there is nothing left; time may be over in between."""
    after = step(None)
    while after is not None:
        yield
        after = step(after)
    yield


@dataclass(frozen=True)
class _Run:
    look: Look
    healing: Healing | None
    found: Found

    def of_rows(self) -> Iterator[Callable[[Any], Any]]:
        for stage in self.look.made.pipeline.stages:
            for of_nulls in (True, False):
                yield self._rows(stage, of_nulls=of_nulls)

    def of_jobs(self) -> Iterator[Callable[[Any], Any]]:
        for actor in self.look.made.pipeline.actors:
            yield self._jobs(actor)

    def _rows(self, stage: Stage, *, of_nulls: bool) -> Callable[[Any], Any]:
        def step(after: Any) -> Any:
            with transaction() as conn:
                seen = look_at_rows(conn, self.look, stage, after, of_nulls=of_nulls)
                mended = give_jobs(conn, seen.wrong, self.healing) if self.healing and seen.wrong else []
            self.found.rows += seen.looked
            self._note(seen, mended)
            return seen.next

        return step

    def _jobs(self, actor: str) -> Callable[[Any], Any]:
        def step(after: Any) -> Any:
            with transaction() as conn:
                seen = look_at_jobs(conn, self.look, actor, after or 0)
                mended = self._cancelled(conn, seen)
            self.found.jobs += seen.looked
            self._note(seen, mended)
            return seen.next

        return step

    def _cancelled(self, conn: Connection, seen: Batch) -> list[Disagreement]:
        return cancel_jobs(conn, self.look, seen.wrong, self.healing) if self.healing else []

    def _note(self, seen: Batch, mended: list[Disagreement]) -> None:
        self.found.wrong.update(each.kind for each in seen.wrong)
        self.found.mended.update(each.kind for each in mended)
        self.found.examples += seen.wrong[: SHOWN - len(self.found.examples)]
