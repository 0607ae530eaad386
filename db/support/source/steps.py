"""THE steps of taking in: each reads a page of a source in the order of a moment, and writes what differs.

Sources are read by the names of their tables alone: no code of another system is loaded. A page is [page], the rows of
the source behind a place in its order; `written` are the enrollments of which something is new.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple


class Step(NamedTuple):
    """A step: the system it reads, the rows that it pages through by `at` and `id`, and what is written of a page.

    `overlap` is what is read again each time: for so long a row may be committed, or judged, after its moment.
    """

    name: str
    source: str
    rows: str
    written: str
    overlap: timedelta = timedelta(minutes=10)


#: Who is erased here stays so, whatever the source says; who is leaving there is not taken in.
_KNOWN = "NOT EXISTS (SELECT FROM {support}.user_profiles x WHERE x.id = [user] AND x.erased_at IS NOT NULL)"
_ENROLLED = """JOIN {courses}.modules m ON m.id = l.module_id
    JOIN {courses}.enrollments n ON n.user_id = [of].user_id AND n.course_id = m.course_id
    JOIN {support}.taken_enrollments t ON t.enrollment_id = n.id"""
_STATUS = "CASE e.status WHEN 'active' THEN 'active' WHEN 'completed' THEN 'completed' ELSE 'dropped' END"

# Who enrolls is new here, however long he has been there: his moment is the later one of both.
PEOPLE = Step(
    "people",
    "courses",
    rows="""
SELECT u.id, greatest(u.updated_at, known.at) AS at, u.email, btrim(u.first_name || ' ' || u.last_name) AS name, z.zone
FROM {courses}.users u
JOIN (SELECT user_id, max(at) AS at FROM (
          SELECT e.user_id, e.updated_at AS at FROM {courses}.enrollments e
          UNION ALL SELECT c.instructor_id, c.updated_at FROM {courses}.courses c) AS each
      GROUP BY user_id) AS known ON known.user_id = u.id
LEFT JOIN {courses}.learner_zones z ON z.user_id = u.id
WHERE u.deleted_at IS NULL AND u.email !~ '^erased-.*@invalid$'""",
    written=f"""
INSERT INTO {{support}}.user_profiles AS p (id, email, name, time_zone)
SELECT g.id, g.email, g.name, g.zone FROM page g WHERE {_KNOWN.replace("[user]", "g.id")} ORDER BY g.id
ON CONFLICT (id) DO UPDATE SET (email, name, time_zone) = (excluded.email, excluded.name, excluded.time_zone)
WHERE (p.email, p.name, p.time_zone) IS DISTINCT FROM (excluded.email, excluded.name, excluded.time_zone)
RETURNING CAST(NULL AS uuid) AS enrollment""",  # noqa: S608 - ours
)
COURSES = Step(
    "courses",
    "courses",
    rows="SELECT c.id, c.updated_at AS at, c.title, c.instructor_id FROM {courses}.courses c",
    written="""
INSERT INTO {support}.courses AS k (id, title, owner_id)
SELECT g.id, g.title, u.id FROM page g LEFT JOIN {support}.user_profiles u ON u.id = g.instructor_id ORDER BY g.id
ON CONFLICT (id) DO UPDATE SET (title, owner_id) = (excluded.title, excluded.owner_id)
WHERE (k.title, k.owner_id) IS DISTINCT FROM (excluded.title, excluded.owner_id)
RETURNING CAST(NULL AS uuid) AS enrollment""",
)
# What an enrollment is here and how far it has come there change apart; either makes it new.
ENROLLMENTS = Step(
    "enrollments",
    "courses",
    rows=f"""
SELECT e.id, greatest(e.updated_at, p.updated_at) AS at, e.user_id, e.course_id, {_STATUS} AS status, e.enrolled_at,
       e.expires_at, coalesce(p.percent_complete, 0) AS percent
FROM {{courses}}.enrollments e LEFT JOIN {{courses}}.course_progress p ON p.enrollment_id = e.id""",  # noqa: S608 - ours
    written=f"""
INSERT INTO {{support}}.student_enrollments AS s (
    id, user_id, course_id, status, enrolled_at, completion_percentage, ends_at)
SELECT g.id, g.user_id, g.course_id, g.status, g.enrolled_at, g.percent, g.expires_at
FROM page g JOIN {{support}}.user_profiles u ON u.id = g.user_id JOIN {{support}}.courses k ON k.id = g.course_id
WHERE {_KNOWN.replace("[user]", "g.user_id")} ORDER BY g.id
ON CONFLICT (id) DO UPDATE SET (status, enrolled_at, completion_percentage, ends_at) = (
    excluded.status, excluded.enrolled_at, excluded.completion_percentage, excluded.ends_at)
WHERE (s.status, s.enrolled_at, s.completion_percentage, s.ends_at) IS DISTINCT FROM (
    excluded.status, excluded.enrolled_at, excluded.completion_percentage, excluded.ends_at)
RETURNING s.id AS enrollment""",  # noqa: S608 - ours
)
ATTEMPTS = Step(
    "attempts",
    "courses",
    rows="""
SELECT a.id, a.completed_at AS at, a.user_id, a.assessment_id, a.is_passing, a.percent_score
FROM {courses}.assessment_attempts a
WHERE a.status <> 'in_progress' AND a.is_passing IS NOT NULL AND a.completed_at IS NOT NULL""",
    written=f"""
INSERT INTO {{support}}.quiz_attempts AS q (source_id, enrollment_id, passed, score, submitted_at)
SELECT 'courses:' || g.id, n.id, g.is_passing, g.percent_score, g.at
FROM page g JOIN {{courses}}.assessments x ON x.id = g.assessment_id JOIN {{courses}}.lessons l ON l.id = x.lesson_id
    {_ENROLLED.replace("[of]", "g")} ORDER BY g.id
ON CONFLICT (source_id) DO UPDATE SET (enrollment_id, passed, score, submitted_at) = (
    excluded.enrollment_id, excluded.passed, excluded.score, excluded.submitted_at)
WHERE (q.enrollment_id, q.passed, q.score, q.submitted_at) IS DISTINCT FROM (
    excluded.enrollment_id, excluded.passed, excluded.score, excluded.submitted_at)
RETURNING q.enrollment_id AS enrollment""",  # noqa: S608 - ours
    # An attempt has the moment at which it was handed in, and is graded after it.
    overlap=timedelta(days=1),
)
LESSONS = Step(
    "lessons",
    "courses",
    rows="""
SELECT p.id, p.updated_at AS at, p.user_id, p.lesson_id, p.completed_at
FROM {courses}.lesson_progress p WHERE p.status = 'completed' AND p.completed_at IS NOT NULL""",
    written=f"""
INSERT INTO {{support}}.topic_completions AS c (source_id, enrollment_id, completed_at)
SELECT 'courses:' || g.id, n.id, g.completed_at
FROM page g JOIN {{courses}}.lessons l ON l.id = g.lesson_id {_ENROLLED.replace("[of]", "g")} ORDER BY g.id
ON CONFLICT (source_id) DO UPDATE SET (enrollment_id, completed_at) = (excluded.enrollment_id, excluded.completed_at)
WHERE (c.enrollment_id, c.completed_at) IS DISTINCT FROM (excluded.enrollment_id, excluded.completed_at)
RETURNING c.enrollment_id AS enrollment""",  # noqa: S608 - ours
)
# A question names no course: it counts for the one in which the student did something last before it was asked.
QUESTIONS = Step(
    "questions",
    "companion",
    rows="""
SELECT q.id, q.created_at AS at, q.student_id FROM {companion}.qa_interactions q
WHERE (q.tutor_escalation_suggested OR q.escalated_to_tutor_id IS NOT NULL) AND q.created_at IS NOT NULL
  AND q.created_at > now() - interval '30 days'""",
    written="""
INSERT INTO {support}.escalations AS x (source_id, enrollment_id, escalated_at)
SELECT 'companion:' || g.id, n.id, g.at
FROM page g JOIN LATERAL (
    SELECT e.id FROM {support}.student_enrollments e
    WHERE e.user_id = g.student_id AND e.status = 'active' AND e.enrolled_at <= g.at AND NOT EXISTS (
        SELECT FROM {support}.user_profiles u WHERE u.id = e.user_id AND u.erased_at IS NOT NULL)
    ORDER BY greatest(e.enrolled_at,
        (SELECT max(t.completed_at) FROM {support}.topic_completions t
         WHERE t.enrollment_id = e.id AND t.completed_at <= g.at),
        (SELECT max(a.submitted_at) FROM {support}.quiz_attempts a
         WHERE a.enrollment_id = e.id AND a.submitted_at <= g.at)) DESC, e.id LIMIT 1
) AS n ON true ORDER BY g.id
ON CONFLICT (source_id) DO NOTHING
RETURNING x.enrollment_id AS enrollment""",
    # A question has the moment at which it was asked, and is handed on after it.
    overlap=timedelta(days=1),
)
STEPS = (PEOPLE, COURSES, ENROLLMENTS, ATTEMPTS, LESSONS, QUESTIONS)
