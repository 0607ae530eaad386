"""Old partitions that the rotation is to archive under fire; in the end all of them are gone, and no row with them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.partitions import PartitionState, declared, partitions
from tests.soak.sql import ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.db.partitions import Partition

#: Partitions whose time has come, with rows enough for several portions of an export.
YEAR, MONTHS, ROWS = 2009, 6, 2_000
TABLE = "content.audit_logs"


def lay_out() -> None:
    """Leave old months of audit logs for the rotation to archive, if this installation can write archives."""
    if not can_archive():
        return
    with transaction() as conn:
        for number, name in enumerate(_months(), 1):
            after = f"{YEAR}-{number + 1:02}-01 00:00+00"
            ticks.lay_out_month(conn, name, f"{YEAR}-{number:02}-01 00:00+00", after, ROWS)


def can_archive() -> bool:
    """Tell whether the extra that writes Parquet is installed."""
    return find_spec("pyarrow") is not None


def rotation_violations() -> list[str]:
    """Rotate once more in peace; name the months that did not leave, and those whose rows are not in their archive."""
    from bellwork.tasks.upkeep.archive.audit import audit  # noqa: PLC0415 - Arrow is an extra
    from bellwork.tasks.upkeep.rotation import rotate  # noqa: PLC0415

    if not can_archive():
        return []
    table = declared(TABLE)
    troubles = rotate([table]).troubles
    with transaction() as conn:
        months = {month.name: month for month in partitions(conn, table)}
        left = {name: ticks.count_rows(conn, name) for name in _months()}
    dropped = [month for name in _months() if (month := months.get(name)) and month.state == PartitionState.DROPPED]
    wrong = audit([(table, month) for month in dropped], drill=True)
    return [
        *(f"the rotation was stopped at {name} after all was healed: {why}" for name, why in troubles.items()),
        *(f"the archive of {name} is not what it should be: {why}" for name, why in wrong.items() if why),
        *_astray(months, left),
    ]


def _astray(months: dict[str, Partition], left: dict[str, int]) -> Iterator[str]:
    for name, rows in left.items():
        month = months.get(name)
        if month is None or month.state != PartitionState.DROPPED:
            state = month.state if month else "not in the registry"
            yield f"{name} is {state} though its time has come, with {rows} rows"
        elif (month.rows, rows) != (ROWS, 0):
            yield f"{name} had {ROWS} rows; {month.rows} were archived and {rows} are left"


def _months() -> list[str]:
    return [f"audit_logs_{YEAR}_{number:02}" for number in range(1, MONTHS + 1)]
