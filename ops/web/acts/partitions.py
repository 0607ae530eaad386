"""Hold a partition from leaving, and release it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.reading import hurried
from bellwork.ops import words
from bellwork.ops.partition_holds import find_partition, hold_partition, release_partition
from bellwork.ops.web.acts.kind import Act, Done, NotPossible, Preview
from bellwork.ops.web.look import address

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy
    from bellwork.db.partitions import Partition
    from bellwork.db.vocabulary import PartitionedTable
    from bellwork.ops.web.acts.kind import Asked, Form

STATEMENT = 5.0


def _partition(conn: Connection, asked: Asked) -> tuple[PartitionedTable, Partition]:
    found = find_partition(conn, asked.get("partition", ""))
    if found is None:
        raise NotPossible(f"There is no partition {asked.get('partition', '')!r}.")
    if found[1].state == "dropped":
        raise NotPossible(f"{asked['partition']} is dropped; `bellwork partitions restore` brings an archive back.")
    return found


def _before_hold(conn: Connection, asked: Asked) -> Preview:
    table, found = _partition(conn, asked)
    if found.held_by:
        raise NotPossible(f"It is held since {words.moment(found.held_at)} by {found.held_by}: {found.held_why}.")
    due = f"It would leave from {words.moment(found.due_at)} on. " if found.due_at else ""
    said = f"{asked['partition']} of {table.name} stays, whatever its age, until somebody releases it. {due}"
    command = f"bellwork partitions hold {asked['partition']} --reason …"
    return Preview(said, command, "its rows, and every other partition", undo="release it", back="/partitions")


def _hold(asked: Asked, form: Form, by: ChangedBy) -> Done:
    del form
    with hurried(STATEMENT) as conn:
        table, found = _partition(conn, asked)
        changed = hold_partition(conn, table, found.name, by)
    if not changed:
        raise NotPossible("Somebody else holds it by now; nothing was changed.")
    undo = address("/act/partitions/release", partition=asked["partition"])
    return Done(f"{asked['partition']} is held.", undo, "/partitions")


def _before_release(conn: Connection, asked: Asked) -> Preview:
    _, found = _partition(conn, asked)
    if not found.held_by:
        raise NotPossible("It is not held; nothing is to be done.")
    then = "archived, verified and dropped" if found.leaves_by == "archive" else "dropped"
    when = f"from {words.moment(found.due_at)} on" if found.due_at else "when its table has an end"
    said = (
        f"{asked['partition']} goes the way of the others: it is {then} {when}, by the next rotation. "
        f"Held since {words.moment(found.held_at)} by {found.held_by}: {found.held_why}."
    )
    command = f"bellwork partitions release {asked['partition']} --reason …"
    return Preview(said, command, "every other partition", undo="hold it, before it has left", back="/partitions")


def _release(asked: Asked, form: Form, by: ChangedBy) -> Done:
    del form
    with hurried(STATEMENT) as conn:
        table, found = _partition(conn, asked)
        changed = release_partition(conn, table, found.name, by)
    if not changed:
        raise NotPossible("It was not held any more; nothing was changed.")
    undo = address("/act/partitions/hold", partition=asked["partition"])
    return Done(f"{asked['partition']} is held no more.", undo, "/partitions")


ACTS = {
    "partitions/hold": Act("Hold partition", _before_hold, _hold),
    "partitions/release": Act("Release partition", _before_release, _release, is_harm=True),
}
