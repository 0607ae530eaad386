"""What operators do to endpoints and deliveries: each act is recorded in its transaction, with who and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.ledger.acts import record_act

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, TextClause

    from bellwork.db.ledger import ChangedBy

_LOCK = text("SELECT state, why FROM bellwork.webhook_endpoints WHERE id = :id FOR NO KEY UPDATE")
_DISABLE = text("""
UPDATE bellwork.webhook_endpoints SET state = 'disabled', why = :why, changed_at = now() WHERE id = :id
""")
_ENABLE = text("""
UPDATE bellwork.webhook_endpoints
SET state = 'active', why = NULL, failing_since = NULL, not_before = NULL, changed_at = now() WHERE id = :id
""")
# What waits begins anew, with all its tries.
_RENEW = text("""
UPDATE bellwork.webhook_deliveries SET tries = 0, next_at = now() WHERE endpoint_id = :id AND state = 'pending'
""")
_END_OLD = text("""
DELETE FROM bellwork.webhook_secrets WHERE endpoint_id = :id AND until IS NOT NULL
""")
_AGE = text("""
UPDATE bellwork.webhook_secrets SET until = now() + make_interval(secs => :overlap)
WHERE endpoint_id = :id AND until IS NULL
""")
_NEW = text("INSERT INTO bellwork.webhook_secrets (endpoint_id, secret) VALUES (:id, :secret)")
_AGAIN = """
UPDATE bellwork.webhook_deliveries SET state = 'pending', tries = 0, next_at = now(), settled_at = NULL
WHERE id = ANY(ARRAY(
    SELECT id FROM bellwork.webhook_deliveries
    WHERE endpoint_id = :id AND {which} ORDER BY id LIMIT :most FOR UPDATE))
RETURNING id
"""
_REPLAY = text(_AGAIN.format(which="state = ANY(CAST(:states AS text[]))"))
_REPLAY_SOME = text(_AGAIN.format(which="id = ANY(CAST(:deliveries AS bigint[]))"))
_WAKE = text("SELECT bellwork.enqueue('webhooks.deliver', queue => 'webhooks')")


def disable(conn: Connection, endpoint: int, changed_by: ChangedBy) -> str | None:
    """Tell an endpoint nothing any more; what it would be told waits. Returns its state before, None: there is none."""
    return _changed(conn, endpoint, changed_by, "disabled", (_DISABLE,))


def enable(conn: Connection, endpoint: int, changed_by: ChangedBy) -> str | None:
    """Tell an endpoint again, and at once what waits for it; returns its state before, None: there is none."""
    return _changed(conn, endpoint, changed_by, "active", (_ENABLE, _RENEW, _WAKE))


def rotate(conn: Connection, endpoint: int, secret: str, overlap: float, changed_by: ChangedBy) -> bool:
    """Sign by another secret from now on, and for `overlap` seconds by the last one too; False: no such endpoint."""
    if conn.execute(_LOCK, {"id": endpoint}).one_or_none() is None:
        return False
    asked = {"id": endpoint, "overlap": overlap, "secret": secret}
    for statement in (_END_OLD, _AGE, _NEW):
        conn.execute(statement, asked)
    record_act(conn, changed_by, "webhooks rotate", f"endpoint {endpoint}", {}, {"overlap": overlap})
    return True


def replay(  # noqa: PLR0913, PLR0917 - whose, who, and which of them
    conn: Connection, endpoint: int, changed_by: ChangedBy, states: Sequence[str], deliveries: Sequence[int], most: int
) -> list[int] | None:
    """Deliver again what is in these states, or these deliveries, up to `most`; returns which, None: no such endpoint.

    Those that are disabled wait until they are enabled. A receiver knows what it had by the id of the event.
    """
    if conn.execute(_LOCK, {"id": endpoint}).one_or_none() is None:
        return None
    asked = {"id": endpoint, "states": list(states), "deliveries": list(deliveries), "most": most}
    found = list(conn.scalars(_REPLAY_SOME if deliveries else _REPLAY, asked))
    if found:
        record_act(conn, changed_by, "webhooks replay", f"endpoint {endpoint}", {}, {"deliveries": len(found)})
        conn.execute(_WAKE)
    return sorted(found)


def _changed(
    conn: Connection, endpoint: int, changed_by: ChangedBy, state: str, statements: tuple[TextClause, ...]
) -> str | None:
    row = conn.execute(_LOCK, {"id": endpoint}).one_or_none()
    if row is None or row.state == state:
        return row.state if row else None
    for statement in statements:
        conn.execute(statement, {"id": endpoint, "why": f"by an operator: {changed_by.why}"})
    what = "webhooks disable" if state == "disabled" else "webhooks enable"
    before = {"state": row.state, "why": row.why}
    record_act(conn, changed_by, what, f"endpoint {endpoint}", before, {"state": state})
    return str(row.state)
