"""Points for what was done, counted anew from the rows each time, so that none is given twice."""

from __future__ import annotations

ITEM, SESSION = 10, 20
#: Points from one level to the next.
LEVEL = 500


def points(items: int, sessions: int) -> int:
    """Return the xp of so many completed items and sessions."""
    return ITEM * items + SESSION * sessions


def level(xp: int) -> int:
    """Return the level that xp reach; it begins at 1."""
    return 1 + xp // LEVEL
