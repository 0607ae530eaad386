"""`python -m tests.benchmarks`: measures and prints; a full run writes figures.json, README.md and chart.svg, too."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks import chart, report
from tests.benchmarks.arena import open_arena
from tests.benchmarks.circumstances import circumstances
from tests.benchmarks.kept import Kept, keep
from tests.benchmarks.measure import say
from tests.benchmarks.measurements import MEASUREMENTS, measured
from tests.benchmarks.section import FULL, QUICK

if TYPE_CHECKING:
    from collections.abc import Sequence

_HERE = Path(__file__).parent


def main(words: Sequence[str] | None = None) -> None:
    """Measure what the command line asks for; a full run puts each table into the report as soon as it is measured."""
    asked = _parser().parse_args(words)
    plan = QUICK if asked.quick else FULL
    began, load = time.monotonic(), os.getloadavg()[0]
    done: list[Kept] = []
    with open_arena(asked.only) as arena:
        for section in measured(arena, plan):
            done.append(Kept(section, circumstances(arena, plan, load)))
            load = os.getloadavg()[0]
            if not asked.json:
                print(f"\n{report.table(section)}", flush=True)  # noqa: T201 - a benchmark is run to be read
            if asked.write or not plan.quick:
                _publish(done[-1])
    if asked.json:
        print(report.as_json(done))  # noqa: T201 - it was asked for
    say(f"done in {time.monotonic() - began:.0f} s")


def _publish(new: Kept) -> None:
    kept = keep(_HERE / "figures.json", new, MEASUREMENTS)
    (_HERE / "README.md").write_text(report.document(kept))
    (_HERE / "chart.svg").write_text(chart.draw([each.section for each in kept]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run bench",
        description="Measure Bellwork beside its peers, on servers of its own; nothing asserts a speed.",
    )
    parser.add_argument(
        "--quick", action="store_true", help="3 short rounds, under 5 minutes; the report stays as it is"
    )
    parser.add_argument("--write", action="store_true", help="put figures of a quick run into the report, too")
    parser.add_argument("--json", action="store_true", help="print the data instead of the tables")
    parser.add_argument("--only", type=_keys, default=frozenset(MEASUREMENTS), help=f"some of {','.join(MEASUREMENTS)}")
    return parser


def _keys(words: str) -> frozenset[str]:
    keys = frozenset(words.split(","))
    if unknown := keys - MEASUREMENTS.keys():
        msg = f"no measurement is called {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}"
        raise argparse.ArgumentTypeError(msg)
    return keys


if __name__ == "__main__":
    main(sys.argv[1:])
