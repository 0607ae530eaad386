"""One run of the demo from an empty directory to a page, and everything taken down again."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bellwork.ops.cli import output
from bellwork.ops.demo.folder import LOG, PAGE, make_folder, save_films
from bellwork.ops.demo.page import page
from bellwork.ops.demo.play import Game, Part, play
from bellwork.ops.demo.report import Report, Shown, as_data, print_report
from bellwork.ops.demo.scenes import scenes_of, showing
from bellwork.ops.demo.stage import Stage, open_stage, own_settings
from bellwork.ops.demo.totals import Totals
from bellwork.ops.demo.view import watching

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def run(*, as_json: bool, keep: bool, only: Sequence[str] = ()) -> int:
    """Run the scenes of all systems, or of `only` these; 0 if every fact holds, 1 if not, 130 when interrupted.

    Raises SystemsError for a system that is not there, or brings no scene.
    """
    try:
        with _sigterm_interrupts(), own_settings():
            return _run(as_json=as_json, keep=keep, only=only)
    except KeyboardInterrupt:
        sys.stderr.write("bellwork: the demo was interrupted; its servers are stopped and its data removed\n")
        return 130


def _run(*, as_json: bool, keep: bool, only: Sequence[str]) -> int:
    began, at = time.monotonic(), datetime.now(UTC)
    systems, parts = showing(only), list[Part]()
    if not as_json:
        output.say("starting PostgreSQL, Valkey, a scheduler and two workers in a temporary directory")

    def load() -> None:
        parts.extend(Part(each.word, scene) for each in systems for scene in scenes_of(each))

    with open_stage(meanwhile=load) as stage:
        with watching(quiet=as_json) as show:
            play(Game(parts), stage.place, stage.processes, show)
        folder = make_folder()
        report = _report(parts, stage, began, at)
        films = save_films(folder, report.parts)
        (folder / PAGE).write_text(page(report, films), encoding="utf-8", errors="xmlcharrefreplace")
        if as_json:
            output.print_json(as_data(report, folder / PAGE, films))
            sys.stderr.write(f"{report.summary}\n")
        else:
            print_report(report, folder / PAGE)
        if not report.ok:
            _keep_log(stage, parts, folder / LOG)
        if keep:
            _wait(stage)
    return 0 if report.ok else 1


def _report(parts: Sequence[Part], stage: Stage, began: float, at: datetime) -> Report:
    totals = Totals(stage.seconds, stage.processes.restarts)
    shown = [
        Shown(part.system, f"scene-{number}", part.title, part.seconds, part.checks, part.exhibits, part.lines)
        for number, part in enumerate(parts, start=1)
    ]
    last = Shown("bellwork", "totals", totals.title, 0.0, totals.checks(), totals.exhibits())
    return Report((*shown, last), time.monotonic() - began, at)


def _keep_log(stage: Stage, parts: Sequence[Part], place: Path) -> None:
    """Save what the processes wrote: where something went wrong, that is the first thing to read."""
    try:
        shutil.copyfile(stage.log, place)
        with place.open("a", encoding="utf-8") as log:
            log.writelines(f"{part.system}: {line}\n" for part in parts for line in part.trace.splitlines())
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


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Make SIGTERM mean what Ctrl-C means, so that everything is taken down."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
