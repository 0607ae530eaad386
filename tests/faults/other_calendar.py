"""`python -m tests.faults.other_calendar`: the real scheduler with the tables of a test, entries.json in its folder."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path

from bellwork.db import engine
from bellwork.db.vocabulary import CalendarEntry
from bellwork.scheduler import __main__ as scheduler
from bellwork.scheduler import keeper, upkeep
from bellwork.scheduler.check import check


def tables(folder: Path) -> dict[str, list[CalendarEntry]]:
    """Read the tables, by their sources."""
    declared = json.loads((folder / "entries.json").read_text())
    return {source: [CalendarEntry(**entry) for entry in entries] for source, entries in declared.items()}


def main() -> int:
    """Run the scheduler with them.

    IDLE, in ms, is how long its transactions may stand still where 10 s are too long; ANNOUNCE, in seconds, how often
    it announces its tables.
    """
    if "IDLE" in os.environ:
        engine.ASKED["options"] += f" -c idle_in_transaction_session_timeout={os.environ['IDLE']}"
    keeper.ANNOUNCE = float(os.environ.get("ANNOUNCE", keeper.ANNOUNCE))
    loaded = tables(Path(os.environ["FAULTS"]))
    upkeep.Keeper = partial(keeper.Keeper, loaded)  # type: ignore[assignment,attr-defined]
    scheduler.check = partial(check, loaded)  # type: ignore[attr-defined]
    return scheduler.main()


if __name__ == "__main__":
    sys.exit(main())
