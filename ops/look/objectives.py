"""How fast each kind of jobs that has an objective burns its budget: for the command, the page and programs alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bellwork.ops import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.snapshot.objectives import Burning, Window


def in_trouble_order(found: Sequence[Burning]) -> list[Burning]:
    """Return those that burn fast first, then those that burn slowly, each by the last hour's rate."""
    return sorted(
        found, key=lambda each: (not each.is_fast, not each.is_slow, -(each.rate(each.hour) or 0), each.actor)
    )


def burns(each: Burning) -> str:
    """Return 'fast', 'slowly', or nothing where its budget lasts."""
    return "fast" if each.is_fast else "slowly" if each.is_slow else ""


def promised(each: Burning) -> str:
    """Say what it promises: '95 % in 5 min'."""
    return f"{100 * each.share:.6g} % in {words.duration(each.seconds)}"


def times(each: Burning, window: Window) -> str:
    """Say how many times as fast as it may it burnt its budget in a time; '-' where nothing was finished."""
    rate = each.rate(window)
    return "-" if rate is None else f"{rate:.1f}"


def document(found: Sequence[Burning]) -> dict[str, Any]:
    """Return them as `bellwork slo --json` prints them."""
    return {"schema_version": 1, "generated_at": datetime.now(UTC), "objectives": [_as_dict(each) for each in found]}


def _as_dict(each: Burning) -> dict[str, Any]:
    windows = {"5m": each.five_minutes, "30m": each.half_hour, "1h": each.hour, "6h": each.six_hours}
    return {
        **{name: getattr(each, name) for name in ("actor", "queue", "seconds", "share")},
        "burns": burns(each) or None,
        "windows": {name: {**window._asdict(), "burn": each.rate(window)} for name, window in windows.items()},
    }
