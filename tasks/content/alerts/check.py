"""Looks each minute whether something is wrong, by the rules of bellwork.db.content.alerts, and tells what is new."""

from __future__ import annotations

import dramatiq

from bellwork.db.content.alerts import RULES, measure, note_findings
from bellwork.db.settings import settings
from bellwork.tasks.content.alerts.letters import tell
from bellwork.workers import job


@dramatiq.actor(
    actor_name="content.check_alerts",
    callers="internal",
    queue_name="content-fast",
    lane="short",
    max_retries=0,
    time_limit=30_000,
)
def check_alerts() -> None:
    """Note how each rule stands; an alert is told when it opens, each hour that it stays open, and when it is over."""
    looked_at = [rule for rule in RULES if rule.needs is None or getattr(settings(), rule.needs)]
    with job.transaction() as conn:
        tell(conn, note_findings(conn, RULES, measure(conn, looked_at)))
