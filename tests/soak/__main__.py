"""`python -m tests.soak --seconds N --seed N`: every kind of job under every kind of fault (./run soak)."""

from __future__ import annotations

import argparse
import sys

from tests.soak.run import run


def main() -> int:
    """Run a soak; 0 if every promise was kept, 1 if not, 130 when it was interrupted."""
    parser = argparse.ArgumentParser(
        prog="run soak", description="Break everything on purpose, then count every effect."
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="how long everything is under fire")
    parser.add_argument("--seed", type=int, default=1, help="the same seed strikes the same faults at the same moments")
    parser.add_argument(
        "--workers", type=int, default=2, help="masters of worker processes; beside more than one, two are contained"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    asked = parser.parse_args()
    return run(seconds=asked.seconds, seed=asked.seed, masters=asked.workers, as_json=asked.json)


if __name__ == "__main__":
    sys.exit(main())
