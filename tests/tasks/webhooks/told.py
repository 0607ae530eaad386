"""Adds endpoints, emits events, and reads what became of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.webhooks import emit
from bellwork.db.webhooks.endpoints import add_endpoint, new_secret
from bellwork.db.webhooks.look import list_deliveries
from bellwork.tasks.webhooks import deliver  # noqa: F401 - the actor

DONE = "enrollment.completed"


def added(url: str, *events: str, mail: str | None = None) -> tuple[int, str]:
    """Add an endpoint; returns its id and its secret."""
    secret = new_secret()
    with transaction() as conn:
        return add_endpoint(conn, url, secret, events, mail=mail), secret


def told(event_type: str = DONE, key: str | None = None, **ids: Any) -> int:
    """Emit an event and commit."""
    with transaction() as conn:
        return emit(conn, event_type, ids or {"enrollment_id": 7}, key)


def deliveries(endpoint: int | None = None) -> list[dict[str, Any]]:
    """Return what became of each, the oldest first."""
    with transaction() as conn:
        return list_deliveries(conn, 10_000, endpoint)[::-1]


def endpoint_row(endpoint: int) -> dict[str, Any]:
    """Return an endpoint as its row has it."""
    return one("SELECT * FROM bellwork.webhook_endpoints WHERE id = :id", id=endpoint)


def one(statement: str, **given: Any) -> dict[str, Any]:
    """Return the one row of a statement."""
    with transaction() as conn:
        return dict(conn.execute(text(statement), given).mappings().one())


def do(statement: str, **given: Any) -> None:
    """Execute a statement and commit."""
    with transaction() as conn:
        conn.execute(text(statement), given)
