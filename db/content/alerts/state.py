"""How each rule stands: since when its figure is too high, and since when its alert is open."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.alerts import raise_alert
from bellwork.db.content.alerts.rules import SILENT_AFTER
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.content.alerts.rules import Rule

#: Minutes after which an alert that is still open is told again.
REPEAT = 60
# The rows are the lock: of two that check at once the second finds what the first has noted. What was too high before
# a time in which nobody looked says nothing of that time: its minutes begin anew.
_NOTE = f"""
WITH found AS (
    SELECT * FROM jsonb_to_recordset(CAST(:found AS jsonb)) AS f(kind text, said text, minutes int)
), noted AS (
    INSERT INTO {{content}}.alert_states AS old (kind, said, since, opened_at, checked_at)
    SELECT kind, said, CASE WHEN said IS NOT NULL THEN now() END,
           CASE WHEN said IS NOT NULL AND minutes = 0 THEN now() END, now() FROM found ORDER BY kind
    ON CONFLICT (kind) DO UPDATE SET said = excluded.said, checked_at = now(),
        since = CASE WHEN excluded.said IS NULL THEN NULL
            WHEN old.opened_at IS NULL AND old.checked_at < now() - interval '{SILENT_AFTER} minutes' THEN now()
            ELSE coalesce(old.since, now()) END,
        opened_at = CASE WHEN excluded.said IS NULL THEN NULL ELSE coalesce(old.opened_at, excluded.opened_at,
            CASE WHEN old.checked_at >= now() - interval '{SILENT_AFTER} minutes' AND old.since <= now()
                - (SELECT make_interval(mins => f.minutes) FROM found f WHERE f.kind = old.kind) THEN now() END) END
    RETURNING kind, said, opened_at
)
SELECT n.kind, n.said, n.opened_at, before.opened_at AS before
FROM noted n LEFT JOIN {{content}}.alert_states before ON before.kind = n.kind ORDER BY n.kind
"""  # noqa: S608 - numbers of ours
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('content.alerts'))"
_OPEN = "SELECT kind, said, opened_at FROM {content}.alert_states WHERE opened_at IS NOT NULL ORDER BY opened_at, kind"
_CHECKED = "SELECT max(checked_at) FROM {content}.alert_states"
_SILENT = f"SELECT max(checked_at) < now() - interval '{SILENT_AFTER} minutes' FROM {{content}}.alert_states"  # noqa: S608 - ours


class News(NamedTuple):
    """What is to be told: an alert that is open, by its window, or over."""

    kind: str
    key: str
    said: str | None


class OpenAlert(NamedTuple):
    """An alert that is open."""

    kind: str
    said: str
    opened_at: datetime


def note_findings(conn: Connection, rules: Sequence[Rule], said: Mapping[str, str | None]) -> list[News]:
    """Note what was found by each rule, and return what is to be told: opened, open for another window, closed.

    A rule of which nothing is said is not broken, or not looked at any more.
    """
    conn.execute(sql(_LOCK))
    found = [{"kind": rule.kind, "said": said.get(rule.kind), "minutes": rule.minutes} for rule in rules]
    news = []
    for row in conn.execute(sql(_NOTE), {"found": json.dumps(found)}).all():
        if row.opened_at:
            window = raise_alert(conn, "content", row.kind, row.said, minutes=REPEAT, origin=row.opened_at)
            news += [News(row.kind, f"{_key(row.kind, row.opened_at)}:{window}", row.said)] if window else []
        elif row.before:
            news.append(News(row.kind, f"{_key(row.kind, row.before)}:over", None))
    return news


def _key(kind: str, opened_at: datetime) -> str:
    return f"{kind}:{opened_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"


def open_alerts(conn: Connection) -> list[OpenAlert]:
    """List the alerts that are open, the oldest first."""
    return [OpenAlert(*row) for row in conn.execute(sql(_OPEN))]


def checked_at(conn: Connection) -> tuple[datetime | None, bool]:
    """Return when the rules were looked at last (None: never), and whether that is too long ago."""
    at: datetime | None = conn.execute(sql(_CHECKED)).scalar()
    return at, bool(conn.execute(sql(_SILENT)).scalar())
