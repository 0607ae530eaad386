"""Ends labs into which nobody types any more, where LABS_IDLE says after how long; unset, none is ended for that."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bellwork.db.courses.labs import sweep as rows
from bellwork.db.courses.labs.changes import end
from bellwork.db.courses.labs.idle import look_idle
from bellwork.db.settings import settings
from bellwork.tasks.courses.labs.release import release
from bellwork.tasks.courses.labs.tell import tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from bellwork.db.courses.labs import Container
    from bellwork.tasks.providers.labs.protocol import Held

#: Seconds before its end in which a learner is warned.
_WARNED = rows.WARNED * 60


def end_idle(conn: Connection, known: Iterable[Container], held: dict[str, Held]) -> None:
    """Warn whoever has not typed for LABS_IDLE but five minutes, and end his lab five minutes later.

    Whatever he asks for meanwhile, and each byte that he types, begins that anew.
    """
    limit = settings().labs_idle
    if limit is None:
        return
    for each in known:
        lab = held.get(each.container_id)
        if lab is None or each.state != "running":
            continue
        rests = time.time() - lab.typed_at
        if rests < limit - _WARNED:
            continue
        found = look_idle(conn, each.session_id, each.reset_no, int(lab.typed_at), rests)
        if found is None or found.seconds < limit - _WARNED:
            continue
        if found.seconds >= limit and found.was_warned:
            ended = end(conn, each.session_id)
            release(ended.containers if ended else [])
            said = f"Your lab {found.title} was ended: nothing was typed for {limit / 60:.0f} minutes."
            tell(conn, found.user_id, "lab_ended", each.session_id, said, found.key)
        else:
            said = f"Your lab {found.title} ends in five minutes, unless you type into it."
            tell(conn, found.user_id, "lab_idle", each.session_id, said, found.key)
