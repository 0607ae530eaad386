"""Pause, resume and limit a queue, fleet-wide."""

from __future__ import annotations

from dataclasses import asdict
from shlex import quote
from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger import backlog, count_running, limit_of, pause, queue_depths, resume, set_limit
from bellwork.db.reading import hurried
from bellwork.db.snapshot import latest
from bellwork.ops import words
from bellwork.ops.queue_limit import NONE, at_once_of
from bellwork.ops.web.acts.kind import Act, Choice, Done, NotPossible, Preview
from bellwork.ops.web.look import address, in_path

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy
    from bellwork.ops.web.acts.kind import Asked, Form

STATEMENT = 5.0
_FOR = Choice(
    "for",
    "How long",
    (
        *(("900", "for 15 minutes"), ("3600", "for an hour"), ("14400", "for 4 hours"), ("43200", "for 12 hours")),
        ("", "until somebody resumes it"),
    ),
    "3600",
)


def _queue(conn: Connection, asked: Asked) -> dict[str, Any]:
    """Return a queue with its pause; its jobs as the snapshot has them, for counting millions takes too long."""
    name = asked.get("queue", "")
    snapshot = latest(psycopg_of(conn))
    if snapshot and not snapshot.is_stale and (known := next((q for q in snapshot.queues if q.queue == name), None)):
        return {**asdict(known), "due": known.ready}
    kinds = [kind for kind in backlog(conn) if kind.queue == name]
    found = next((each for each in queue_depths(conn, kinds) if each["queue"] == name), None)
    if found is None:
        raise NotPossible(f"There is no queue {name!r}.")
    return found


def _before_pause(conn: Connection, asked: Asked) -> Preview:
    found = _queue(conn, asked)
    said = (
        f"No worker claims from queue {found['queue']!r} any more: {words.plural(found['due'], 'ready job')} wait,"
        " and whatever comes. A scheduler ends the pause when its time is over, or somebody does before."
    )
    leaves = f"{words.plural(found['running'], 'job')} that run now: they are finished"
    command = f"bellwork queues pause {found['queue']} --for 1h --reason …"
    return Preview(said, command, leaves, choices=(_FOR,), undo="resume it", back="/queues")


def _pause(asked: Asked, form: Form, by: ChangedBy) -> Done:
    seconds = form.get("for", _FOR.given)
    if seconds not in dict(_FOR.choices):
        raise NotPossible("A pause lasts for one of the times that are offered.")
    with hurried(STATEMENT) as conn:
        name = _queue(conn, asked)["queue"]
        pause(conn, name, by.who, by.why, float(seconds) if seconds else None)
    return Done(
        f"Queue {name!r} is paused {dict(_FOR.choices)[seconds]}.", address("/act/queues/resume", queue=name), "/queues"
    )


def _before_resume(conn: Connection, asked: Asked) -> Preview:
    found = _queue(conn, asked)
    if not found["paused_at"]:
        raise NotPossible(f"Queue {found['queue']!r} is not paused; nothing is to be done.")
    since = f"Paused since {words.moment(found['paused_at'])} by {found['paused_by']}: {found['pause_reason']}."
    said = f"Workers claim from queue {found['queue']!r} again: {words.plural(found['due'], 'job')} are ready. {since}"
    return Preview(said, f"bellwork queues resume {found['queue']}", undo="pause it again", back="/queues")


def _resume(asked: Asked, form: Form, by: ChangedBy) -> Done:
    del form
    name = asked.get("queue", "")
    with hurried(STATEMENT) as conn:
        changed = resume(conn, name, by.who, by.why)
    if not changed:
        raise NotPossible(f"Queue {name!r} was not paused; nothing was changed.")
    return Done(f"Queue {name!r} goes on.", address("/act/queues/pause", queue=name), "/queues")


def _before_limits(conn: Connection, asked: Asked) -> Preview:
    name = _queue(conn, asked)["queue"]
    now, running = limit_of(conn, name), count_running(conn, name)
    may = f"{now['at_once']:,} may, set by {now['limited_by']}: {now['limit_reason']}" if now else "any number may"
    said = (
        f"No more jobs of queue {name!r} run at once than you say, wherever workers are, from the next claim on."
        f" {words.plural(running, 'job')} of it {'runs' if running == 1 else 'run'} now; {may}."
    )
    most = asked.get("concurrency") or str(now.get("at_once", ""))
    choice = Choice("concurrency", f"At once, a number or {NONE}", given=most)
    command = f"bellwork queues limits {name} --concurrency {quote(most or 'N')} --reason …"
    leaves = "what runs: it goes on, even where it is more"
    back = f"/queues/{in_path(name)}"
    return Preview(said, command, leaves, choices=(choice,), undo="set the limit that was", back=back)


def _limits(asked: Asked, form: Form, by: ChangedBy) -> Done:
    given = form.get("concurrency", "").strip()
    try:
        most = at_once_of(given)
    except ValueError as error:
        raise NotPossible(f"{words.shortened(given)!r} is no limit; {error}. Nothing was changed.") from None
    with hurried(STATEMENT) as conn:
        name = _queue(conn, asked)["queue"]
        before = limit_of(conn, name, lock=True)
        changed = set_limit(conn, name, most, by)
    if not changed:
        raise NotPossible("It was so before; nothing was changed.")
    may = f"{most:,} of its jobs" if most else "Any number of its jobs"
    undo = address("/act/queues/limits", queue=name, concurrency=before.get("at_once", NONE))
    return Done(f"Queue {name!r}: {may} may run at once.", undo, f"/queues/{in_path(name)}")


ACTS = {
    "queues/limits": Act("Limit queue", _before_limits, _limits),
    "queues/pause": Act("Pause queue", _before_pause, _pause),
    "queues/resume": Act("Resume queue", _before_resume, _resume),
}
