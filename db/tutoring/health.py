"""How things stand: changes that wait, insights within the promised time; and alerts, once a window of time."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db import alerts
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

#: Minutes within which alerts of one kind are one (tutormax, TM17).
WINDOW = 15
#: Minutes that a change may wait, the share that must not wait longer, and the share below which it is grave.
PROMISED_MINUTES, PROMISED, GRAVE = 60, 0.95, 0.90
_HEALTH = """
SELECT (SELECT count(*) FROM {tutoring}.changes) AS waiting,
       (SELECT coalesce(extract(epoch FROM now() - min(noted_at)), 0) FROM {tutoring}.changes) AS oldest_seconds,
       (SELECT count(*) FROM {tutoring}.prediction_keys WHERE evaluated_at IS NULL) AS unlooked,
       (SELECT count(*) FROM {tutoring}.tutor_states WHERE failed_at IS NOT NULL) AS failed
"""
# What still waits and is late counts as late: else a standstill would look like a promise kept.
_PROMISE = f"""
SELECT coalesce(sum(i.changes), 0) + w.late AS changes, coalesce(sum(i.late), 0) + w.late AS late,
       coalesce(max(i.slowest_seconds), 0) AS slowest_seconds
FROM (SELECT count(*) AS late FROM {{tutoring}}.changes
      WHERE greatest(noted_at, at) < now() - interval '{PROMISED_MINUTES} minutes') w
LEFT JOIN {{tutoring}}.insights i ON i.computed_at > now() - interval '24 hours' GROUP BY w.late
"""  # noqa: S608 - fragments of ours
_UPTIME = """
SELECT count(*) AS looks, count(*) FILTER (WHERE ok) AS well FROM {tutoring}.health
WHERE kind = 'health' AND at > now() - interval '1 hour'
"""
_NOTE = "INSERT INTO {tutoring}.health (kind, ok, figures) VALUES (:kind, :ok, CAST(:figures AS jsonb))"


class Promise(NamedTuple):
    """Of the changes of 24 hours, how many waited longer than an hour for their rows, and the longest in seconds."""

    changes: int
    late: int
    slowest: float

    @property
    def kept(self) -> float:
        """The share that did not; 1 where nothing changed."""
        return 1 - self.late / self.changes if self.changes else 1.0


def read_health(conn: Connection) -> dict[str, float]:
    """Return changes that wait and for how long, predictions that no rule saw yet, and tutors without rows."""
    return {name: float(value) for name, value in conn.execute(sql(_HEALTH)).mappings().one().items()}


def read_promise(conn: Connection) -> Promise:
    """Return how insights of the last 24 hours kept their promise; what waits and is late is late already."""
    row = conn.execute(sql(_PROMISE)).one()
    return Promise(int(row.changes), int(row.late), float(row.slowest_seconds))


def read_uptime(conn: Connection) -> tuple[int, int]:
    """Return how often health was looked at in the last hour, and how often it was well."""
    row = conn.execute(sql(_UPTIME)).one()
    return row.looks, row.well


def note_health(conn: Connection, kind: str, figures: Mapping[str, Any], *, ok: bool) -> None:
    """Enter how things stand now."""
    conn.execute(sql(_NOTE), {"kind": kind, "ok": ok, "figures": json.dumps(figures)})


def raise_alert(conn: Connection, kind: str, said: str) -> str | None:
    """Enter an alert; returns the beginning of its window, None where one of its kind was raised in it before."""
    return alerts.raise_alert(conn, "tutoring", kind, said, minutes=WINDOW)
