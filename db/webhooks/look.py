"""Looks at deliveries, for operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: What becomes of a delivery.
STATES = ("pending", "delivered", "failed")
_LIST = text("""
SELECT id, endpoint_id AS endpoint, event_id AS event, event_type, ids, occurred_at, state, tries,
    CASE WHEN state = 'pending' THEN next_at END AS next_at, status, said, tried_at, settled_at
FROM bellwork.webhook_deliveries
WHERE (CAST(:endpoint AS bigint) IS NULL OR endpoint_id = :endpoint)
  AND (CAST(:state AS text) IS NULL OR state = :state)
ORDER BY id DESC LIMIT :limit
""")


def list_deliveries(
    conn: Connection, limit: int, endpoint: int | None = None, state: str | None = None
) -> list[dict[str, Any]]:
    """List deliveries (of an endpoint, in a state), the newest first."""
    asked = {"limit": limit, "endpoint": endpoint, "state": state}
    return [dict(row) for row in conn.execute(_LIST, asked).mappings()]
