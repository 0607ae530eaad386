"""How a test orders what goes wrong in real processes: files in <folder>/failpoints; bellwork.db.failpoints obeys.

`folder` is the folder of the test (its `ground`), the same that Cluster was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.failpoints import named

if TYPE_CHECKING:
    from pathlib import Path


def place(folder: Path) -> Path:
    """Return the folder for orders, to be given to processes as FAILPOINTS; it is made if need be."""
    orders = folder / "failpoints"
    orders.mkdir(exist_ok=True)
    return orders


def order(folder: Path, point: str, action: str, subject: str = "", *, always: bool = False) -> None:
    """Order an action for the first who comes by the point (with this subject); `always`: for all, until clear().

    The order appears at once and whole. What was taken at this point before is forgotten; what was not stays ordered.
    """
    orders = place(folder)
    for old in orders.glob(f"{point}*.taken"):
        old.unlink()
    waiting = len(list(orders.glob(f"{point}*")))
    name = ".".join(part for part in (point, named(subject), str(waiting or ""), "always" * always) if part)
    (orders / f".{name}").write_text(action)
    (orders / f".{name}").rename(orders / name)


def taken(folder: Path, point: str) -> float | None:
    """Return when an order for the point was last taken, in seconds of the system's clock; None: it was not."""
    times = [order.stat().st_ctime for order in place(folder).glob(f"{point}*.taken")]
    return max(times, default=None)


def clear(folder: Path) -> None:
    """Call everything off, and forget what was taken."""
    for order in place(folder).iterdir():
        order.unlink(missing_ok=True)
