"""`bellwork failures replay`: dead jobs that failed alike go back, one, ten, then all; it waits between, and stops."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.db.engine import transaction
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.age import a_while
from bellwork.ops.cli.consent import Yes, consent
from bellwork.ops.cli.progress import Progress
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, changed_by
from bellwork.ops.replay import MOST_FAILED, STAGES, Replay, count_dead, failure_of

if TYPE_CHECKING:
    from bellwork.db.ledger import ChangedBy

Fingerprint = Annotated[str, typer.Argument(metavar="FINGERPRINT", help="As `bellwork failures list` shows it.")]
Patience = Annotated[
    int | None,
    typer.Option(
        "--patience", parser=a_while, metavar="TIME", help="Stop where none of them ends for so long; 10m unless told."
    ),
]
#: Seconds between two looks at jobs that were put back; longer where a look takes long.
PAUSE, SPARING = 0.3, 10
#: Seconds without an end of any of them after which it stops, unless told.
PATIENCE = 600


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(  # noqa: PLR0913, PLR0917 - an option of a command line is a parameter
    fingerprint: Fingerprint,
    reason: Why = "replayed by an operator",
    yes: Yes = False,
    patience: Patience = None,
    by: Who = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Put the dead jobs of a failure back: one, then ten, then the rest, each stage if the one before went well.

    It stops where more than 5 % of them failed again; the first attempt decides. Cut off, what was put back stays so,
    and run again it begins with one. Exit code 1 where it stopped.
    """
    with ledger() as conn:
        failure = failure_of(conn, fingerprint)
        if failure is None:
            output.fail(f"there is no failure {fingerprint!r} among the newest; `bellwork failures list` shows them")
        dead, is_more = count_dead(conn, failure)
    if not dead:
        output.fail(f"no job of {fingerprint} is dead; those that wait for another try get it without you")
    count = f"{words.plural(len(dead), 'job')}{' or more' if is_more else ''}"
    beside = output.warn if as_json else output.say
    beside(f"{failure.exception or 'no error is told'} in {failure.actor}: {count} dead, for instance job {dead[0]}.")
    consent(f"replay {count}, one, ten, then all", len(dead), yes=yes, is_more=is_more, always=True)
    run = Replay(failure)
    stopped = _Stages(run, changed_by(by, reason), patience or PATIENCE, len(dead)).play()
    with ledger() as conn:
        left, is_more = run.left(conn)
    remain = f"{words.plural(left, 'dead job')}{' or more' if is_more else ''} of it"
    if as_json:
        output.print_json({**run.as_data(), "stopped": stopped, "left": left, "is_more": is_more})
    else:
        output.say(f"{run.told()} {remain} {'remains' if left == 1 else 'remain'}.")
        if stopped:
            output.say(f"Stopped at stage {run.stage} of {len(STAGES)}: {stopped}", output.STYLES["fail"])
    if stopped:
        raise typer.Exit(1)


class _Stages:
    """Plays the stages of a replay one after the other."""

    def __init__(self, run: Replay, by: ChangedBy, patience: float, total: int) -> None:
        self._run, self._by, self._patience = run, by, patience
        self._progress = Progress("job", "ended", total)

    def play(self) -> str | None:
        """Play them; returns why it stopped before the end, if it did."""
        try:
            while not self._run.ended and self._run.stage < len(STAGES):
                self._put_back(self._run.begin_stage())
                if stopped := self._wait():
                    return stopped
        except KeyboardInterrupt:
            self._progress.clear()
            output.warn(f"interrupted; what was put back stays so. {self._run.told()} Run it again for the rest")
            raise
        finally:
            self._progress.clear()
        return None

    def _put_back(self, most: int | None) -> None:
        while not (self._run.ended or self._run.goes_wrong or self._run.replayed_now == most):
            with transaction() as conn:
                self._run.put_back(conn, most and most - self._run.replayed_now, self._by)
            with transaction() as conn:
                self._run.look(conn)
            self._tell()

    def _wait(self) -> str | None:
        """Wait until those that were put back have ended; returns what went wrong, if anything did."""
        moved, before = monotonic(), self._run.waiting
        while self._run.waiting and not self._run.goes_wrong:
            began = monotonic()
            with transaction() as conn:
                self._run.look(conn)
            if self._run.waiting < before:
                moved, before = monotonic(), self._run.waiting
            if monotonic() - moved > self._patience:
                job = self._run.oldest
                return f"none ended for {words.duration(self._patience)}; `bellwork explain job {job}` says why"
            self._tell()
            if self._run.waiting and not self._run.goes_wrong:
                sleep(max(PAUSE, SPARING * (monotonic() - began)))
        if self._run.goes_wrong:
            return f"more than {MOST_FAILED:.0%} of those put back failed again"
        return None

    def _tell(self) -> None:
        run = self._run
        self._progress.tell(run.replayed - run.waiting, f"stage {run.stage} of {len(STAGES)}, {run.failed:,} failed")
