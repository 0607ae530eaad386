"""`python -m tests.faults.other_calendar`: the real scheduler with the table of a test, entries.json in its folder."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path

from db import engine
from scheduler import __main__ as scheduler
from scheduler import keeper
from scheduler.declare import check, synchronise
from scheduler.entries import Entry


def entries(folder: Path) -> list[Entry]:
    """Read the table."""
    return [Entry(**declared) for declared in json.loads((folder / "entries.json").read_text())]


def main() -> int:
    """Run the scheduler with it; IDLE, in ms, is how long its transactions may stand still where 10 s are too long."""
    if "IDLE" in os.environ:
        engine.ASKED["options"] += f" -c idle_in_transaction_session_timeout={os.environ['IDLE']}"
    table = entries(Path(os.environ["FAULTS"]))
    keeper.synchronise = partial(synchronise, table)  # type: ignore[attr-defined]
    scheduler.check = partial(check, table)  # type: ignore[attr-defined]
    return scheduler.main()


if __name__ == "__main__":
    sys.exit(main())
