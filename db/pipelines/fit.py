"""Holds a pipeline's description against its table: columns, types, conditions, and the index that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import Error as DriverError
from sqlalchemy import text

from bellwork.db.engine import psycopg_of
from bellwork.db.pipelines.statements import Statements
from bellwork.db.vocabulary import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import Pipeline, Stage

_COLUMNS = text("""
SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped
""")
_INSTANT = "timestamp with time zone"


def statements_of(conn: Connection, pipeline: Pipeline) -> Statements:
    """Return a pipeline's statements; raises PipelineError where its table or a column is not there or of no use."""
    table = Statements(pipeline, {}).table
    types: dict[str, str] = dict(conn.execute(_COLUMNS, {"table": table}).all())
    if not types:
        raise PipelineError(
            f"the pipeline {pipeline.name!r} is of a table {table}, which is not there; run `bellwork migrate`, or map"
            " the schema with BELLWORK_SCHEMAS"
        )
    columns = [column for stage in pipeline.stages for column in (*stage.args.values(), *stage.also.values())]
    for column in (pipeline.status, pipeline.since, *pipeline.by, *columns):
        if column not in types:
            raise PipelineError(f"the pipeline {pipeline.name!r} needs a column {column!r}, which {table} has not")
    if types[pipeline.since] != _INSTANT:
        raise PipelineError(
            f"the pipeline {pipeline.name!r} counts ages by {pipeline.since!r} of type {types[pipeline.since]!r}; it"
            f" has to be a {_INSTANT!r}"
        )
    return Statements(pipeline, types)


def misfit(conn: Connection, pipeline: Pipeline) -> str | None:
    """Say why a pipeline's description does not fit its table, as PostgreSQL reads it; None where it does."""
    try:
        made = statements_of(conn, pipeline)
        statements = [made.rows(stage, of_nulls=False, first=True) for stage in pipeline.stages]
        statements += [made.jobs(actor) for actor in pipeline.actors]
        with conn.begin_nested():
            for statement in statements:
                psycopg_of(conn).execute(b"EXPLAIN " + statement, _EXAMPLE)
    except PipelineError as refused:
        return str(refused)
    except DriverError as error:
        return f"PostgreSQL cannot read the pipeline {pipeline.name!r}: {str(error).partition(chr(10))[0]}"
    return None


def unindexed(conn: Connection, pipeline: Pipeline) -> str | None:
    """Name the index that a pipeline lacks, as the planner sees it; None where its rows are found by one.

    Without it rows are looked for through all of the table, by each comparison and by the page of pipelines.
    """
    made = statements_of(conn, pipeline)
    if all(_is_served(conn, made, stage) for stage in pipeline.stages):
        return None
    final = ", ".join(f"'{status}'" for status in pipeline.final)
    rule = f" WHERE {pipeline.status} NOT IN ({final})" if final else ""
    return f"CREATE INDEX CONCURRENTLY ON {made.table} ({pipeline.status}, {pipeline.since}){rule}"


_EXAMPLE: dict[str, Any] = {"until": "now", "most": 1, "after": 0, "only": None}


def _is_served(conn: Connection, made: Statements, stage: Stage) -> bool:
    """Tell whether an index bounds the time of the rows that wait; nothing else than an index is left to choose."""
    asked = f"SELECT FROM {made.table} r WHERE {made.waits(stage)} AND {made.page(of_nulls=False, first=True)} LIMIT 1"
    driver = psycopg_of(conn)
    with conn.begin_nested() as tried:
        driver.execute(b"SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        plan = driver.execute(b"EXPLAIN (FORMAT JSON) " + asked.encode(), _EXAMPLE).fetchone()
        tried.rollback()
    return plan is not None and any(made.pipeline.since in condition for condition in _conditions(plan[0][0]["Plan"]))


def _conditions(node: dict[str, Any]) -> Iterator[str]:
    yield str(node.get("Index Cond", ""))
    for below in node.get("Plans", ()):
        yield from _conditions(below)
