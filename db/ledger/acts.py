"""What operators did: who, what, why, before and after, written in the transaction of the act and never changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.ledger.changes import ChangedBy

_RECORD = text("""
INSERT INTO bellwork.operator_acts (who, what, subject, why, before, after)
VALUES (:who, :what, left(:subject, 500), :why, CAST(:before AS jsonb), CAST(:after AS jsonb))
""")
# What schedulers note of a deploy has no operator; the rest of an entry's changes are acts, kept with the entry.
_LIST = text("""
SELECT at, who, login, what, subject, why, before, after FROM (
    (SELECT at, who, login, what, subject, why, before, after, id FROM bellwork.operator_acts
     WHERE (CAST(:subject AS text) IS NULL OR subject = :subject
        OR (subject = 'jobs' OR what = 'failures replay') AND :subject LIKE 'job %' AND before ? substr(:subject, 5))
       AND at < coalesce(CAST(:before AS timestamptz), 'infinity') ORDER BY id DESC LIMIT :limit)
    UNION ALL
    (SELECT at, who, NULL, 'schedule ' || what, 'entry ' || entry, why, before, after, id FROM bellwork.entry_changes
     WHERE what NOT IN ('declared', 'changed', 'retired', 'returned')
       AND (CAST(:subject AS text) IS NULL OR 'entry ' || entry = :subject)
       AND at < coalesce(CAST(:before AS timestamptz), 'infinity') ORDER BY id DESC LIMIT :limit)) acts
ORDER BY at DESC, id DESC LIMIT :limit
""")

_STATES = text("""
SELECT id, state FROM bellwork.jobs WHERE id = ANY(CAST(:ids AS bigint[]))
UNION ALL
SELECT id, state FROM bellwork.finished_jobs WHERE id = ANY(CAST(:ids AS bigint[]))
""")


def record_act(conn: Connection, changed_by: ChangedBy, what: str, subject: str, *states: dict[str, Any]) -> None:
    """Record what an operator does to what, in the caller's transaction; `states` are before and after, or less."""
    before, after, *_ = (json.dumps(state, default=str) for state in (*states, {}, {}))
    act = {"what": what, "subject": subject, **changed_by._asdict(), "before": before, "after": after}
    conn.execute(_RECORD, act)


def list_acts(
    conn: Connection, limit: int, subject: str | None = None, before: datetime | None = None
) -> list[dict[str, Any]]:
    """List the newest acts of operators, on entries of the calendar too, the newest first; or those on one subject.

    With `before`, those of before that time.
    """
    asked = {"limit": limit, "subject": subject, "before": before}
    return [dict(row) for row in conn.execute(_LIST, asked).mappings()]


def act_on_jobs(  # noqa: PLR0913, PLR0917 - who, what, why, to which, how, and what is told of it
    conn: Connection,
    changed_by: ChangedBy,
    what: str,
    ids: list[int],
    act: Callable[[Connection, list[int]], list[int]],
    look: Callable[[Connection, Sequence[int]], dict[str, Any]] | None = None,
) -> list[int]:
    """Let `act` change jobs and record it: the state of each before and after, by id. Returns those it changed.

    With `look`, what it finds of them instead of their states.
    """
    look = look or _states
    before = look(conn, ids)
    changed = act(conn, ids)
    if changed:
        subject = f"job {changed[0]}" if len(changed) == 1 else "jobs"
        kept = {str(id_): before.get(str(id_)) for id_ in changed}
        record_act(conn, changed_by, what, subject, kept, look(conn, changed))
    return changed


def _states(conn: Connection, ids: Sequence[int]) -> dict[str, str]:
    return {str(row.id): str(row.state) for row in conn.execute(_STATES, {"ids": list(ids)})}
