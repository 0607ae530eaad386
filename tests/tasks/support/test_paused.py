"""Nobody is written to after an event while the calendar's sweep is paused, as on a first start on a team's tables."""

from __future__ import annotations

import pytest

from bellwork.tasks.support.detection import detect_risk
from bellwork.workers.testing import enqueued, run_inline
from tests.tasks.support import school

_ENTRY = """
INSERT INTO bellwork.entries (key, cron, zone, actor, args, missed, most, window_hours, overlap, clock_change, purpose,
    next_tick, paused_at, paused_by)
VALUES ('support.sweep', '* * * * *', 'UTC', 'support.sweep', '{}', 'latest', 1, 1, 'skip', 'once', 'x', now(),
    [paused])
"""


@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(("paused", "sent"), [("now(), 'ann'", []), ("NULL, NULL", ["support.assign"])])
def test_a_paused_sweep_is_not_gone_round_by_detection(paused: str, sent: list[str]) -> None:
    """The row is opened either way; trainers are assigned, and told, where the sweep is not paused."""
    school.change(_ENTRY.replace("[paused]", paused))
    enrollment = school.enroll()
    school.change("UPDATE support.student_enrollments SET enrolled_at = now() - interval '3 days'")
    school.attempts(enrollment, *[False] * 4)
    school.change("UPDATE support.quiz_attempts SET submitted_at = now() - interval '1 hour'")
    run_inline(detect_risk, enrollment_id=str(enrollment))
    school.change("DELETE FROM bellwork.entries")

    assert "pending" == school.row(enrollment)["status"]
    assert sent == [job["actor"] for job in enqueued() if job["actor"] != "support.detect_risk"]
