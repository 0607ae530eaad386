"""Replay what failed alike: one, ten, then all, each stage by a press, if the one before went well."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bellwork.db.ledger import show_job
from bellwork.db.ledger.alike import take_turn
from bellwork.db.reading import hurried
from bellwork.ops import words
from bellwork.ops.replay import STAGES, Replay, count_dead, failure_of
from bellwork.ops.web.acts.jobs import PATIENCE, SAMPLES, STATEMENT
from bellwork.ops.web.acts.kind import Act, Done, NotPossible, Preview

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy
    from bellwork.ops.web.acts.kind import Asked, Form


def _run(conn: Connection, asked: Asked) -> tuple[Replay, str]:
    """Return the replay as it goes on, and what became of its jobs until now."""
    fingerprint = asked.get("of", "")
    failure = failure_of(conn, fingerprint)
    if failure is None or not failure.dead:
        raise NotPossible(f"No dead job among the newest has the fingerprint {fingerprint!r}; nothing is to be done.")
    run = Replay.begun(conn, failure)
    if run.waiting and not run.goes_wrong:
        raise NotPossible(f"{run.told()} Wait for these, then look again.")
    told = run.told() if run.replayed else ""
    if run.goes_wrong or not run.left(conn)[0]:
        run, told = Replay(failure), f"{told} So it begins anew, with one." if told else ""
    run.begin_stage()
    return run, told


def _preview(conn: Connection, asked: Asked) -> Preview:
    run, told = _run(conn, asked)
    ids, is_more = count_dead(conn, run.failure, run.before)
    if not ids:
        raise NotPossible("None of it is dead any more; nothing is to be done.")
    most = STAGES[run.stage - 1]
    count = min(len(ids), most or len(ids))
    samples = tuple(job for job in (show_job(conn, each) for each in ids[: min(count, SAMPLES)]) if job)
    more = " or more" if is_more and most is None else ""
    said = f"{told} Stage {run.stage} of {len(STAGES)} puts back {words.plural(count, 'job')}{more}, due now.".strip()
    leaves = (
        f"{words.plural(len(ids) - count, 'job')}{' or more' if is_more else ''} for the next stage" if most else ""
    )
    command = f"bellwork failures replay {run.failure.fingerprint}"
    undo = "cancel them while they wait"
    return Preview(said, command, leaves, count, bool(more), samples, undo=undo, back="/failures")


def _do(asked: Asked, form: Form, by: ChangedBy) -> Done:
    del form
    with hurried(STATEMENT) as conn:
        take_turn(conn, asked.get("of", ""))
        run, _ = _run(conn, asked)
        most = STAGES[run.stage - 1]
        run.put_back(conn, most, by)
    until = time.monotonic() + PATIENCE
    while not (run.ended or run.goes_wrong or run.replayed_now == most or time.monotonic() > until):
        with hurried(STATEMENT) as conn:
            run.put_back(conn, most and most - run.replayed_now, by)
            run.look(conn)
    said = f"{words.plural(run.replayed_now, 'job')} put back by stage {run.stage} of {len(STAGES)}."
    if run.goes_wrong:
        said += f" Stopped: {run.told()}"
    elif not run.ended:
        said += " Look what becomes of them, then do it again for the next ones."
    return Done(said, back="/failures")


ACTS = {"failures/replay": Act("Replay jobs", _preview, _do)}
