"""A pipeline: a table whose rows have a status, and the job that takes a row on from each status."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_PIPELINE = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
_ENDS = re.compile(r";|--|/\*")


class PipelineError(ValueError):
    """A pipeline is told wrongly, or does not fit its table; the message names it, says why, and what to do."""


@dataclass(frozen=True)
class Stage:
    """A row in `status` waits for a job of `actor`, until that job has moved it on.

    `args` are the arguments that say which row a job is for, each with its column (text, whole numbers or uuid), `also`
    what else a job is given, with its columns. `key` is the unique key under which the job is sent, as SQL of the row
    `r`: '<actor>:<the first of args>' unless told. Stages of one key share its job, whatever its actor; so do rows.
    `where` says, as SQL of the row `r`, which rows of that status wait for it; the others wait for something else.
    `makes_row` is true where a job comes before its row, and makes it.
    """

    status: str
    actor: str
    args: Mapping[str, str]
    also: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    where: str = "true"
    makes_row: bool = False


@dataclass(frozen=True)
class Pipeline:
    """Rows of `table` go from status to status by `stages`; those in a status of `final` wait for nothing.

    `name` begins with the word of the system whose table it is: 'content.requests'. A row in any other status waits for
    a person or a time: it may have a job, and needs none. `by` is the primary key, `since` the column with the time of
    a row's last change (timestamptz), `where` which rows count at all, as SQL of the row `r`; `{word}` in an SQL text
    is the system's schema. An index has to lead from the status to `since`, for rows that are not final:
    CREATE INDEX ON table (status, since) WHERE status NOT IN (…). Raises PipelineError for what is wrong whatever the
    table is.
    """

    name: str
    table: str
    stages: tuple[Stage, ...]
    final: tuple[str, ...]
    status: str = "status"
    by: tuple[str, ...] = ("id",)
    since: str = "updated_at"
    where: str = "true"

    def __post_init__(self) -> None:
        """Refuse what could not be read as one condition, and stages that contradict each other."""
        for wrong, reason in _objections(self):
            if wrong:
                raise PipelineError(f"the pipeline {self.name!r} is refused: {reason}")

    @property
    def system(self) -> str:
        """The word of the system whose rows these are."""
        return self.name.partition(".")[0]

    @property
    def actors(self) -> tuple[str, ...]:
        """The actors of its stages, each once."""
        return tuple(dict.fromkeys(stage.actor for stage in self.stages))


def _objections(pipeline: Pipeline) -> list[tuple[bool, str]]:
    stages = pipeline.stages
    columns = [column for stage in stages for column in (*stage.args.values(), *stage.also.values())]
    names = [pipeline.table, pipeline.status, pipeline.since, *pipeline.by, *columns]
    texts = [pipeline.where, *(text for stage in stages for text in (stage.where, stage.key or ""))]
    both = sorted({stage.status for stage in stages} & set(pipeline.final))
    unlike = [actor for actor in pipeline.actors if len({_of(stage) for stage in stages if stage.actor == actor}) > 1]
    return [
        (not _PIPELINE.fullmatch(pipeline.name), "its name is a system's word and one of its own, 'content.requests'"),
        (not stages or not pipeline.by, "it needs a stage at least, and the columns of its primary key"),
        (not all(map(_NAME.fullmatch, names)), f"{names!r} are to be plain names of a table and columns"),
        (any(map(_ENDS.search, texts)), "its conditions and keys are SQL expressions, without ; and comments"),
        (not all(stage.args for stage in stages), "each stage says by which argument a job names its row"),
        (bool(both), f"{both!r} are final, and wait for a job: say one of the two"),
        (bool(unlike), f"stages of one actor ({', '.join(unlike)}) name their rows in one way"),
    ]


def _of(stage: Stage) -> tuple[object, ...]:
    return (tuple(sorted(stage.args.items())), stage.makes_row)
