"""Support under fire: an order is a student who fails four quizzes, each told of twice; a trainer is to help him.

In the end each student has one open intervention, his flags are those of it, it is one trainer's, who was told of it by
one letter, alone or among others.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from sqlalchemy import Connection

DOMAIN = "trainers.example"
_COURSE = uuid5(NAMESPACE_OID, "soak: a course of support")
_TRAINERS = 3
_LAY_OUT = """
INSERT INTO support.courses (id, title) VALUES (:course, 'Soaking');
"""
_TRAINER = """
WITH person AS (INSERT INTO support.user_profiles (id, name, email) VALUES (:id, :name, :email) RETURNING id)
INSERT INTO support.trainers (id, courses, capacity) SELECT id, ARRAY[CAST(:course AS uuid)], 1000000 FROM person
"""
_STUDENT = "INSERT INTO support.user_profiles (id, name) VALUES (:id, :name)"
_ENROLLED = """
INSERT INTO support.student_enrollments (id, user_id, course_id, enrolled_at, completion_percentage)
VALUES (:id, :id, :course, now() - interval '3 days', 50)
"""
_FAILED = "SELECT support.note_quiz_attempt(:key, :id, false, 20, now())"
_WAITING = """
SELECT EXISTS (SELECT FROM bellwork.jobs WHERE actor IN ('support.detect_risk', 'support.assign', 'support.sweep'))
    OR EXISTS (SELECT FROM bellwork.letters WHERE system = 'support' AND state IN ('pending', 'sending'))
"""
_BROKEN = """
WITH students AS (
    SELECT u.name, e.id, e.is_at_risk AS flag, e.risk_level AS level, count(DISTINCT i.id) AS rows,
           count(DISTINCT i.id) FILTER (WHERE i.status = 'pending' AND i.risk_level = 'medium') AS pending,
           count(DISTINCT i.assigned_trainer_id) AS trainers, count(DISTINCT n.intervention_id) AS told,
           count(DISTINCT l.id) AS letters, min(l.state) AS state,
           (SELECT count(*) FROM support.quiz_attempts q WHERE q.enrollment_id = e.id) AS attempts
    FROM support.student_enrollments e JOIN support.user_profiles u ON u.id = e.user_id
    LEFT JOIN support.student_interventions i ON i.enrollment_id = e.id
    LEFT JOIN support.notices n ON n.intervention_id = i.id AND n.kind = 'assigned'
    LEFT JOIN bellwork.letters l ON l.key = n.letter_key
    WHERE e.course_id = :course GROUP BY u.name, e.id)
SELECT name || ' has ' || attempts || ' attempts, ' || rows || ' interventions, ' || pending || ' pending' FROM students
WHERE (attempts, rows, pending) <> (4, 1, 1)
UNION ALL
SELECT name || ' is flagged ' || flag || ', ' || coalesce(level, 'without a level') FROM students
WHERE (flag, level) IS DISTINCT FROM (true, 'medium')
UNION ALL
SELECT name || ' has ' || trainers || ' trainers, who were told ' || told || ' times by ' || letters || ' letters, '
       || coalesce(state, 'none')
FROM students WHERE (trainers, told, letters) <> (1, 1, 1) OR state NOT IN ('sent', 'unknown')
ORDER BY 1
"""
_LETTERS = """
SELECT u.email, count(*) FILTER (WHERE l.state = 'sent') AS sent, count(*) FILTER (WHERE l.state = 'unknown') AS unknown
FROM support.trainers t JOIN support.user_profiles u ON u.id = t.id
LEFT JOIN bellwork.letters l ON l.person = CAST(t.id AS text) AND l.system = 'support'
WHERE :course = ANY(t.courses) GROUP BY u.email ORDER BY u.email
"""


def lay_out(conn: Connection) -> None:
    """Make the course and its trainers."""
    conn.execute(text(_LAY_OUT), {"course": _COURSE})
    for number in range(_TRAINERS):
        name = f"trainer {number}"
        asked = {"id": _id(name), "name": name, "email": f"{number}@{DOMAIN}", "course": _COURSE}
        conn.execute(text(_TRAINER), asked)


def fail(conn: Connection, order: str) -> None:
    """Enroll a student and tell twice of each of four quizzes that he failed."""
    one = _id(order)
    conn.execute(text(_STUDENT), {"id": one, "name": f"student of {order}"})
    conn.execute(text(_ENROLLED), {"id": one, "course": _COURSE})
    for number in (*range(4), *range(4)):
        conn.execute(text(_FAILED), {"key": f"{order} {number}", "id": one})


def waiting(conn: Connection) -> bool:
    """Tell whether somebody is not looked at or not assigned yet, or a letter not sent."""
    return bool(conn.execute(text(_WAITING)).scalar_one())


def broken(conn: Connection, delivered: Iterable[str]) -> list[str]:
    """List the students who are not helped as they should be, and trainers who got more or fewer letters than said."""
    came = Counter(delivered)
    wrong = [
        f"{email} got {came[email]} letters, {sent} were sent and of {unknown} nobody knows"
        for email, sent, unknown in conn.execute(text(_LETTERS), {"course": _COURSE})
        if not sent <= came[email] <= sent + unknown
    ]
    return [*conn.execute(text(_BROKEN), {"course": _COURSE}).scalars(), *wrong]


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"soak: {name}")
