"""The learner's numbers under fire: an order is an answered item of one of a few learners, told of twice.

In the end each item moved its learner's rating once, no move was lost, and goal and learner count every item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

_LEARNERS = 5
_PEOPLE = """
INSERT INTO companion.subjects (name) VALUES ('Soak');
INSERT INTO companion.users (cognito_sub, email, role)
SELECT 'learned' || n, n || '@learned.example', 'student' FROM generate_series(0, 4) n;
INSERT INTO companion.goals (student_id, created_by, subject_id, goal_type, title)
SELECT u.id, u.id, s.id, 'General', 'Soak' FROM companion.users u, companion.subjects s
WHERE u.cognito_sub LIKE 'learned%' AND s.name = 'Soak'
"""
_ITEM = """
INSERT INTO companion.practice_assignments (student_id, source, ai_question_text, ai_answer_text, flagged, subject_id,
    difficulty_level)
SELECT u.id, 'ai_generated', :order, '2', true, s.id, 4 FROM companion.users u, companion.subjects s
WHERE u.cognito_sub = 'learned' || abs(hashtext(:order)) % CAST(:learners AS integer) AND s.name = 'Soak'
RETURNING id
"""
_WAITING = """
SELECT EXISTS (SELECT FROM bellwork.jobs WHERE actor IN (
    'companion.update_rating', 'companion.recompute_goal', 'companion.recompute_learner'))
"""
_BROKEN = """
WITH learners AS (
    SELECT u.id, u.cognito_sub AS name, u.gamification, count(a.id) AS items,
           count(a.id) FILTER (WHERE a.completed) AS done,
           coalesce(sum(a.student_rating_after - a.student_rating_before), 0) AS moved
    FROM companion.users u JOIN companion.practice_assignments a ON a.student_id = u.id
    WHERE u.cognito_sub LIKE 'learned%' GROUP BY u.id)
SELECT name || ' has ' || items || ' items, of which ' || done || ' are answered' FROM learners WHERE items <> done
UNION ALL
SELECT l.name || ' was moved by ' || l.moved || ' and stands at ' || r.rating FROM learners l
JOIN companion.student_ratings r ON r.student_id = l.id WHERE r.rating <> 1000 + l.moved
UNION ALL
SELECT l.name || ' has ' || l.done || ' items and ' || coalesce(l.gamification ->> 'xp', 'no') || ' points'
FROM learners l
WHERE CAST(l.gamification ->> 'xp' AS bigint) IS DISTINCT FROM 10 * l.done
UNION ALL
SELECT l.name || ' has ' || l.done || ' items and a goal of ' || g.xp_earned || ' points' FROM learners l
JOIN companion.goals g ON g.student_id = l.id WHERE g.status = 'active' AND g.xp_earned <> 10 * l.done
ORDER BY 1
"""


def lay_out(conn: Connection) -> None:
    """Make the learners, each with a goal."""
    for statement in _PEOPLE.split(";"):
        conn.execute(text(statement))


def answer(conn: Connection, order: str, *, correct: bool) -> None:
    """Insert an item and tell twice that it was answered."""
    from bellwork.tasks.companion.numbers.answers import update_rating  # noqa: PLC0415 - loaded by a program of the soak

    item = conn.execute(text(_ITEM), {"order": order, "learners": _LEARNERS}).scalar_one()
    for _ in range(2):
        update_rating.send(assignment_id=item, correct=correct, seconds=30, hints=0)


def waiting(conn: Connection) -> bool:
    """Tell whether an answer is not in the numbers yet."""
    return bool(conn.execute(text(_WAITING)).scalar_one())


def broken(conn: Connection) -> list[str]:
    """List the learners whose numbers are not what their items make of them."""
    return list(conn.execute(text(_BROKEN)).scalars())
