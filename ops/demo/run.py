"""One run of the demo from an empty directory to a page, and everything taken down again."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.ops import embedded
from bellwork.ops.cli import output
from bellwork.ops.demo.scenes import showing
from bellwork.ops.demo.surroundings import own_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def run(*, as_json: bool, keep: bool, only: Sequence[str] = ()) -> int:
    """Run the scenes of all systems, or of `only` these; 0 if every fact holds, 1 if not, 130 when interrupted.

    Raises SystemsError for a system that is not there, or brings no scene.
    """
    began = time.monotonic()
    try:
        with _sigterm_interrupts(), own_settings():
            systems = showing(only)
            if not as_json:
                output.say("starting PostgreSQL, Valkey, a scheduler and two workers in a temporary directory")
            with _servers() as (state_dir, starting):
                # The work, Alembic and all else are loaded while the servers start, which takes as long.
                from bellwork.ops.demo.show import show  # noqa: PLC0415

                return show(systems, state_dir, starting, began=began, as_json=as_json, keep=keep)
    except KeyboardInterrupt:
        sys.stderr.write("bellwork: the demo was interrupted; its servers are stopped and its data removed\n")
        return 130


@contextmanager
def _servers() -> Iterator[tuple[Path, Future[embedded.Stack]]]:
    """Begin to start servers on a new directory; both are gone at the end of the block, whatever happens in it."""
    state_dir = Path(tempfile.mkdtemp(prefix="bellwork-demo-"))
    try:
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(embedded.start, state_dir, durable=False)
            try:
                yield state_dir, starting
            finally:
                if starting.exception() is None:
                    starting.result().stop()
    finally:
        shutil.rmtree(state_dir, ignore_errors=True)


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Make SIGTERM mean what Ctrl-C means, so that everything is taken down."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
