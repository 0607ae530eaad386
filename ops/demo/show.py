"""Plays the scenes on a stage, and says in the end what came of them: on the terminal or as JSON, and as a page."""

from __future__ import annotations

import shutil
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bellwork.ops.cli import output
from bellwork.ops.demo.folder import LOG, PAGE, make_folder, save_files
from bellwork.ops.demo.page import page
from bellwork.ops.demo.play import Game, Part, play
from bellwork.ops.demo.report import Report, Shown, as_data, print_report
from bellwork.ops.demo.scenes import scenes_of
from bellwork.ops.demo.stage import open_stage
from bellwork.ops.demo.totals import Totals
from bellwork.ops.demo.view import watching

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from bellwork.db.vocabulary import System
    from bellwork.ops.demo.stage import Stage
    from bellwork.ops.embedded import Stack


def show(  # noqa: PLR0913 - what a run of the demo consists of
    systems: Sequence[System], state_dir: Path, starting: Future[Stack], *, began: float, as_json: bool, keep: bool
) -> int:
    """Play the scenes of these systems on servers that are starting; 0 if every fact holds, 1 if not."""
    parts = [Part(each.word, scene) for each in systems for scene in scenes_of(each)]
    with open_stage(state_dir, starting, began) as stage:
        with watching(quiet=as_json) as tell:
            play(Game(parts), stage.place, stage.processes, tell)
        report = _report(parts, stage, began)
        folder = make_folder()
        files = save_files(folder, report.parts)
        (folder / PAGE).write_text(page(report, files), encoding="utf-8", errors="xmlcharrefreplace")
        if as_json:
            output.print_json(as_data(report, folder / PAGE, files))
            sys.stderr.write(f"{report.summary}\n")
        else:
            print_report(report, folder / PAGE)
        if not report.ok:
            _keep_log(stage, parts, folder / LOG)
        if keep:
            _wait(stage)
    return 0 if report.ok else 1


def _report(parts: Sequence[Part], stage: Stage, began: float) -> Report:
    played = {**stage.seconds, "scenes played": max((part.seconds for part in parts), default=0.0)}
    totals = Totals(played, stage.processes.restarts)
    shown = [
        Shown(part.system, f"scene-{number}", part.title, part.seconds, part.checks, part.exhibits, part.lines)
        for number, part in enumerate(parts, start=1)
    ]
    last = Shown("bellwork", "totals", totals.title, 0.0, totals.checks(), totals.exhibits())
    seconds = time.monotonic() - began
    return Report((*shown, last), seconds, datetime.now(UTC) - timedelta(seconds=seconds))


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
