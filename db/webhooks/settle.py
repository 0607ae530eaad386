"""What calls came to, in one statement each for endpoints and deliveries: delivered, due again, or given up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

#: Days of failure without one success after which an endpoint is disabled.
PATIENCE = 5
_TOLD = """jsonb_to_recordset(CAST(:outcomes AS jsonb)) AS t(
    delivery bigint, endpoint bigint, tries integer, delivered boolean, status integer, said text, wait float8,
    quiet float8, gone boolean)"""
# Endpoints before deliveries, as everybody locks them. A success changes nothing of an endpoint that did not fail.
_LOCK = text(f"""
SELECT e.id FROM bellwork.webhook_endpoints e
WHERE e.id = ANY(ARRAY(SELECT t.endpoint FROM {_TOLD} WHERE NOT t.delivered))
   OR e.id = ANY(ARRAY(SELECT t.endpoint FROM {_TOLD})) AND e.failing_since IS NOT NULL
ORDER BY e.id FOR NO KEY UPDATE
""")  # noqa: S608 - columns that stand above
# By the number of tries: of two that called for one delivery, the first counts.
_SETTLE = text(f"""
UPDATE bellwork.webhook_deliveries d
SET tries = d.tries + 1, status = t.status, said = t.said, tried_at = now(),
    state = CASE WHEN t.delivered THEN 'delivered' WHEN t.wait IS NULL THEN 'failed' ELSE 'pending' END,
    settled_at = CASE WHEN t.delivered OR t.wait IS NULL THEN now() END,
    next_at = now() + make_interval(secs => coalesce(t.wait, 0))
FROM {_TOLD}
WHERE d.id = t.delivery AND d.state = 'pending' AND d.tries = t.tries
RETURNING d.id, d.endpoint_id, d.state, d.tries, d.next_at
""")  # noqa: S608 - columns that stand above
_JUDGE = text(f"""
UPDATE bellwork.webhook_endpoints e
SET failing_since = CASE WHEN a.delivered THEN NULL ELSE coalesce(e.failing_since, now()) END,
    not_before = greatest(e.not_before, now() + make_interval(secs => a.quiet)),
    state = CASE WHEN a.ends THEN 'disabled' ELSE e.state END,
    why = CASE WHEN a.ends THEN coalesce(e.why, a.why) ELSE e.why END,
    changed_at = CASE WHEN a.ends AND e.state = 'active' THEN now() ELSE e.changed_at END
FROM (
    SELECT was.id, told.delivered, told.quiet, was.state = 'active' AS was_active,
        told.gone OR NOT told.delivered AND was.failing_since <= now() - make_interval(days => :patience) AS ends,
        CASE WHEN told.gone THEN 'it answered 410 (gone)'
             ELSE format('it failed for %s days; the last answer: %s', :patience, told.said) END AS why
    FROM (SELECT t.endpoint, bool_or(t.delivered) AS delivered, bool_or(t.gone) AS gone, max(t.quiet) AS quiet,
                 max(t.said) AS said
          FROM {_TOLD} WHERE t.delivery = ANY(CAST(:moved AS bigint[])) GROUP BY t.endpoint) told
    JOIN bellwork.webhook_endpoints was ON was.id = told.endpoint
    WHERE NOT told.delivered OR was.failing_since IS NOT NULL OR told.quiet IS NOT NULL) a
WHERE e.id = a.id
RETURNING e.id, e.url, e.mail, e.why, e.changed_at, a.was_active AND e.state = 'disabled' AS is_new
""")  # noqa: S608 - columns that stand above


class Outcome(NamedTuple):
    """What a call came to: delivered; due again after `wait` seconds; neither: given up. `tries` were made before.

    `quiet` is for how many seconds the endpoint asked to be left alone, `gone` that it wants nothing any more.
    """

    delivery: int
    endpoint: int
    tries: int
    delivered: bool
    status: int | None = None
    said: str | None = None
    wait: float | None = None
    quiet: float | None = None
    gone: bool = False


class Again(NamedTuple):
    """A delivery that is due again, for the `tries`-th time after the first."""

    delivery: int
    tries: int
    at: datetime


class Ended(NamedTuple):
    """An endpoint that has just been disabled, and who is to be told."""

    endpoint: int
    url: str
    mail: str | None
    why: str
    at: datetime


def settle(conn: Connection, outcomes: Sequence[Outcome]) -> tuple[list[Again], list[Ended]]:
    """Write down what calls came to; returns what is due again, and which endpoints are disabled by it.

    An outcome counts once: not where another one of the same try was written down before.
    """
    asked = {"outcomes": json.dumps([each._asdict() for each in outcomes]), "patience": PATIENCE}
    conn.execute(_LOCK, asked)
    moved = conn.execute(_SETTLE, asked).all()
    again = [Again(row.id, row.tries, row.next_at) for row in moved if row.state == "pending"]
    judged = conn.execute(_JUDGE, {**asked, "moved": [row.id for row in moved]}).all()
    return again, [Ended(*row[:-1]) for row in judged if row.is_new]
