"""The content system: sums of content, what students did of topics, and what became of feedback."""

from __future__ import annotations

from alembic import op

from bellwork.db.content.effects.functions import CALLED
from bellwork.db.content.effects.plan import EFFECTS
from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Counted from feedback this once: what is archived later leaves the table, and stays in the sums.
_RATINGS = """
INSERT INTO {content}.content_counts (content_id, views, completions, ratings, stars)
SELECT g.id, coalesce(g.view_count, 0), coalesce(g.completion_count, 0), count(*), sum(f.rating)
FROM {content}.generated_content g JOIN {content}.feedback f ON f.content_id = g.id
WHERE f.rating BETWEEN 1 AND 5 GROUP BY g.id ON CONFLICT DO NOTHING
"""
_WISHES = """
INSERT INTO {content}.topic_engagement (student_id, topic_id, wishes, earlier_seconds)
SELECT f.student_id, g.topic_id, count(*), coalesce(max(p.total_time_seconds), 0)
FROM {content}.feedback f JOIN {content}.generated_content g ON g.id = f.content_id
LEFT JOIN {content}.student_progress p ON p.student_id = f.student_id AND p.topic_id = g.topic_id
WHERE f.feedback_type IN ('make_simpler', 'try_different_interest')
GROUP BY f.student_id, g.topic_id ON CONFLICT DO NOTHING
"""
# What is older than the sweep looks back has no effect any more, whoever sends its job.
_EARLIER = """
INSERT INTO {content}.feedback_effects (feedback_id, student_id, outcome, reason)
SELECT id, student_id, 'earlier', 'it was given before Bellwork looked at feedback' FROM {content}.feedback
WHERE coalesce(created_at, now()) >= now() - interval '40 days' ON CONFLICT DO NOTHING
"""
_UNWATCHED = "SELECT {content}.watch_feedback(false)"
_REVOKE = """
SELECT format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', oid::regprocedure) FROM pg_proc
WHERE pronamespace = to_regnamespace('{content}') AND proname = ANY(:names)
"""


def upgrade() -> None:
    """Build them, from what stands; feedback is not noted by a trigger yet, and none that is there has an effect."""
    connection = op.get_bind()
    build(connection, EFFECTS)
    for statement in (_RATINGS, _WISHES, _EARLIER, _UNWATCHED):
        connection.execute(sql(statement))
    for statement in connection.execute(sql(_REVOKE), {"names": list(CALLED)}).scalars().all():
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    """Drop them; progress and figures of content stay as they are."""
    undo(op.get_bind(), EFFECTS.mark)
