"""Who is looked at and what is due to them, as the parts of statements that `select.sql` ends."""

from __future__ import annotations

_CLOCK = "WITH clock AS MATERIALIZED (SELECT coalesce(CAST(:now AS timestamptz), now()) AS at)"
#: One learner, or the next ones of a range.
_WHO = {
    "one": "AND u.id = CAST(:user AS uuid)",
    "next": "AND u.id > CAST(:after AS uuid) AND u.id <= CAST(:until AS uuid) ORDER BY u.id LIMIT CAST(:size AS int)",
}
_ASKED = "coalesce(u.profile #>> '{preferences,time_zone}', 'UTC') AS asked"
_STUDENTS = """
, students AS MATERIALIZED (
    SELECT u.id, u.profile, u.created_at FROM {companion}.users u WHERE u.role = 'student'
"""
# Most learners are left out here, before anything else is asked about them.
_FEW = f"""
), people AS MATERIALIZED (
    SELECT u.id, u.profile, {_ASKED}, u.created_at, held.sessions, held.last
    FROM students u
    CROSS JOIN clock
    CROSS JOIN LATERAL (
        SELECT CAST(count(*) AS int) AS sessions, max(session_date) AS last FROM (
            SELECT s.session_date FROM {{companion}}.sessions s
            WHERE s.student_id = u.id AND s.session_date <= clock.at ORDER BY s.session_date DESC LIMIT :few) AS latest
    ) held
    WHERE u.created_at <= clock.at - CAST(:inactive_after AS interval) AND held.sessions < :few
"""  # noqa: S608 - fragments of ours
_ALL = f"""
), people AS MATERIALIZED (
    SELECT u.id, u.profile, {_ASKED} FROM students u
"""  # noqa: S608 - as above
_HOURS = """
), hours AS MATERIALIZED (
    SELECT asked, zone, here, CAST(here AS date) AS day,
           CAST(CAST(here AS date) AS timestamp) AT TIME ZONE zone AS begins,
           CAST(CAST(here AS date) + 1 AS timestamp) AT TIME ZONE zone AS ends,
           (CAST(here AS date) + CAST(:last_hour AS time)) AT TIME ZONE zone AS not_after
    FROM (SELECT asked, {companion}.known_zone(asked) AS zone
          FROM (SELECT DISTINCT asked FROM people) AS wished
         ) AS known
    CROSS JOIN clock CROSS JOIN LATERAL (SELECT clock.at AT TIME ZONE zone AS here) AS local
), due AS MATERIALIZED (
"""
# Whoever got one today is left out before anything else is looked at: that is nearly everybody of a second run.
_INACTIVE = """
    SELECT p.id AS user_id, CAST('both' AS text) AS channel, (CAST(:messages AS text[]))[1 + p.sessions] AS message,
           format('signed up %s days ago, sessions: %s', extract(day FROM clock.at - p.created_at), p.sessions) AS why,
           CAST(:offers AS text[]) AS suggestions, CAST(NULL AS uuid) AS goal_id, CAST(NULL AS timestamptz) AS expires,
           CAST(NULL AS timestamptz) AS next_expires, ours.taken, ours.had_type, ours.spell
    FROM people p
    CROSS JOIN clock
    JOIN hours h ON h.asked = p.asked
    CROSS JOIN LATERAL (
        SELECT coalesce(CAST(p.last AT TIME ZONE h.zone AS date), '-infinity') AS day
    ) latest
    CROSS JOIN LATERAL (
        SELECT coalesce(max(k.slot) FILTER (WHERE k.day = h.day), 0) AS taken,
               coalesce(bool_or(k.type = 'inactivity' AND k.day = h.day), false) AS had_type,
               count(*) FILTER (WHERE k.type = 'inactivity' AND k.day > latest.day) AS spell
        FROM {companion}.nudge_keys k WHERE k.user_id = p.id AND k.day >= latest.day
    ) ours
    WHERE NOT ours.had_type
)
"""
_TODAY = """
    CROSS JOIN LATERAL (
        SELECT coalesce(max(k.slot), 0) AS taken, coalesce(bool_or(k.type = :type), false) AS had_type
        FROM {companion}.nudge_keys k WHERE k.user_id = p.id AND k.day = h.day
    ) ours
)
"""
# In the order in which goals were reached, those that were congratulated on included: so a statement looks at so many
# goals and no more, and of a learner's goals the oldest comes first.
_NEWS = """
, news AS MATERIALIZED (
    SELECT g.id, g.student_id, g.title, g.subject_id, g.completed_at FROM {companion}.goals g
    WHERE g.status = 'completed' AND g.completed_at > (SELECT at FROM clock) - CAST(:news_for AS interval)
      AND g.completed_at <= (SELECT at FROM clock)
"""
_REACHED = {
    "one": "AND g.student_id = CAST(:user AS uuid))",
    "next": """AND (g.completed_at, g.id) > (coalesce(CAST(:since AS timestamptz), '-infinity'), CAST(:after AS uuid))
      ORDER BY g.completed_at, g.id LIMIT CAST(:size AS int))""",
}
_ACHIEVERS = f"""
, people AS MATERIALIZED (
    SELECT DISTINCT ON (u.id) u.id, u.profile, {_ASKED}, g.id AS goal_id, g.title, g.subject_id, g.completed_at,
           lead(g.completed_at) OVER (PARTITION BY u.id ORDER BY g.completed_at, g.id) AS next_completed_at
    FROM news g JOIN {{companion}}.users u ON u.id = g.student_id
    WHERE u.role = 'student' AND NOT EXISTS (SELECT FROM {{companion}}.nudge_keys k WHERE k.goal_id = g.id)
    ORDER BY u.id, g.completed_at, g.id
"""  # noqa: S608 - as above
_ACHIEVEMENT = """
    SELECT p.id AS user_id, CAST('in_app' AS text) AS channel,
           CASE WHEN near.names IS NULL THEN format(CAST(:message AS text), said.title)
                ELSE format(CAST(:message AS text) || CAST(:further AS text), said.title,
                            array_to_string(near.names, ', ')) END AS message,
           format('reached the goal %s', p.goal_id) AS why, near.names AS suggestions, p.goal_id,
           p.completed_at + CAST(:news_for AS interval) AS expires,
           p.next_completed_at + CAST(:news_for AS interval) AS next_expires, ours.taken, ours.had_type, 0 AS spell
    FROM people p
    JOIN hours h ON h.asked = p.asked
    CROSS JOIN LATERAL (SELECT left(regexp_replace(p.title, '[[:cntrl:]]+', ' ', 'g'), 120) AS title) said
    CROSS JOIN LATERAL (
        SELECT array_agg(name ORDER BY place) AS names FROM (
            SELECT s.name, min(other.place) AS place
            FROM {companion}.subjects mine
            CROSS JOIN LATERAL unnest(mine.related_subjects) WITH ORDINALITY AS other(id, place)
            JOIN {companion}.subjects s ON s.id = other.id
            WHERE mine.id = p.subject_id AND s.id <> mine.id
              AND NOT EXISTS (SELECT FROM {companion}.goals g WHERE g.student_id = p.id AND g.subject_id = s.id)
            GROUP BY s.id, s.name ORDER BY place LIMIT :suggestions) AS nearest
    ) near
"""
_ARRIVAL = """
    SELECT p.id AS user_id, CAST('in_app' AS text) AS channel, CAST(:message AS text) AS message,
           CAST('logged in' AS text) AS why, CAST(NULL AS text[]) AS suggestions, CAST(NULL AS uuid) AS goal_id,
           CAST(NULL AS timestamptz) AS expires, CAST(NULL AS timestamptz) AS next_expires,
           ours.taken, ours.had_type, 0 AS spell
    FROM people p
    JOIN hours h ON h.asked = p.asked
"""

# Up to where this statement came.
_BY_ID = """
, looked AS (
    SELECT count(*) AS number, CAST(NULL AS timestamptz) AS last_at,
           (SELECT id FROM students ORDER BY id DESC LIMIT 1) AS last_id FROM students
)
"""
_BY_TIME = """
, latest AS (SELECT completed_at, id FROM news ORDER BY completed_at DESC, id DESC LIMIT 1), looked AS (
    SELECT count(*) AS number, (SELECT completed_at FROM latest) AS last_at, (SELECT id FROM latest) AS last_id
    FROM news
)
"""

#: Whole beginnings, by type and by whether one learner is looked at or the next ones of a range.
INACTIVE = {way: _CLOCK + _STUDENTS + who + _FEW + _HOURS + _INACTIVE + _BY_ID for way, who in _WHO.items()}
ACHIEVERS = {
    way: _CLOCK + _NEWS + which + _ACHIEVERS + _HOURS + _ACHIEVEMENT + _TODAY + _BY_TIME
    for way, which in _REACHED.items()
}
ARRIVAL = {"one": _CLOCK + _STUDENTS + _WHO["one"] + _ALL + _HOURS + _ARRIVAL + _TODAY + _BY_ID}
