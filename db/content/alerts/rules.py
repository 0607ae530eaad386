"""When something is wrong with content (the platform's numbers): each rule is a line, whose figure a statement finds.

A figure above its limit, for so many minutes, opens the alert; at the limit or below, or where there is no figure, it
is closed. `said` is filled with the figure. What the synthetic student asked for is in no figure but its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from bellwork.db.content.figures.hours import FAST, ROWS
from bellwork.db.content.figures.synthetic import SYNTHETIC

#: Minutes without a check after which nobody may say that all is well.
SILENT_AFTER = 5
#: Jobs that are counted at most; seconds that a figure may take to be found are those of one short transaction.
_MOST = 100_000
#: Requests of an hour from which on a share of failures says something.
_ENOUGH = 20
#: Minutes that a ping may be old, that a synthetic request may take, and that may lie between two of them.
_PING_FOR, _LESSON_FOR, _LESSONS_EVERY = 15, 15, 130
_WAITING = f"""
SELECT run_at FROM bellwork.jobs WHERE state = 'available' AND run_at <= now() AND actor LIKE 'content.%' LIMIT {_MOST}
"""  # noqa: S608 - a number of ours
_RECENT = ROWS.replace(":since", "now() - interval '90 minutes'").replace(":until", "now()")


@dataclass(frozen=True)
class Rule:
    """An alert: `figure` is an SQL expression, `needs` the setting without which it is not looked at."""

    kind: str
    said: str
    figure: str
    limit: float
    minutes: int = 0
    needs: str | None = None


RULES = (
    Rule("waiting", "{:,.0f} jobs wait, for 5 minutes", f"(SELECT count(*) FROM ({_WAITING}) w)", 100, minutes=5),  # noqa: S608 - ours
    Rule(
        "oldest",
        "the oldest job waits for {:,.0f} minutes",
        f"(SELECT extract(epoch FROM now() - min(run_at)) / 60 FROM ({_WAITING}) w)",  # noqa: S608 - ours
        30,
    ),
    Rule(
        "failures",
        "{:.1f} % of the last hour's requests failed",
        f"""(SELECT CASE WHEN count(*) >= {_ENOUGH}
                THEN 100.0 * count(*) FILTER (WHERE status = 'failed') / count(*) END
            FROM {{content}}.content_requests
            WHERE created_at > now() - interval '1 hour' AND student_id <> '{SYNTHETIC}')""",  # noqa: S608 - ours
        5,
    ),
    Rule(
        "slow",
        "requests of the last 15 minutes could be read after {:.1f} s, on average",
        f"""(SELECT avg(fast) FROM (SELECT r.created_at, {FAST} AS fast FROM ({_RECENT}) r
                WHERE NOT r.hit AND NOT r.asked_back) r
            WHERE r.created_at + make_interval(secs => fast) BETWEEN now() - interval '15 minutes' AND now())""",  # noqa: S608 - ours
        15,
    ),
    Rule(
        "ping",
        "the platform has not answered for 5 minutes",
        f"""(SELECT CASE WHEN fault IS NOT NULL OR at < now() - interval '{_PING_FOR} minutes' THEN 1 ELSE 0 END
            FROM {{content}}.pings ORDER BY at DESC LIMIT 1)""",  # noqa: S608 - ours
        0,
        minutes=5,
        needs="ping_url",
    ),
    Rule(
        "synthetic",
        f"a lesson that was asked for on trial is not there after {_LESSON_FOR} minutes, or none was asked for",
        f"""(SELECT CASE WHEN bool_or(created_at > now() - interval '{_LESSONS_EVERY} minutes') IS NOT TRUE
                OR (array_agg(status ORDER BY created_at DESC) FILTER (
                    WHERE created_at <= now() - interval '{_LESSON_FOR} minutes'))[1] <> 'completed' THEN 1 ELSE 0 END
            FROM {{content}}.content_requests WHERE student_id = '{SYNTHETIC}' HAVING count(*) > 0)""",  # noqa: S608 - ours
        0,
        needs="synthetic_requests",
    ),
)
