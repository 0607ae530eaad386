"""Why a tutor's metrics are what they are: `bellwork explain metrics`, of one tutor or of whatever is odd anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.db.tutoring.thresholds import THRESHOLDS
from bellwork.db.vocabulary.explanation import Because, CannotExplain, Explainer, Explanation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

ALL = "all"
#: Rows that one answer names of each kind.
NAMED = 20
_COLOURS = {"g": "green", "r": "red", "-": "neither green nor red"}
_STATE = """
SELECT t.tutor_id, st.tier, st.flags, st.computed_at, st.rolled_through, st.failed_at, st.error,
       (SELECT count(*) FROM {tutoring}.changes c WHERE c.tutor_id = t.tutor_id) AS waiting,
       (SELECT count(*) FROM {tutoring}.sessions s
        WHERE s.tutor_id = t.tutor_id AND s.scheduled_start > now()) AS ahead
FROM {tutoring}.tutors t LEFT JOIN {tutoring}.tutor_states st USING (tutor_id) WHERE t.tutor_id = :tutor
"""
# What counts otherwise than its row says, or nowhere; of the windows alone, or years of rows would be read.
_ODD = """
SELECT * FROM (
    SELECT 'feedback ' || f.feedback_id || ' names tutor ' || f.tutor_id || ' and counts for ' || s.tutor_id
           || ', whose session it speaks of' AS said, s.tutor_id, f.tutor_id AS other, s.scheduled_start AS at
    FROM {tutoring}.sessions s JOIN {tutoring}.student_feedback f ON f.session_id = s.session_id
    WHERE f.tutor_id <> s.tutor_id AND s.scheduled_start >= now() - interval '90 days'
    UNION ALL
    SELECT 'event ' || e.event_id || ' has a response time that is no number, and counts for nobody',
           e.tutor_id, e.tutor_id, e.event_timestamp
    FROM {tutoring}.tutor_events e
    WHERE e.event_type = 'message_response' AND e.event_timestamp >= now() - interval '90 days'
      AND jsonb_typeof(e.metadata -> 'response_time_minutes') NOT IN ('number', 'null')
    UNION ALL
    SELECT 'the rows of ' || st.tutor_id || ' cannot be computed: ' || st.error, st.tutor_id, st.tutor_id, st.failed_at
    FROM {tutoring}.tutor_states st WHERE st.failed_at IS NOT NULL
) AS odd
WHERE CAST(:tutor AS text) IS NULL OR :tutor IN (tutor_id, other) ORDER BY at DESC, said LIMIT :most
"""


def explain_metrics(conn: Connection, asked: str) -> Explanation:
    """Say how a tutor's newest rows stand and what of his counts otherwise than it says; of `all`, the latter alone."""
    if asked == ALL:
        found = tuple(_odd(conn, None))
        return Explanation("What counts otherwise than its row says", found or (Because("nothing of 90 days does"),))
    row = conn.execute(sql(_STATE), {"tutor": asked}).mappings().one_or_none()
    if row is None:
        raise CannotExplain(f"there is no tutor {asked[:60]!r}; give the id of a row of tutors, or {ALL}")
    if row["computed_at"] is None:
        mend = f'bellwork jobs enqueue tutoring.recompute_metrics --args \'{{"tutor_id": "{asked}"}}\''
        said = [Because("the metrics were never computed", mend)]
        subject = f"Tutor {asked}: no metrics"
    else:
        subject = f"Tutor {asked}: {row['tier']} over 30 days, as of {row['computed_at']:%Y-%m-%d %H:%M}Z"
        said = [
            Because(f"{each.figure} is {_COLOURS[flag]} (green from {each.green}, red beyond {each.red})")
            for each, flag in zip(THRESHOLDS, row["flags"], strict=True)
        ]
    if row["waiting"]:
        said.append(Because(f"{row['waiting']} changes wait for a recompute", "bellwork jobs list --queue tutoring"))
    if row["ahead"]:
        said.append(Because(f"{row['ahead']} sessions lie ahead and count nowhere yet"))
    return Explanation(subject, (*said, *_odd(conn, asked)))


def _odd(conn: Connection, tutor: str | None) -> Iterator[Because]:
    for said, *_ in conn.execute(sql(_ODD), {"tutor": tutor, "most": NAMED}):
        yield Because(said)


METRICS = Explainer(
    "metrics",
    "TUTOR|all",
    "a tutor's tier and flags, what waits, and rows that count otherwise than they say",
    explain_metrics,
)
