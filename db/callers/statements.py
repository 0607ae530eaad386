"""What a caller's connection is asked, once for each style in which drivers write parameters."""

from __future__ import annotations

from typing import NamedTuple


class Statement(NamedTuple):
    """One statement: with `%s` (psycopg, Django), with `$1` (asyncpg), and with `:p1` (SQLAlchemy)."""

    formatted: str
    numbered: str
    named: str


def _in_each_style(text: str) -> Statement:
    count = text.count("?")

    def filled(style: str) -> str:
        pieces = text.split("?")
        return "".join(
            piece + (style.format(number) if number <= count else "") for number, piece in enumerate(pieces, start=1)
        )

    return Statement(filled("%s"), filled("${}"), filled(":p{}"))


# Each parameter is cast from text: what a driver would make of a dict or of jsonb is its user's business. And it is
# CAST(), for SQLAlchemy takes `::` after a parameter for a part of it.
#: A job of which nothing is said but its place: the id, or NULL where ENQUEUE tells why not.
ENQUEUE_PLAIN = _in_each_style(
    "SELECT bellwork.enqueue_plain("
    "CAST(? AS text), CAST(CAST(? AS text) AS jsonb), CAST(? AS text), CAST(? AS integer))"
)
#: A document of one job.
ENQUEUE = _in_each_style("SELECT id, is_new, refusal FROM bellwork.try_enqueue(ARRAY[CAST(CAST(? AS text) AS jsonb)])")
#: Several documents are one statement, too, so that they are one commit whatever the connection is set to.
ENQUEUE_MANY = _in_each_style(
    "SELECT id, is_new, refusal FROM bellwork.try_enqueue(CAST(CAST(? AS text[]) AS jsonb[]))"
)
GET_JOB = _in_each_style(
    "SELECT id, actor, queue, state, reason, attempt, unique_key, created_at, run_at, finished_at"
    " FROM bellwork.get_job(CAST(? AS bigint))"
)
JOB_ETA = _in_each_style("SELECT id, state, seconds, low, high, ahead, why FROM bellwork.job_eta(CAST(? AS bigint))")
CANCEL_JOB = _in_each_style("SELECT bellwork.cancel(CAST(? AS bigint), CAST(? AS text))")
