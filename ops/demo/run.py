"""One run of the demo from an empty directory to films, and everything taken down again."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.ops.cli import output
from bellwork.ops.demo.cases import CASES
from bellwork.ops.demo.checks import check
from bellwork.ops.demo.films import save_films
from bellwork.ops.demo.month import let_it_leave
from bellwork.ops.demo.play import play
from bellwork.ops.demo.report import Report, as_data, print_report
from bellwork.ops.demo.seen import look_closely
from bellwork.ops.demo.stage import Stage, open_stage
from bellwork.ops.demo.view import watching

if TYPE_CHECKING:
    from collections.abc import Iterator


def run(*, as_json: bool, keep: bool) -> int:
    """Run the demo; 0 if every request ended as it should, 1 if not, 130 when it was interrupted."""
    try:
        with _sigterm_interrupts():
            return _run(as_json=as_json, keep=keep)
    except KeyboardInterrupt:
        sys.stderr.write("bellwork: the demo was interrupted; its servers are stopped and its data removed\n")
        return 130


def _run(*, as_json: bool, keep: bool) -> int:
    began = time.monotonic()
    _tell("starting PostgreSQL, Valkey, a scheduler and two workers in a temporary directory", as_json)
    with open_stage() as stage:
        report = _play(stage, began, quiet=as_json)
        if as_json:
            output.print_json(as_data(report))
            sys.stderr.write(f"{report.summary}\n")
        else:
            print_report(report)
        if not report.ok:
            _keep_log(stage)
        if keep:
            _wait(stage)
    return 0 if report.ok else 1


def _play(stage: Stage, began: float, *, quiet: bool) -> Report:
    with watching(quiet=quiet) as show:
        game = play(stage.processes, show)
    game.seen = {key: look_closely(seen) for key, seen in game.seen.items()}
    checks = {case.key: check(case, game) for case in CASES}
    month = let_it_leave(stage.processes)
    return Report(game, checks, save_films(game), month, time.monotonic() - began)


def _keep_log(stage: Stage) -> None:
    """Save what the processes wrote: where something went wrong, that is the first thing to read."""
    place = Path("bellwork-demo.log").resolve()
    try:
        shutil.copyfile(stage.log, place)
    except OSError:
        return
    sys.stderr.write(f"bellwork: what the processes wrote is in {place}\n")


def _wait(stage: Stage) -> None:
    sys.stderr.write(
        "The stack goes on running; Ctrl-C stops it and removes its data.\n"
        f"export DATABASE_URL='{stage.servers.database_url}'\n"
        f"export REDIS_URL='{stage.servers.redis_url}'\n"
    )
    try:
        while True:
            stage.processes.tend(0.2)
    except KeyboardInterrupt:
        sys.stderr.write("bellwork: stopping\n")


def _tell(words: str, as_json: bool) -> None:  # noqa: FBT001 - the one question there is
    if not as_json:
        output.say(words)


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Make SIGTERM mean what Ctrl-C means, so that everything is taken down."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
