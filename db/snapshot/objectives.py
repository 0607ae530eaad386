"""How fast kinds of jobs burn their budgets: the share that missed their objective, by the share that may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from psycopg import Connection as Driver

#: Burn rates at which somebody is called, and at which it can wait for the morning, in a long window and a short one:
#: Google's SRE Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts" (2 % of a month's budget in an hour, 5 % in
#: six). The short window ends the alert soon after the burning has ended.
FAST, SLOW = 14.4, 6.0

_WINDOWS = b"""
SELECT a.name, a.queue, a.slo_seconds, a.slo_share, coalesce(f.total, 0)::bigint, coalesce(f.missed, 0)::bigint,
       m.t5, m.m5, m.t30, m.m30, m.t60, m.m60, m.t360, m.m360
FROM bellwork.actors a
LEFT JOIN (SELECT actor, sum(slo_total) AS total, sum(slo_missed) AS missed FROM bellwork.actor_figures GROUP BY 1) f
    ON f.actor = a.name
CROSS JOIN LATERAL (
    SELECT coalesce(sum(total) FILTER (WHERE ago < 5), 0)::bigint AS t5,
           coalesce(sum(missed) FILTER (WHERE ago < 5), 0)::bigint AS m5,
           coalesce(sum(total) FILTER (WHERE ago < 30), 0)::bigint AS t30,
           coalesce(sum(missed) FILTER (WHERE ago < 30), 0)::bigint AS m30,
           coalesce(sum(total) FILTER (WHERE ago < 60), 0)::bigint AS t60,
           coalesce(sum(missed) FILTER (WHERE ago < 60), 0)::bigint AS m60,
           coalesce(sum(total), 0)::bigint AS t360, coalesce(sum(missed), 0)::bigint AS m360
    FROM (SELECT total, missed, extract(epoch FROM now() - s.at) / 60 AS ago FROM bellwork.slo_minutes s
          WHERE s.actor = a.name AND s.at > now() - interval '6 hours' AND s.at <= now()) minutes) m
WHERE a.slo_seconds IS NOT NULL
ORDER BY a.name
"""


class Window(NamedTuple):
    """Jobs that were done or died in a time, and how many of them missed the objective."""

    total: int
    missed: int


class Burning(NamedTuple):
    """A kind with an objective: what is promised, since the first snapshot, and of the last 5, 30, 60 and 360 minutes.

    Minutes are whole ones, the one that is not over yet included.
    """

    actor: str
    queue: str
    seconds: float
    share: float
    all: Window
    five_minutes: Window
    half_hour: Window
    hour: Window
    six_hours: Window

    def rate(self, window: Window) -> float | None:
        """Return how many times as fast as it may the budget is burnt; None where nothing was finished."""
        return window.missed / window.total / (1 - self.share) if window.total else None

    @property
    def is_fast(self) -> bool:
        """Whether a month's budget would be gone in two days."""
        return self._burns(FAST, self.hour, self.five_minutes)

    @property
    def is_slow(self) -> bool:
        """Whether it would be gone in five days."""
        return self._burns(SLOW, self.six_hours, self.half_hour)

    def _burns(self, above: float, *windows: Window) -> bool:
        return all((self.rate(window) or 0) > above for window in windows)


def burning(driver: Driver[Any]) -> list[Burning]:
    """Return each kind that has an objective, by its name."""
    return [
        Burning(*row[:4], *(Window(*row[place : place + 2]) for place in range(4, 14, 2)))
        for row in driver.execute(_WINDOWS).fetchall()
    ]
