"""Learners with sessions and nudges of the past year: a database that all ways are given a copy of."""

from __future__ import annotations

from tests.benchmarks.unindexed import unindexed

_FILLED = ("companion.users", "companion.sessions", "companion.nudges")
_USERS = """
INSERT INTO companion.users (cognito_sub, email, role, profile, created_at)
SELECT n, n || '@example.org', 'student',
       CASE WHEN n %% 10 = 0 THEN '{"preferences": {"time_zone": "America/New_York"}}' ELSE '{}' END::jsonb,
       now() - interval '1 year'
FROM generate_series(1, %s::int) n
"""
_TUTOR = "INSERT INTO companion.users (cognito_sub, email, role) VALUES ('tutor', 'tutor@example.org', 'tutor')"
_SESSIONS = """
INSERT INTO companion.sessions (student_id, tutor_id, session_date)
SELECT u.id, t.id, now() - s * interval '9 days'
FROM companion.users u, companion.users t, generate_series(1, 4) s
WHERE u.role = 'student' AND t.role = 'tutor' AND (s <= 2 OR u.cognito_sub::int % 5 > 0)
"""
_NUDGES = """
INSERT INTO companion.nudges (user_id, type, channel, message, sent_at, opened_at, created_at)
SELECT u.id, 'login', 'in_app', 'Welcome back!', at, at, at
FROM companion.users u, generate_series(1, %s::int) n,
     LATERAL (SELECT now() - n * interval '30 days' - (u.cognito_sub::int %% 700) * interval '1 hour' AS at) AS sent
WHERE u.role = 'student'
"""


def fill(url: str, learners: int, nudges_of_each: int) -> None:
    """Write the rows."""
    with unindexed(url, _FILLED) as conn:
        conn.execute(_USERS, (learners,))
        for statement, values in ((_TUTOR, None), (_SESSIONS, None), (_NUDGES, (nudges_of_each,))):
            conn.execute(statement, values)
