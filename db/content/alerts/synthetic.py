"""The lesson that is asked for on trial: its student, its request, and what is left of those of yesterday."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.figures.synthetic import SYNTHETIC
from bellwork.db.content.queries import Generation
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: How its styles begin: each hour has its own, so that nothing that was made before is taken, and nobody else's is.
STYLE = "synthetic "
#: Days that it is kept.
KEPT_DAYS = 1
_ORGANIZATION = """
INSERT INTO {content}.organizations (id, name, org_type, is_active)
VALUES ('org_synthetic', 'Nobody', 'district', false) ON CONFLICT DO NOTHING
"""
# An account that is not active is written to by nobody, and opens nothing.
_STUDENT = f"""
INSERT INTO {{content}}.users (id, email, password_hash, first_name, last_name, role, org_id, grade_level, is_active)
VALUES ('{SYNTHETIC}', '{SYNTHETIC}@invalid', '!', 'Nobody', 'Nobody', 'student', 'org_synthetic', 9, false)
ON CONFLICT DO NOTHING
"""  # noqa: S608 - ours
_ASK = f"""
INSERT INTO {{content}}.content_requests (id, student_id, original_query, style)
SELECT 'req_synthetic_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDDHH24'), '{SYNTHETIC}', t.title,
       '{STYLE}' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')
FROM {{content}}.topics t WHERE t.is_active ORDER BY t.depth DESC, t.id LIMIT 1
ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608 - as above
_OLD = f"""
SELECT DISTINCT topic_id, interest_id, style FROM {{content}}.generated_content
WHERE starts_with(style, '{STYLE}') AND created_at < now() - interval '{KEPT_DAYS} days' LIMIT 100
"""  # noqa: S608 - as above
_REMOVE = f"""
WITH requests AS (
    DELETE FROM {{content}}.content_requests
    WHERE student_id = '{SYNTHETIC}' AND created_at < now() - interval '{KEPT_DAYS} days'
)
DELETE FROM {{content}}.generated_content WHERE cache_key = ANY(:keys) AND starts_with(style, '{STYLE}')
"""  # noqa: S608 - as above


def ask_for_lesson(conn: Connection) -> str | None:
    """Insert this hour's request; returns its id, None where there is one, or nothing to ask about."""
    for statement in (_ORGANIZATION, _STUDENT):
        conn.execute(sql(statement))
    request_id: str | None = conn.execute(sql(_ASK)).scalar()
    return request_id


def old_lessons(conn: Connection) -> list[Generation]:
    """List what was made on trial more than a day ago."""
    return [Generation(*row) for row in conn.execute(sql(_OLD))]


def remove_lessons(conn: Connection, old: list[Generation]) -> None:
    """Remove the requests of more than a day ago, and what was made for them."""
    conn.execute(sql(_REMOVE), {"keys": [each.cache_key for each in old]})
