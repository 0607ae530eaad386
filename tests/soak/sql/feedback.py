"""What the soak lets grow old for a rule of retention, and what has to be true of it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

_TABLE = text("CREATE TABLE bellwork_soak.old_feedback (id text PRIMARY KEY)")
_CONTENT = """
INSERT INTO {content}.generated_content (id, topic_id, interest_id, cache_key, content_type)
SELECT 'soak', min(t.id), min(i.id), 'soak', 'vivid_now' FROM {content}.topics t, {content}.interests i
"""
_SAY = """
INSERT INTO {content}.feedback (id, student_id, content_id, feedback_type, comment, created_at)
SELECT 'soak_' || gen_random_uuid(), (SELECT min(id) FROM {content}.users WHERE role = 'student'), 'soak',
       'rating_only', 'said ' || n, now() - make_interval(days => :days)
FROM generate_series(1, :count) n RETURNING id
"""
_SAY_OLD = f"WITH said AS ({_SAY}) INSERT INTO bellwork_soak.old_feedback SELECT id FROM said"  # noqa: S608 - ours
_HURRY = text("""
UPDATE bellwork.jobs SET run_at = now()
WHERE actor = 'upkeep.sweep' AND args ->> 'rule' = :rule AND state = 'available'
""")
_UNFINISHED = text("""
SELECT EXISTS (SELECT FROM bellwork.jobs WHERE actor = 'upkeep.sweep' AND args ->> 'rule' = :rule)
""")
_OLD = text("SELECT id FROM bellwork_soak.old_feedback")
_FOUND = """
WITH parcels AS (SELECT * FROM bellwork.retention_parcels WHERE rule = :rule)
SELECT (SELECT count(*) FROM {content}.feedback f JOIN bellwork_soak.old_feedback o ON o.id = f.id) AS left_over,
       (SELECT count(*) FROM {content}.feedback f
        WHERE NOT EXISTS (SELECT FROM bellwork_soak.old_feedback o WHERE o.id = f.id)) AS fresh,
       (SELECT coalesce(sum(removed), 0) FROM parcels) AS removed,
       (SELECT count(*) FROM parcels WHERE state IN ('writing', 'verified')) AS unclosed,
       (SELECT coalesce(array_agg(key), '{}') FROM parcels WHERE state = 'done') AS archives
"""


class Found(NamedTuple):
    """Rows that are old and still there, rows that are not old, rows that went, archives open, keys of the others."""

    left_over: int
    fresh: int
    removed: int
    unclosed: int
    archives: list[str]


def lay_out(conn: Connection, old: int, fresh: int) -> None:
    """Insert so much feedback of three years ago and of today; people, topics and interests have to be there."""
    conn.execute(_TABLE)
    conn.execute(sql(_CONTENT))
    let_grow_old(conn, old)
    conn.execute(sql(_SAY), {"days": 0, "count": fresh})


def let_grow_old(conn: Connection, count: int) -> None:
    """Insert so much feedback of three years ago."""
    conn.execute(sql(_SAY_OLD), {"days": 3 * 366, "count": count})


def hurry(conn: Connection, rule: str) -> None:
    """Let a run that waits for its next try begin now."""
    conn.execute(_HURRY, {"rule": rule})


def is_running(conn: Connection, rule: str) -> bool:
    """Tell whether a run of the rule is not finished."""
    return bool(conn.execute(_UNFINISHED, {"rule": rule}).scalar_one())


def old_ids(conn: Connection) -> set[str]:
    """Return the ids of all feedback that was inserted as old."""
    return set(conn.execute(_OLD).scalars())


def look(conn: Connection, rule: str) -> Found:
    """Gather what there is to judge."""
    return Found(*conn.execute(sql(_FOUND), {"rule": rule}).one())
