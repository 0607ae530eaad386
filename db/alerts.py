"""Alerts of systems, each told once in a window of time; a system keeps its own in its table `alerts`.

Its columns: kind, window (when it began), said, at; its primary key (kind, window).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ORIGIN = datetime(2000, 1, 1, tzinfo=UTC)
# Who waited for another's commit may have begun before what that noted: his moment is no earlier window.
_ALERT = """
INSERT INTO {SYSTEM}.alerts (kind, "window", said)
VALUES (:kind, date_bin(make_interval(mins => :minutes), greatest(now(), :origin), :origin), :said)
ON CONFLICT DO NOTHING RETURNING to_char("window" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI')
"""


def raise_alert(  # noqa: PLR0913 - what an alert is, by name
    conn: Connection, system: str, kind: str, said: str, *, minutes: int, origin: datetime = _ORIGIN
) -> str | None:
    """Enter an alert; returns the beginning of its window, None where one of its kind was raised in it before.

    A window lasts so many minutes, and one of them begins at `origin`.
    """
    asked = {"kind": kind, "said": said, "minutes": minutes, "origin": origin}
    window: str | None = conn.execute(sql(_ALERT.replace("SYSTEM", system)), asked).scalar()
    return window
