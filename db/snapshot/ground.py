"""What jobs stand on, looked at now and then: processes, the calendar, partitions and archives, PostgreSQL, clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger.occurrences import RECENT, occurrences
from bellwork.db.snapshot.fleet import clocks_ahead
from bellwork.db.snapshot.punctual import look_at_calendar
from bellwork.db.snapshot.server import look_at_server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


def look_at_ground(conn: Connection, tables: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return all of it; `tables` as `bellwork.db.partitions.standing` has them, `before` from the look before.

    Of occurrences it is how often each befell by kind and reason, in all and in the last `recent_minutes`.
    """
    driver = psycopg_of(conn)
    counts = occurrences(driver)
    return {
        "occurrences": {kind: {why: each.ever for why, each in found.items()} for kind, found in counts.items()},
        "recently": {kind: {why: each.recently for why, each in found.items()} for kind, found in counts.items()},
        "recent_minutes": RECENT,
        "tables": dict(tables),
        "calendar": look_at_calendar(driver, before.get("calendar", {})),
        "server": look_at_server(driver),
        "clocks": clocks_ahead(driver),
    }
