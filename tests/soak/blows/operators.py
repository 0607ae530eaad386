"""Blows by operators: queues paused, jobs cancelled, some of them put back, and jobs deleted by hand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.ledger import cancel, pause, resume, retry_finished
from tests.soak import loans
from tests.soak.blows.blow import Blow
from tests.soak.sql import order_rows

if TYPE_CHECKING:
    from random import Random

    from tests.soak.field import Field

QUEUES = ("soak", "soak_short")
WHO = "soak"


def pause_queue(field: Field, dice: Random) -> Blow:
    """Pause a queue for some seconds."""
    del field
    queue = dice.choice(QUEUES)
    with transaction() as conn:
        pause(conn, queue, WHO, "the nemesis wants it so")
    return Blow(f"queue {queue} paused", dice.uniform(0.5, 4), partial(resume_queue, queue))


def resume_queue(queue: str) -> None:
    """Let a queue go on."""
    with transaction() as conn:
        resume(conn, queue, WHO, "the nemesis wants it so")


def cancel_some(field: Field, dice: Random) -> Blow:
    """Cancel a few jobs that wait or run, and put half of them back."""
    del field
    with transaction() as conn:
        cancelled = cancel(conn, order_rows.pick_unfinished(conn, dice.randrange(1, 6)), "the nemesis wants it so")
    with transaction() as conn:
        back = retry_finished(conn, [job for job in cancelled if dice.random() < 0.5])
    return Blow(f"{len(cancelled)} jobs cancelled, {len(back)} of them put back")


def lose_jobs(field: Field, dice: Random) -> Blow:
    """Delete jobs that loans wait for, and ask for one without a job; a reconciliation has to bring them (back)."""
    del field
    with transaction() as conn:
        lost = loans.lose_jobs(conn, dice.randrange(1, 6))
        loans.ask_alone(conn, dice.getrandbits(40))
    return Blow(f"a loan asked for without its job, and {lost} jobs of loans deleted by hand")
