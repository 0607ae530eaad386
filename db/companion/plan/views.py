"""The views of study_companion.md; two of them counted wrongly there."""

from __future__ import annotations

#: The document joined sessions with practice before it counted, took practice of every subject, and rounded each
#: percentage alone, so that three thirds made 99.99.
VIEWS = {
    "v_student_progress": """
        SELECT g.student_id, g.id AS goal_id, s.name AS subject_name, g.completion_percentage, g.current_streak,
               g.xp_earned, g.status, g.target_completion_date,
               (SELECT count(*) FROM {companion}.sessions held
                WHERE held.student_id = g.student_id AND held.subject_id = g.subject_id) AS sessions_count,
               (SELECT count(*) FROM {companion}.practice_assignments done
                WHERE done.student_id = g.student_id AND done.subject_id = g.subject_id AND done.completed)
                   AS practice_items_completed,
               (SELECT avg(rated.rating) FROM {companion}.student_ratings rated
                WHERE rated.student_id = g.student_id AND rated.subject_id = g.subject_id) AS average_rating
        FROM {companion}.goals g
        LEFT JOIN {companion}.subjects s ON g.subject_id = s.id
        WHERE g.status = 'active'
    """,
    "v_override_analytics": """
        SELECT o.override_type, s.name AS subject_name, o.difficulty_level, count(*) AS override_count,
               count(DISTINCT o.tutor_id) AS unique_tutors, count(DISTINCT o.student_id) AS unique_students,
               date_trunc('day', o.created_at, 'UTC') AS override_date
        FROM {companion}.overrides o
        LEFT JOIN {companion}.subjects s ON o.subject_id = s.id
        GROUP BY o.override_type, s.name, o.difficulty_level, date_trunc('day', o.created_at, 'UTC')
    """,
    "v_confidence_distribution": """
        SELECT student_id, confidence, count,
               (whole + (row_number() OVER (PARTITION BY student_id ORDER BY rest DESC, confidence)
                         <= 10000 - sum(whole) OVER (PARTITION BY student_id))::int) / 100.00 AS percentage
        FROM (
            SELECT student_id, confidence, count, count * 10000 / total AS whole, count * 10000 % total AS rest
            FROM (
                SELECT student_id, confidence, count(*) AS count,
                       sum(count(*)) OVER (PARTITION BY student_id)::bigint AS total
                FROM {companion}.qa_interactions GROUP BY student_id, confidence
            ) AS counted
        ) AS divided
    """,
}
