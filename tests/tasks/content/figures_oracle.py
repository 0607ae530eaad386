"""Figures of requests reckoned one by one in Python, from the rows as they are."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bellwork.db.engine import transaction
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_REQUESTS = """
SELECT r.*, u.org_id, (SELECT count(*) FROM {content}.feedback f WHERE f.regeneration_request_id = r.id) AS led_to
FROM {content}.content_requests r JOIN {content}.users u ON u.id = r.student_id WHERE r.student_id <> 'user_synthetic'
"""
STAGES = {
    "nlu_processing": "failed_understanding",
    "needs_clarification": "failed_clarification",
    "cache_check": "failed_cache",
    "generating_script": "failed_script",
    "generating_audio": "failed_audio",
}


def requests() -> list[dict[str, Any]]:
    """Read every request."""
    with transaction() as conn:
        return [dict(row) for row in conn.execute(sql(_REQUESTS)).mappings()]


def hour_of(row: dict[str, Any]) -> datetime:
    """Return the hour in which it was asked."""
    at: datetime = row["created_at"].astimezone(UTC)
    return at.replace(minute=0, second=0, microsecond=0)


def buckets(
    rows: Iterable[dict[str, Any]], period: Callable[[dict[str, Any]], Any]
) -> dict[tuple[Any, str], dict[str, Any]]:
    """Count requests by a period and their school, and by the period alone, with the school ''."""
    found: dict[tuple[Any, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        found[period(row), row["org_id"]].append(row)
        found[period(row), ""].append(row)
    return {key: figures(of) for key, of in found.items()}


def figures(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Count some requests."""
    served = [row for row in rows if row["status"] in {"fast_path_ready", "completed"}]
    misses = [row for row in served if not row["cache_hit"]]
    failed = [row for row in rows if row["status"] == "failed"]
    timed = [row for row in rows if not row["cache_hit"] and "clarification" not in _told(row)]
    stages = [_told(row).get("failure", {}).get("stage") for row in failed]
    fast = [seconds for row in timed if (seconds := _fast(row)) is not None]
    full = [_seconds(row["created_at"], row["completed_at"]) for row in timed if row["status"] == "completed"]
    films = [row for row in misses if row["status"] == "completed"]
    return {
        "requests": len(rows),
        "served": len(served),
        "hits": len(served) - len(misses),
        "failed": len(failed),
        **{name: stages.count(stage) for stage, name in STAGES.items()},
        "films_given_up": sum(
            row["status"] == "fast_path_ready" and row["error_message"] is not None for row in misses
        ),
        "regenerations": sum(row["led_to"] > 0 for row in rows),
        "cost": len(misses) * Decimal("0.01") + len(films) * Decimal("0.10"),
        "fast_p50": percentile(fast, 0.5),
        "fast_p95": percentile(fast, 0.95),
        "full_p50": percentile(full, 0.5),
        "full_p95": percentile(full, 0.95),
    }


def percentile(values: list[float], share: float) -> float | None:
    """Return a percentile, between two values in proportion (SQL:2016, percentile_cont)."""
    if not values:
        return None
    ordered, place = sorted(values), share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _fast(row: dict[str, Any]) -> float | None:
    history = _told(row).get("history")
    for step in history if isinstance(history, list) else []:
        if step["status"] in {"fast_path_ready", "completed"}:
            try:
                at = datetime.strptime(step["at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
            except ValueError:
                return None
            return _seconds(row["created_at"], at)
    return None


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return row["metadata"] if isinstance(row["metadata"], dict) else {}


def _seconds(since: datetime, until: datetime) -> float:
    return max((until - since) / timedelta(seconds=1), 0.0)
