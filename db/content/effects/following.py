"""The request that feedback leads to: the same topic in a simpler style, or with another interest of the student."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from bellwork.db.content.queries.generation import DEFAULT_STYLE
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.content.effects.feedback import Given

#: Styles from the first to the simplest. One that is not here stands on the first step.
LADDER = (DEFAULT_STYLE, "simple", "very simple")
#: New requests a day (UTC) and student: a miss costs about $0.11 (vividly.md's repository, cost model).
DAILY = 5
_TODAY = """
SELECT count(*) FROM {content}.feedback_effects WHERE student_id = :student AND outcome = 'requested'
  AND at >= date_trunc('day', now(), 'UTC')
"""
_INTEREST = """
SELECT s.interest_id FROM {content}.student_interests s JOIN {content}.interests i ON i.id = s.interest_id
WHERE s.student_id = :student AND i.is_active AND s.interest_id <> :interest
  AND NOT EXISTS (SELECT FROM {content}.content_requests r
                  WHERE r.student_id = :student AND r.topic_id = :topic AND r.interest_id = s.interest_id)
ORDER BY s.rank LIMIT 1
"""
_REQUEST = """
INSERT INTO {content}.content_requests (id, student_id, original_query, topic_id, interest_id, style, metadata)
VALUES (:id, :student, :query, :topic, :interest, :style, CAST(:metadata AS jsonb))
"""
_LINK = """
UPDATE {content}.feedback SET triggered_regeneration = true, regeneration_request_id = :request WHERE id = :id
"""


def simpler_than(style: str) -> str | None:
    """Return the next simpler style; None where there is none."""
    known = style.strip().lower()
    step = LADDER.index(known) if known in LADDER else 0
    return LADDER[step + 1] if step + 1 < len(LADDER) else None


def requested_today(conn: Connection, student_id: str) -> int:
    """Count the requests that a student's feedback led to since 00:00 UTC."""
    return int(conn.execute(sql(_TODAY), {"student": student_id}).scalar_one())


def next_interest(conn: Connection, given: Given) -> str | None:
    """Return the dearest interest of the student that he was not told the topic with; None where all were."""
    asked = {"student": given.student_id, "topic": given.topic_id, "interest": given.interest_id}
    found: str | None = conn.execute(sql(_INTEREST), asked).scalar()
    return found


def insert_request(conn: Connection, given: Given, *, interest_id: str, style: str) -> str:
    """Insert the request that feedback leads to, as its student would have asked it; returns its id."""
    request_id = f"req_{hashlib.sha256(given.id.encode()).hexdigest()[:16]}"
    row = {
        "id": request_id,
        "student": given.student_id,
        "query": given.query,
        "topic": given.topic_id,
        "interest": interest_id,
        "style": style,
        "metadata": json.dumps({"feedback_id": given.id}),
    }
    conn.execute(sql(_REQUEST), row)
    conn.execute(sql(_LINK), {"id": given.id, "request": request_id})
    return request_id
