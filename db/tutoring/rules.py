"""What stays in the tutoring system whatever its age, and what leaves it when, after tutormax.md, Archival Strategy."""

from __future__ import annotations

from bellwork.db.vocabulary import RetentionRule

KEPT = {
    "tutors": "a tutor is set churned and never deleted, for what is kept for ever would go with the row",
    "tutor_performance_metrics": "metrics are kept for ever, for trends (tutormax.md, Archival Strategy)",
}
#: Sessions and feedback two years, predictions and completed interventions one year (tutormax.md, Archival Strategy);
#: tracking events 90 days (TM20). A session goes after its feedback, which may have come later.
RULES: tuple[RetentionRule, ...] = (
    RetentionRule(
        "tutoring.archive_feedback",
        table="student_feedback",
        by="feedback_id",
        column="created_at",
        days=730,
        action="delete",
        archive=True,
        cron="7 3 * * *",
        purpose="feedback moves to the archive after two years",
        person=("student_id",),
    ),
    RetentionRule(
        "tutoring.archive_sessions",
        table="sessions",
        by="session_id",
        along=("student_feedback", "first_session_risks"),
        column="scheduled_start",
        days=730,
        where="NOT EXISTS (SELECT FROM {tutoring}.student_feedback b WHERE b.session_id = t.session_id)",
        action="delete",
        archive=True,
        cron="27 3 * * *",
        purpose="sessions whose feedback is archived move there after two years",
        person=("student_id",),
    ),
    RetentionRule(
        "tutoring.forget_predictions",
        table="churn_predictions",
        by="prediction_id",
        along=("prediction_keys", "churn_overrides", "explanations"),
        column="prediction_date",
        days=365,
        action="delete",
        cron="47 3 * * *",
        purpose="predictions, with what they were made of, are kept for a year",
    ),
    RetentionRule(
        "tutoring.archive_interventions",
        table="interventions",
        by="intervention_id",
        along=("approvals", "escalations", "explanations"),
        column="completed_date",
        days=365,
        where="t.status = 'completed'",
        action="delete",
        archive=True,
        cron="57 3 * * *",
        purpose="completed interventions move to the archive after a year",
        person=("tutor_id",),
    ),
    RetentionRule(
        "tutoring.forget_events",
        table="tutor_events",
        by="event_id",
        column="event_timestamp",
        days=91,
        where="t.event_type IS DISTINCT FROM 'resignation'",
        action="delete",
        cron="0 2 * * 0",
        purpose="tracking events are kept for 90 days",
    ),
    RetentionRule(
        "tutoring.forget_explanations",
        table="explanations",
        column="at",
        days=90,
        action="delete",
        cron="17 4 * * *",
        purpose="why a rule fired or was held back is kept for 90 days",
    ),
    RetentionRule(
        "tutoring.forget_insights",
        table="insights",
        column="computed_at",
        days=30,
        action="delete",
        cron="37 4 * * *",
        purpose="how late each recompute was is kept for 30 days",
    ),
    RetentionRule(
        "tutoring.forget_health",
        table="health",
        column="at",
        days=30,
        action="delete",
        cron="0 3 * * *",
        purpose="rows of health are kept for 30 days",
    ),
)
