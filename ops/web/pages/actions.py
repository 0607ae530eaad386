"""What operators did: who, what, why, before and after; and how it is undone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from bellwork.db import ledger as db_ledger
from bellwork.db.outdated import through_migrations
from bellwork.ops.queue_limit import NONE
from bellwork.ops.web.asked import asked, ledger
from bellwork.ops.web.look import address, in_path, page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MOST, UNDONE = 50, 100


@through_migrations
def actions(request: Request) -> Response:
    """Show the newest acts, or those on one thing ('job 12', 'queue mail', 'entry KEY')."""
    subject, before = asked(request, "on"), _moment(asked(request, "before"))
    with ledger() as conn:
        found = db_ledger.list_acts(conn, MOST + 1, subject, before)
    acts = [{**act, "undo": _undo(act), "leads": _leads(str(act["subject"]))} for act in found[:MOST]]
    older = acts[-1]["at"].isoformat() if len(found) > MOST else None
    return page(request, "actions.html", title="Actions", acts=acts, subject=subject, older=older, is_first=not before)


def _undo(act: dict[str, Any]) -> str | None:
    """Return where an act is undone, where one can; whether it still can be is shown there."""
    kind, _, name = str(act["subject"]).partition(" ")
    other = {"pause": "resume", "resume": "pause", "paused": "resume", "resumed": "pause", "set": "unset"}
    verb = str(act["what"]).partition(" ")[2]
    if kind == "queue" and verb in other:
        return address(f"/act/queues/{other[verb]}", queue=name)
    if kind == "queue" and verb == "limits":
        return address("/act/queues/limits", queue=name, concurrency=act["before"].get("at_once", NONE))
    if kind == "partition" and verb in {"hold", "release"}:
        return address(f"/act/partitions/{'release' if verb == 'hold' else 'hold'}", partition=name)
    if kind == "entry" and verb in other:
        return address(f"/act/schedule/{other[verb]}", entry=name)
    if verb in {"cancel", "retry"} and 0 < len(act["before"]) <= UNDONE and kind in {"job", "jobs"}:
        return address(f"/act/jobs/{'retry' if verb == 'cancel' else 'cancel'}", id=",".join(act["before"]))
    return None


def _leads(subject: str) -> str | None:
    kind, _, name = subject.partition(" ")
    match kind:
        case "job":
            return f"/jobs/{in_path(name)}"
        case "entry":
            return f"/schedule/{in_path(name)}"
        case "queue":
            return f"/queues/{in_path(name)}"
        case "partition" | "table":
            return "/partitions"
    return None


def _moment(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo else None
