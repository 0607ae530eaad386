"""Takes away deliveries that have served, and those for which nobody enabled their endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Days for which it is known what became of a delivery, and it can be replayed; and for which one waits.
SETTLED, WAITING = 30, 90
_DELETE = text("""
DELETE FROM bellwork.webhook_deliveries WHERE id = ANY(ARRAY(
    SELECT id FROM bellwork.webhook_deliveries
    WHERE settled_at < now() - make_interval(days => :settled) LIMIT :most FOR UPDATE SKIP LOCKED))
RETURNING id
""")
_DELETE_WAITING = text("""
DELETE FROM bellwork.webhook_deliveries WHERE id = ANY(ARRAY(
    SELECT d.id FROM bellwork.webhook_deliveries d JOIN bellwork.webhook_endpoints e ON e.id = d.endpoint_id
    WHERE d.state = 'pending' AND e.state = 'disabled' AND d.occurred_at < now() - make_interval(days => :waiting)
    LIMIT :most FOR UPDATE OF d SKIP LOCKED))
RETURNING id
""")
_DELETE_SECRETS = text("DELETE FROM bellwork.webhook_secrets WHERE until < now()")


def delete_old_deliveries(conn: Connection, most: int) -> int:
    """Delete deliveries that were settled long ago; returns how many, `most` at a time."""
    return len(conn.execute(_DELETE, {"settled": SETTLED, "most": most}).all())


def delete_waiting_deliveries(conn: Connection, most: int) -> int:
    """Delete what has waited too long for a disabled endpoint; returns how many, `most` at a time."""
    return len(conn.execute(_DELETE_WAITING, {"waiting": WAITING, "most": most}).all())


def delete_old_secrets(conn: Connection) -> None:
    """Delete secrets that do not sign any more."""
    conn.execute(_DELETE_SECRETS)
