"""The SQL that a pipeline's description makes. Names are plain and quoted, statuses are quoted, values are bound.

Statuses stand in the text and not among the parameters: else no partial index could serve a statement that is prepared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.settings import settings
from bellwork.db.vocabulary import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bellwork.db.vocabulary import Pipeline, Stage

#: Dead and cancelled jobs of an actor that are looked through for that of a row, the newest first.
NEWEST = 10_000
#: What a text has to look like to be compared with a column of that type; any text can be compared with a text.
_SHAPES = {
    "text": None,
    "character varying": None,
    "uuid": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "bigint": "^-?[0-9]{1,18}$",
    "integer": "^-?[0-9]{1,9}$",
    "smallint": "^-?[0-9]{1,4}$",
}


@dataclass(frozen=True)
class Statements:
    """The statements of one pipeline; `types` are those of its table's columns, as format_type() names them."""

    pipeline: Pipeline
    types: Mapping[str, str]

    @cached_property
    def table(self) -> str:
        """Its table, quoted, with its schema as SCHEMAS maps it."""
        return f'{_schema(self.pipeline)}."{self.pipeline.table}"'

    @cached_property
    def unfinished(self) -> str:
        """What is true of a row `r` that is not over."""
        counts, final = f"({self._text(self.pipeline.where)})", ", ".join(map(quoted, self.pipeline.final))
        return f"{counts} AND r.{_name(self.pipeline.status)} NOT IN ({final})" if final else counts

    def waits(self, stage: Stage) -> str:
        """Return what is true of a row `r` that waits for a stage's job."""
        return f"{self._waits(stage)} AND {self.unfinished}"

    def stands(self, stage: Stage) -> str:
        """Return what is true of a row `r` in a stage's status, whether it waits for that job or not."""
        return f"{self._status_of(stage)} AND {self.unfinished}"

    def key(self, stage: Stage) -> str:
        """Return the unique key of a row's job, as SQL."""
        if stage.key is not None:
            return f"CAST(({self._text(stage.key)}) AS text)"
        first = next(iter(stage.args.values()))
        return f"{quoted(stage.actor + ':')} || CAST(r.{_name(first)} AS text)"

    def page(self, *, of_nulls: bool, first: bool) -> str:
        """Return which rows come after the ones that were looked at last: in order of their last change."""
        since, by = f"r.{_name(self.pipeline.since)}", [f"r.{_name(column)}" for column in self.pipeline.by]
        after = [f"CAST(%(by{number})s AS {self.types[column]})" for number, column in enumerate(self.pipeline.by)]
        if of_nulls:
            beyond = "true" if first else f"({', '.join(by)}) > ({', '.join(after)})"
            return f"{since} IS NULL AND {beyond} ORDER BY {', '.join(by)}"
        beyond = (
            "true"
            if first
            else f"({', '.join([since, *by])}) > ({', '.join(['CAST(%(since)s AS timestamptz)', *after])})"
        )
        return f"{since} < %(until)s AND {beyond} ORDER BY {', '.join([since, *by])}"

    def rows(self, stage: Stage, *, of_nulls: bool, first: bool) -> bytes:
        """Return the statement that looks at a batch of rows: how many, the last one, and those without a live job.

        Rows and jobs are read in one snapshot.
        """
        by = ", ".join(f"CAST(r.{_name(column)} AS text)" for column in self.pipeline.by)
        own = {**stage.args, **stage.also}
        args = ", ".join(f"{quoted(argument)}, r.{_name(column)}" for argument, column in own.items())
        named = ", ".join(
            f"CAST(r.{_name(column)} AS text) AS a{number}" for number, column in enumerate(stage.args.values())
        )
        texts = ", ".join(f"j.args ->> {quoted(argument)} AS a{number}" for number, argument in enumerate(stage.args))
        same = " AND ".join(f"o.a{number} = l.a{number}" for number in range(len(stage.args)))
        # What has the key of its row was found by it.
        usual = f"{quoted(stage.actor + ':')} || (j.args ->> {quoted(next(iter(stage.args)))})"
        unusual = f"AND j.unique_key IS DISTINCT FROM {usual}" if stage.key is None else ""
        return f"""
WITH waiting AS MATERIALIZED (
    SELECT row_number() OVER () AS place, w.* FROM (
        SELECT CAST(r.{_name(self.pipeline.since)} AS text) AS since, ARRAY[{by}] AS by,
               {self.key(stage)} AS key, jsonb_build_object({args}) AS args, {named}
        FROM {self.table} r
        WHERE {self.waits(stage)} AND {self.page(of_nulls=of_nulls, first=first)} LIMIT %(most)s) w
), lone AS MATERIALIZED (
    SELECT w.* FROM waiting w WHERE NOT EXISTS (SELECT FROM bellwork.jobs j WHERE j.unique_key = w.key)
), others AS MATERIALIZED (
    SELECT {texts} FROM bellwork.jobs j
    WHERE j.actor = {quoted(stage.actor)} {unusual} AND EXISTS (SELECT FROM lone)
)
SELECT (SELECT count(*) FROM waiting),
       (SELECT jsonb_build_array(since, by) FROM waiting ORDER BY place DESC LIMIT 1),
       (SELECT jsonb_agg(jsonb_build_object('since', since, 'by', by, 'key', key, 'args', args) ORDER BY place)
        FROM lone l WHERE NOT EXISTS (SELECT FROM others o WHERE {same}))
""".encode()  # noqa: S608 - plain names and quoted texts, values are bound

    def ended(self, stage: Stage) -> bytes:
        """Return the statement that finds the dead or cancelled jobs of rows without one: place, id, state, reason."""
        columns = ", ".join(f"a{number}" for number in range(len(stage.args)))
        arrays = ", ".join(f"CAST(%(a{number})s AS text[])" for number in range(len(stage.args)))
        newest = " UNION ALL ".join(self._newest(stage, state) for state in ("dead", "cancelled"))
        return f"""
SELECT DISTINCT ON (m.place) m.place, f.id, f.state, f.reason
FROM unnest(CAST(%(places)s AS int[]), CAST(%(since)s AS timestamptz[]), {arrays}) AS m(place, since, {columns})
JOIN ({newest}) f ON {_same(stage, "f", "m.a")} AND (m.since IS NULL OR f.finished_at >= m.since)
ORDER BY m.place, f.id DESC
""".encode()  # noqa: S608 - as above

    def jobs(self, actor: str) -> bytes:
        """Return the statement that looks at a batch of an actor's live jobs: how many, the last id, the wrong ones.

        With `only` it looks at those alone, whatever comes after which.
        """
        stage = next(each for each in self.pipeline.stages if each.actor == actor)
        match = " AND ".join(
            f"r.{_name(column)} = {{0}}.c{number}" for number, column in enumerate(stage.args.values())
        )
        named = ", ".join(
            f"j.args ->> {quoted(argument)} AS a{number}, {self._typed(argument, column)} AS c{number}"
            for number, (argument, column) in enumerate(stage.args.items())
        )
        row = f"SELECT FROM {self.table} r WHERE {match.format('h')}"
        elsewhere = self._cases(
            lambda each: "false" if each.actor == actor else f"({self.key(each)}) IS DISTINCT FROM s.unique_key",
            "false",
        )
        made = f"AND EXISTS ({row})" if stage.makes_row else ""
        told = f"jsonb_build_array({', '.join(f'h.a{number}' for number in range(len(stage.args)))})"
        other = "NOT o.options ? 'waiting_key' AND o.created_at < %(until)s"
        doubtful = "h.there AND h.old AND NOT h.waiting AND h.unique_key IS DISTINCT FROM h.key"
        return f"""
WITH batch AS MATERIALIZED (
    SELECT j.id, j.unique_key, j.created_at < %(until)s AS old, j.options ? 'waiting_key' AS waiting, {named}
    FROM bellwork.jobs j
    WHERE j.actor = {quoted(actor)} AND j.id > %(after)s
      AND (CAST(%(only)s AS bigint[]) IS NULL OR j.id = ANY(CAST(%(only)s AS bigint[])))
    ORDER BY j.id LIMIT %(most)s
), held AS MATERIALIZED (
    SELECT s.*, coalesce(stands.there, false) AS there, stands.key FROM batch s LEFT JOIN LATERAL (
        SELECT true AS there, {self._cases(self.key, "NULL")} AS key FROM {self.table} r
        WHERE {match.format("s")} AND {self.unfinished} AND NOT ({elsewhere}) LIMIT 1) stands ON true
), wrong AS (
    SELECT h.id, CASE WHEN EXISTS ({row} AND {self.unfinished}) THEN 'second job' ELSE 'idle job' END AS kind,
           {told} AS named
    FROM held h
    WHERE NOT h.there AND h.old {made}
      AND NOT EXISTS ({row} AND r.{_name(self.pipeline.since)} >= %(until)s)
    UNION
    SELECT h.id, 'second job', {told} FROM held h
    JOIN bellwork.jobs o ON o.actor = {quoted(actor)} AND {_same(stage, "o", "h.a")} AND o.id < h.id AND {other}
    WHERE {doubtful}
    UNION
    SELECT h.id, 'second job', {told} FROM held h
    JOIN bellwork.jobs o ON o.unique_key = h.key AND o.id <> h.id AND {other}
    WHERE {doubtful}
)
SELECT (SELECT count(*) FROM batch), (SELECT max(id) FROM batch),
       (SELECT jsonb_agg(jsonb_build_object('id', id, 'kind', kind, 'row', named) ORDER BY id) FROM wrong)
""".encode()  # noqa: S608 - as above

    def _status_of(self, stage: Stage) -> str:
        return f"r.{_name(self.pipeline.status)} = {quoted(stage.status)}"

    def _waits(self, stage: Stage) -> str:
        where = "" if stage.where == "true" else f" AND ({self._text(stage.where)})"
        return f"{self._status_of(stage)}{where}"

    def _cases(self, then: Callable[[Stage], str], otherwise: str) -> str:
        """Return what is said of the stage that a row `r` stands in, and what of a row that stands in none."""
        whens = " ".join(f"WHEN {self._waits(stage)} THEN {then(stage)}" for stage in self.pipeline.stages)
        return f"CASE {whens} ELSE {otherwise} END"

    def _newest(self, stage: Stage, state: str) -> str:
        return f"""(
    SELECT id, state, reason, args, finished_at FROM bellwork.finished_jobs
    WHERE state = '{state}' AND actor = {quoted(stage.actor)} AND hashtext(actor) = hashtext({quoted(stage.actor)})
      AND hashtext(queue) = hashtext((SELECT queue FROM bellwork.actors WHERE name = {quoted(stage.actor)}))
    ORDER BY id DESC LIMIT {NEWEST})"""  # noqa: S608 - as above

    def _typed(self, argument: str, column: str) -> str:
        """Return an argument of a job `j` as the type of its column; NULL where it cannot be one."""
        type_ = self.types[column].partition("(")[0]
        if type_ not in _SHAPES:
            raise PipelineError(
                f"the pipeline {self.pipeline.name!r} names its rows by {column!r} of type {type_!r}; it has to be one"
                f" of {', '.join(_SHAPES)}"
            )
        value, shape = f"j.args ->> {quoted(argument)}", _SHAPES[type_]
        return value if shape is None else f"CASE WHEN {value} ~ '{shape}' THEN CAST({value} AS {type_}) END"

    def _text(self, text: str) -> str:
        return text.replace("{" + self.pipeline.system + "}", _schema(self.pipeline)).replace("%", "%%")


class Look(NamedTuple):
    """The statements, the time since when nothing may have changed that is judged, and how much is one batch."""

    made: Statements
    until: str
    most: int


def quoted(text: str) -> str:
    """Return a text as a literal of SQL, for a statement with parameters."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def _same(stage: Stage, job: str, row: str) -> str:
    return " AND ".join(
        f"{job}.args ->> {quoted(argument)} = {row}{number}" for number, argument in enumerate(stage.args)
    )


def _name(column: str) -> str:
    return f'"{column}"'


def _schema(pipeline: Pipeline) -> str:
    return f'"{settings().schema_of(pipeline.system)}"'
