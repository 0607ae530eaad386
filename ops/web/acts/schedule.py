"""Run an entry of the schedule now, pause it, resume it, skip its next ticks, give it another expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.ledger import ConcurrentUpdate, list_entries
from bellwork.db.reading import hurried
from bellwork.ops import words
from bellwork.ops.look.schedule import next_times
from bellwork.ops.web.access import Role
from bellwork.ops.web.acts.kind import Act, Choice, Done, NotPossible, Preview
from bellwork.ops.web.look import address, in_path
from bellwork.scheduler import operate
from bellwork.scheduler.cron import BadSchedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy, StoredEntry
    from bellwork.ops.web.acts.kind import Asked, Form

STATEMENT = 5.0
#: Ticks that a page skips at once.
MOST_SKIPPED = 50


def _entry(conn: Connection, asked: Asked) -> StoredEntry:
    key = asked.get("entry", "")
    found = next((each for each in list_entries(conn) if each.key == key), None)
    if found is None:
        raise NotPossible(f"There is no entry {key!r}.")
    return found


def _count(given: str) -> int:
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= MOST_SKIPPED):
        raise NotPossible(f"So many of the next ticks are skipped: a whole number from 1 to {MOST_SKIPPED}.")
    return int(given)


def _previewing(
    verb: str, said: Callable[[StoredEntry], str], undo: str = "", *choices: Choice
) -> Callable[..., Preview]:
    def preview(conn: Connection, asked: Asked) -> Preview:
        entry = _entry(conn, asked)
        command = f"bellwork schedule {verb} {entry.key} --reason …"
        return Preview(said(entry), command, choices=choices, undo=undo, back=f"/schedule/{in_path(entry.key)}")

    return preview


def _doing(act: Callable[[Connection, str, Form, ChangedBy], str], undo: str | None = None) -> Callable[..., Done]:
    def do(asked: Asked, form: Form, by: ChangedBy) -> Done:
        key = asked.get("entry", "")
        try:
            with hurried(STATEMENT) as conn:
                said = act(conn, key, form, by)
        except (operate.NotPossible, ConcurrentUpdate, BadSchedule) as error:
            raise NotPossible(f"{error}; nothing was changed.") from None
        return Done(said, address(f"/act/schedule/{undo}", entry=key) if undo else None, f"/schedule/{in_path(key)}")

    return do


def _said_of_run(entry: StoredEntry) -> str:
    if entry.busy:
        raise NotPossible(f"Its job {entry.busy} is unfinished; a second one does not run beside it.")
    then = words.moment(entry.next_tick)
    return f"A job of {entry.actor} is enqueued now, beside the ticks; the next one stays at {then}."


def _said_of_pause(entry: StoredEntry) -> str:
    if entry.paused_at:
        raise NotPossible(f"It is paused since {words.moment(entry.paused_at)} by {entry.paused_by}.")
    return "No tick of it runs any more: each gets a row that says so, and none is caught up when it is resumed."


def _said_of_resume(entry: StoredEntry) -> str:
    if not entry.paused_at:
        raise NotPossible("It is not paused; nothing is to be done.")
    return f"It goes on with its next tick, at {words.moment(entry.next_tick)}; those of the pause stay as they are."


def _said_of_skip(entry: StoredEntry) -> str:
    times = ", ".join(words.moment(at) for at, _ in next_times(entry))
    return f"The next ticks are {times}. Those that are skipped do not run, and it stays so."


def _said_of_set(entry: StoredEntry) -> str:
    declared = f"The code declares {entry.cron!r} in {entry.zone}."
    return f"Its ticks follow the new expression from now on, and deploys leave it so. {declared}"


def _said_of_unset(entry: StoredEntry) -> str:
    if not entry.set_at:
        raise NotPossible("It follows the code already; nothing is to be done.")
    return f"It follows the code again: {entry.cron!r} in {entry.zone}. {entry.rule[0]!r} was set by {entry.set_by}."


def _run(conn: Connection, key: str, form: Form, by: ChangedBy) -> str:
    del form
    return f"Job {operate.run(conn, key, by)} is enqueued."


def _switch(verb: Callable[[Connection, str, ChangedBy], bool], yes: str) -> Callable[..., str]:
    def switch(conn: Connection, key: str, form: Form, by: ChangedBy) -> str:
        del form
        if not verb(conn, key, by):
            raise NotPossible("It was so before; nothing was changed.")
        return yes

    return switch


def _skip(conn: Connection, key: str, form: Form, by: ChangedBy) -> str:
    ticks = operate.skip(conn, key, _count(form.get("count", "")), by)
    return f"Skipped: {', '.join(words.moment(tick) for tick in ticks)}."


def _set(conn: Connection, key: str, form: Form, by: ChangedBy) -> str:
    cron, zone = form.get("cron", "").strip() or None, form.get("zone", "").strip() or None
    if not (cron or zone):
        raise NotPossible("Give an expression, a zone, or both.")
    entry = operate.set_rule(conn, key, by, cron, zone)
    times = ", ".join(words.moment(at) for at, _ in next_times(entry))
    return f"It is due by {entry.rule[0]!r} in {entry.rule[1]} now; the next times are {times}."


def _unset(conn: Connection, key: str, form: Form, by: ChangedBy) -> str:
    del form
    return f"It follows the code: {operate.unset_rule(conn, key, by).rule[0]!r}."


ACTS = {
    "schedule/run": Act("Run entry now", _previewing("run", _said_of_run), _doing(_run)),
    "schedule/pause": Act(
        "Pause entry",
        _previewing("pause", _said_of_pause, "resume it"),
        _doing(_switch(operate.pause, "It is paused."), "resume"),
    ),
    "schedule/resume": Act(
        "Resume entry",
        _previewing("resume", _said_of_resume, "pause it"),
        _doing(_switch(operate.resume, "It goes on."), "pause"),
    ),
    "schedule/skip": Act(
        "Skip ticks", _previewing("skip", _said_of_skip, "", Choice("count", "How many", given="1")), _doing(_skip)
    ),
    "schedule/set": Act(
        "Set expression",
        _previewing(
            "set", _said_of_set, "follow the code again", Choice("cron", "Expression"), Choice("zone", "Time zone")
        ),
        _doing(_set, "unset"),
        Role.ADMIN,
    ),
    "schedule/unset": Act("Follow the code", _previewing("set --declared", _said_of_unset), _doing(_unset), Role.ADMIN),
}
