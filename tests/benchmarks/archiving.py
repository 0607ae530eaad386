"""Bellwork archives one detached partition, as its rotation does: exported and stored, then read back twice.

`python -m tests.benchmarks.archiving NAME` does it in a process of its own, leaves the partition as it was, and says
{"rows", "bytes", "seconds", "verified", "peak"} in a line of JSON: seconds, and bytes of memory.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module

from bellwork.db.content.rules import PARTITIONED
from bellwork.db.engine import transaction
from bellwork.db.partitions import Partition, PartitionState, move, read
from bellwork.tasks.upkeep.archive.deposit import deposit
from bellwork.tasks.upkeep.archive.examine import examine
from tests.benchmarks.footprint import peak

# A worker that has archived before has loaded Arrow, and so has pandas when its clock begins.
import_module("bellwork.tasks.upkeep.archive.files")
TABLE = PARTITIONED[0]


def archive(name: str) -> dict[str, float]:
    """Archive it, and forget the archive again, so that it can be done once more."""
    began = time.monotonic()
    evidence = deposit(TABLE, _found(name))
    stored = time.monotonic()
    with transaction() as conn:
        move(conn, _found(name), PartitionState.EXPORTED, **evidence)
    again = time.monotonic()
    examine(_found(name))
    ended = time.monotonic()
    with transaction() as conn:
        partition = _found(name)
        move(conn, partition, PartitionState.DETACHED, take=partition.take + 1)
    seconds = {"seconds": stored - began, "verified": ended - again}
    return {"rows": evidence["rows"], "bytes": evidence["bytes"], **seconds, "peak": peak()}


def _found(name: str) -> Partition:
    with transaction() as conn:
        found = read(conn, TABLE, name)
    assert found, f"the ledger know no partition {name!r}"
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(archive(sys.argv[1])) + "\n")
