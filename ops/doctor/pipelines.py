"""Pipelines: whether their descriptions fit this database, and what the last comparison of rows and jobs found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.pipelines import last_compared, misfit, unindexed
from bellwork.db.systems import pipelines
from bellwork.ops.doctor.finding import Finding

if TYPE_CHECKING:
    from sqlalchemy import Connection


def check_pipelines(conn: Connection) -> Finding:
    """Hold each pipeline against its table, then look at what disagreed when it was compared last."""
    for pipeline in pipelines():
        if said := misfit(conn, pipeline):
            mend = "mend the table or the description (docs/systems.md, Pipelines); until then it is not compared"
            return Finding("fail", "pipelines", said, mend)
    for pipeline in pipelines():
        if index := unindexed(conn, pipeline):
            return Finding("warn", "pipelines", f"no index leads to the waiting rows of {pipeline.name!r}", index)
    known = {pipeline.name for pipeline in pipelines()}
    wrong = [last for last in last_compared(conn) if last.pipeline in known and (last.left or last.error)]
    if wrong:
        count, first = sum(sum(last.left.values()) for last in wrong), wrong[0]
        said = first.error or (first.examples[0] if first.examples else f"those of {first.pipeline}")
        mend = "`bellwork reconcile` shows each, `bellwork reconcile --heal` mends them"
        return Finding("warn", "pipelines", f"{count} rows or jobs disagree, for instance: {said}", mend)
    return Finding("ok", "pipelines", f"{len(known)} fit their tables, and no row or job disagreed when last compared")
