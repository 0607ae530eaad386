"""Pause and resume a queue, fleet-wide."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.ledger import backlog, pause, queue_depths, resume
from bellwork.db.reading import hurried
from bellwork.db.snapshot import latest
from bellwork.ops import words
from bellwork.ops.web.acts.kind import Act, Choice, Done, NotPossible, Preview
from bellwork.ops.web.look import address

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


ACTS = {
    "queues/pause": Act("Pause queue", _before_pause, _pause),
    "queues/resume": Act("Resume queue", _before_resume, _resume),
}
