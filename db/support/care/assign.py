"""Assigns trainers: the least loaded one of the course who has room and is not away, under the trainers' locks.

Load is the number of pending and in_progress interventions (student_interventions, lifecycle); of trainers with equal
load the one whose last assignment is oldest, then the smaller id. Where nobody is free a row stays pending, and the
next sweep looks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql
from bellwork.db.support.care.rows import CARED_FOR, PENDING, SOUND, TAKE_FREE
from bellwork.db.support.detection import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

#: Rows that one transaction assigns at most.
MOST = 500
_LOAD = """(SELECT count(*) FROM {support}.student_interventions o
    WHERE o.assigned_trainer_id = t.id AND o.deleted_at IS NULL AND o.status IN ('pending', 'in_progress'))"""
_HERE = "coalesce(t.away_until, '-infinity') <= CAST(:at AS timestamptz)"
# In the order of their ids, so that of many who assign at once each waits for the one before and sees what it did.
_LOCK = f"""
SELECT t.id FROM {{support}}.trainers t
WHERE {_HERE} AND t.capacity > 0 AND EXISTS (
    SELECT FROM {{support}}.student_interventions i
    WHERE i.course_id = ANY(t.courses) AND i.assigned_trainer_id IS NULL AND {PENDING})
ORDER BY t.id FOR NO KEY UPDATE
"""  # noqa: S608 - ours
_FREE = f"""
SELECT t.id, t.courses, t.capacity - {_LOAD} AS room, {_LOAD} AS load,
       (SELECT max(o.assigned_at) FROM {{support}}.student_interventions o WHERE o.assigned_trainer_id = t.id) AS last
FROM {{support}}.trainers t
WHERE t.id = ANY(CAST(:trainers AS uuid[])) AND {_HERE} AND {_LOAD} < t.capacity
ORDER BY t.id
"""  # noqa: S608 - ours
# High ones first, then the oldest.
_WITHOUT = f"""
SELECT i.id, i.course_id, i.student_id FROM {{support}}.student_interventions i
JOIN {{support}}.student_enrollments e ON e.id = i.enrollment_id JOIN {{support}}.courses k ON k.id = i.course_id
WHERE {PENDING} AND i.assigned_trainer_id IS NULL AND i.course_id = ANY(CAST(:courses AS uuid[])) AND {CARED_FOR}
  AND {SOUND}
ORDER BY i.risk_level = 'high' DESC, i.created_at, i.id LIMIT :most {TAKE_FREE}
"""  # noqa: S608 - ours
# A decision names the trainer by his id: his name would stay when he is erased.
_ASSIGN = f"""
WITH assigned AS (
    UPDATE {{support}}.student_interventions i SET assigned_trainer_id = a.trainer, assigned_at = :at,
        intervention_type = CASE WHEN i.intervention_type = 'mentor_assigned' AND i.risk_level = 'high'
                                 THEN 'one_on_one_scheduled' ELSE i.intervention_type END
    FROM unnest(CAST(:rows AS uuid[]), CAST(:trainers AS uuid[])) AS a(id, trainer)
    WHERE i.id = a.id AND {PENDING} AND i.assigned_trainer_id IS NULL
    RETURNING i.id, i.enrollment_id, i.risk_level, i.risk_reasons, i.assigned_trainer_id
)
INSERT INTO {{support}}.decisions (enrollment_id, intervention_id, at, kind, reason, level, reasons)
SELECT a.enrollment_id, a.id, :at, 'assigned',
       format('assigned to %s, who had the fewest open ones', a.assigned_trainer_id), a.risk_level, a.risk_reasons
FROM assigned a
"""  # noqa: S608 - ours
# A high one whose meeting nobody can hold yet is a mentor's meanwhile; what a person chose stays.
_MENTOR = f"""
WITH waiting AS MATERIALIZED (
    SELECT i.id FROM {{support}}.student_interventions i
    WHERE {PENDING} AND i.assigned_trainer_id IS NULL AND i.risk_level = 'high'
      AND i.intervention_type = 'one_on_one_scheduled' AND {SOUND} {TAKE_FREE}
)
UPDATE {{support}}.student_interventions i SET intervention_type = 'mentor_assigned'
FROM waiting w WHERE i.id = w.id AND {PENDING} AND i.assigned_trainer_id IS NULL
"""  # noqa: S608 - ours


class Free(NamedTuple):
    """A trainer who is not away: `room` is how many more he takes, `load` how many he has, `last` when he got one."""

    id: UUID
    courses: Sequence[UUID]
    room: int
    load: int
    last: datetime | None


class Without(NamedTuple):
    """A pending intervention without a trainer."""

    id: UUID
    course: UUID
    student: UUID


def assign(conn: Connection, at: datetime | None = None) -> int:
    """Assign a trainer to pending interventions that have none, in the caller's transaction; returns how many.

    At most so many as one transaction takes: ask again until it is 0. Others who assign wait until it ends.
    """
    at = at or clock(conn)
    held = list(conn.execute(sql(_LOCK), {"at": at}).scalars())
    free = [Free(*row) for row in conn.execute(sql(_FREE), {"at": at, "trainers": held})]
    courses = sorted({course for each in free for course in each.courses})
    asked = {"at": at, "courses": courses, "most": MOST}
    chosen = choose([Without(*row) for row in conn.execute(sql(_WITHOUT), asked)], free, at)
    count = 0
    if chosen:
        named = {"rows": [row for row, _ in chosen], "trainers": [trainer for _, trainer in chosen], "at": at}
        count = conn.execute(sql(_ASSIGN), named).rowcount
    conn.execute(sql(_MENTOR))
    return count


def choose(rows: Iterable[Without], trainers: Iterable[Free], at: datetime) -> list[tuple[UUID, UUID]]:
    """Return which row is whose, in the order of the rows; one for whom nobody has room is left out.

    Nobody gets more than he has room for, or a row of his own as a student.
    """
    free = {each.id: each for each in trainers}
    chosen = []
    for row in rows:
        fit = [
            each for each in free.values() if row.course in each.courses and each.room > 0 and each.id != row.student
        ]
        if not fit:
            continue
        best = min(fit, key=lambda each: (each.load, each.last is not None, each.last or at, each.id))
        free[best.id] = best._replace(room=best.room - 1, load=best.load + 1, last=at)
        chosen.append((row.id, best.id))
    return chosen
