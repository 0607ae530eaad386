"""Work beside that of bellwork.tasks.soak: jobs that fork, exit, use savepoints, fail without words, and debounce."""

from __future__ import annotations

import multiprocessing
import sys
from contextlib import suppress

import dramatiq

from bellwork.db.engine import transaction
from bellwork.db.queries import soak
from bellwork.tasks.providers import Letter, mail
from bellwork.tasks.soak.kinds import KINDS, Kind
from bellwork.tasks.soak.steps import LONG, PATIENT, SHORT, end, step
from bellwork.workers import job
from tests.soak import ground, loans

#: Statements that parent and child each send while the other does.
ASKED = 20
#: Seconds that a forked child has.
CHILD = 10.0
#: The key under which changes ask for one recompute.
SEEN = "soak seen"


class Turned(RuntimeError):  # noqa: N818 - nothing is wrong: it was to be rolled back
    """A block that was ordered to fail."""


class Wordless(RuntimeError):  # noqa: N818 - named for what is special about it
    """An exception that cannot be put in words."""

    def __str__(self) -> str:
        raise AttributeError("response")


@dramatiq.actor(actor_name="soak.ghost", queue_name=LONG, **PATIENT)
def ghost(order: str) -> None:
    """Leave the effect that no order has: whoever sent this job was rolled back."""
    with transaction() as conn:
        soak.leave_effect(conn, order, "ghost", None)


def _with_ghost(order: str) -> None:
    with step(order, "ordered", "done") as conn, suppress(Turned), conn.begin_nested():
        soak.leave_effect(conn, order, "ghost", None)
        ghost.send(order=order)
        raise Turned


@dramatiq.actor(actor_name="soak.savepoint", queue_name=LONG, **PATIENT)
def savepoint(order: str, luck: int) -> None:
    """Send a job inside a savepoint that is rolled back."""
    del luck
    _with_ghost(order)


@dramatiq.actor(actor_name="soak.short_savepoint", queue_name=SHORT, lane="short", **PATIENT)
def short_savepoint(order: str, luck: int) -> None:
    """Do the same between neighbours."""
    del luck
    _with_ghost(order)


def _caught(order: str) -> None:
    with suppress(Turned), job.transaction() as conn:
        soak.leave_effect(conn, order, "caught", job.current().id)
        ghost.send(order=order)
        raise Turned


@dramatiq.actor(actor_name="soak.caught", queue_name=LONG, **PATIENT)
def caught(order: str, luck: int) -> None:
    """Catch what left the job's transaction: nothing of it may stay."""
    del luck
    _caught(order)


@dramatiq.actor(actor_name="soak.short_caught", queue_name=SHORT, lane="short", **PATIENT)
def short_caught(order: str, luck: int) -> None:
    """Do the same between neighbours."""
    del luck
    _caught(order)


@dramatiq.actor(actor_name="soak.wordless", queue_name=LONG, **PATIENT)
def wordless(order: str, luck: int) -> None:
    """Fail `luck` times without words, then leave an effect."""
    if job.current().retries < luck:
        raise Wordless
    end(order)


@dramatiq.actor(actor_name="soak.short_wordless", queue_name=SHORT, lane="short", **PATIENT)
def short_wordless(order: str, luck: int) -> None:
    """Do the same between neighbours."""
    if job.current().retries < luck:
        raise Wordless
    end(order)


@dramatiq.actor(actor_name="soak.exiting", queue_name=LONG, **PATIENT)
async def exiting(order: str, luck: int) -> None:
    """Ask the process to exit `luck` times, on the event loop that all asynchronous jobs share."""
    if job.current().retries < luck:
        sys.exit(3)
    end(order)


@dramatiq.actor(actor_name="soak.forking", queue_name=LONG, **PATIENT)
def forking(order: str, luck: int) -> None:
    """Fork after the database was used; parent and child go on using it, and each must get its own answers."""
    del luck
    ground.echo(order, 1)
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(order,), daemon=True)
    child.start()
    foreign = ground.echo(order, ASKED)
    child.join(CHILD)
    if child.exitcode is None:
        child.kill()
        child.join()
    with step(order, "ordered", "done") as conn:
        if foreign or child.exitcode == ground.FOREIGN:
            soak.leave_effect(conn, order, "foreign answer", None)


def _in_child(order: str) -> None:
    sys.exit(ground.FOREIGN if ground.echo(f"child of {order}", ASKED) else 0)


@dramatiq.actor(actor_name="soak.changing", queue_name=SHORT, lane="short", **PATIENT)
def changing(order: str, luck: int) -> None:
    """Note a change, and ask for a recompute that sees it."""
    del luck
    with step(order, "ordered", "done") as conn:
        ground.note_change(conn, order)
        recompute.send_with_options(unique_key=SEEN, unique="waiting")


@dramatiq.actor(actor_name="soak_seen.recompute", queue_name=LONG, **PATIENT)
def recompute() -> None:
    """Count the changes: after the last one this must run once more."""
    with job.transaction() as conn:
        ground.count_changes(conn)


@dramatiq.actor(actor_name="soak.letter", queue_name=LONG, **PATIENT)
def letter(order: str, luck: int) -> None:
    """Write a letter, then leave an effect; a letter that was perhaps taken counts as sent."""
    del luck
    mail().send(Letter(to="someone@school.example", subject=order, text="An order was placed.", html=None, key=order))
    end(order)


@dramatiq.actor(actor_name="soak.loan", queue_name=LONG, **PATIENT)
def loan(order: str, luck: int) -> None:
    """Begin a pipeline of a system that is none of Bellwork's."""
    del luck
    with step(order, "ordered", "done") as conn:
        loans.ask(conn, order)


KINDS += [
    Kind("savepoint", savepoint, 4),
    Kind("short savepoint", short_savepoint, 4),
    Kind("caught", caught, 2, passes=()),
    Kind("short caught", short_caught, 2, passes=()),
    Kind("wordless", wordless, 3),
    Kind("short wordless", short_wordless, 3),
    Kind("exiting", exiting, 3),
    Kind("forking", forking, 1),
    Kind("changing", changing, 10),
    Kind("letter", letter, 5),
    Kind("loan", loan, 5),
]
