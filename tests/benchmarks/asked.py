"""One operators' command in a process of its own, its imports and what it does after them told apart.

`python -m tests.benchmarks.asked WORD …` runs `bellwork WORD …` and says {"code", "imports", "wall", "cpu", "modules"}
in a line of JSON: CPU of the imports, and what the command took after them, in ms. It reads names of modules from
standard input, those that an earlier run had at its end, and loads them before its clock begins.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Run it."""
    answer = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    began = time.process_time()
    cli = import_module("bellwork.ops.cli")
    _load(sys.stdin.read().split())
    loaded = time.process_time()
    wall, code = time.monotonic(), _end_of(cli.main)
    took = {"wall": time.monotonic() - wall, "cpu": time.process_time() - loaded, "imports": loaded - began}
    line = {"code": code, "modules": list(sys.modules), **{name: each * 1000 for name, each in took.items()}}
    os.write(answer, f"{json.dumps(line)}\n".encode())


def _load(names: list[str]) -> None:
    for name in names:
        if name not in sys.modules:
            with suppress(ImportError):
                import_module(name)


def _end_of(command: Callable[[], None]) -> int:
    try:
        command()
    except SystemExit as end:
        return int(end.code or 0)
    finally:
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.argv[0] = "bellwork"
    main()
