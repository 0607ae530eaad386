"""A learner asks for practice: the bank's items that suit him first, and what it lacks is made for him (SC5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import dramatiq

from bellwork.db.companion.numbers.practice import (
    PracticeSet,
    end_set,
    give_from_bank,
    give_made,
    hold_set,
    open_set,
    questions_had,
    read_subject,
)
from bellwork.db.engine import transaction
from bellwork.tasks.companion.numbers.elo import difficulty_for
from bellwork.tasks.companion.numbers.outside import outside
from bellwork.tasks.providers import ItemOrder, llm, turn
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: How far from the difficulty that suits a learner the bank's items may be: first, and where that is not enough.
NEAREST, FARTHEST = 1, 3
#: How often the model is asked for what is missing, and the largest set (study companion, tasks/companion/README.md).
TRIES, MOST = 5, 50


def _fail(conn: Connection, args: dict[str, Any], reason: str) -> None:
    try:
        student_id, subject_id = UUID(str(args.get("student_id"))), UUID(str(args.get("subject_id")))
    except ValueError:
        return
    end_set(conn, student_id, subject_id, str(args.get("request_id")), state="failed", reason=reason[:500])


@dramatiq.actor(
    actor_name="companion.assign_practice",
    subject="student_id",
    callers="everyone",
    queue_name="companion",
    max_retries=5,
    min_backoff=2_000,
    max_backoff=60_000,
    time_limit=300_000,
    on_dead=_fail,
)
def assign_practice(student_id: UUID, subject_id: UUID, request_id: str, count: int = 5) -> None:
    """Fill a practice set: `count` items, none of which the learner ever had; those made for him are flagged.

    How far it is stands in `companion.practice_progress` after each step. Cut off anywhere, it goes on with what is
    missing; delivered again it gives nothing twice. A set ends with fewer items where no more can be made.
    """
    _check(request_id, count)
    with transaction() as conn:
        held = open_set(conn, student_id, subject_id, request_id, count)
        if held and not held.completed and held.missing:
            give_from_bank(conn, held, difficulty_for(held.rating), NEAREST, FARTHEST)
    if held is None:
        raise Permanent(f"there is no student {student_id} or no subject {subject_id}; a set needs both")
    if held.subject_id != subject_id:
        raise Permanent(f"the request {request_id!r} is for another subject; a new set needs a new request_id")
    for _ in range(TRIES):
        held = _hold(student_id, request_id)
        if held is None or held.completed or not held.missing:
            break
        _make(held)
    with job.transaction() as conn:
        _end(conn, student_id, request_id)


def _check(request_id: Any, count: Any) -> None:
    if not isinstance(request_id, str) or not 0 < len(request_id) <= 100 or not request_id.isprintable():  # noqa: PLR2004 - practice_sets.request_id
        raise Permanent("request_id names a practice set in 1 to 100 printable characters")
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST:
        raise Permanent(f"count is how many items a set has, 1 to {MOST}, not {count!r}"[:200])


def _hold(student_id: UUID, request_id: str) -> PracticeSet | None:
    with transaction() as conn:
        return hold_set(conn, student_id, request_id)


def _make(held: PracticeSet) -> None:
    """Ask the model once for what is missing, and give what can be used of it."""
    difficulty = difficulty_for(held.rating)
    with transaction() as conn:
        name, about = read_subject(conn, held.subject_id)
        had = questions_had(conn, held.student_id, held.subject_id)
    order = ItemOrder(subject=name, about=about, difficulty=difficulty, count=held.missing, had=tuple(had))
    with outside(), turn("llm"):
        items = llm().write_items(order)
    with transaction() as conn:
        again = hold_set(conn, held.student_id, held.request_id)
        if again and again.missing and not again.completed:
            give_made(conn, again, difficulty, [(item.question, item.answer, item.explanation) for item in items])


def _end(conn: Connection, student_id: UUID, request_id: str) -> None:
    held = hold_set(conn, student_id, request_id)
    if held is None:
        return
    fewer = f"{held.made} of {held.wanted} items: no more that are new could be made" if held.missing else None
    state = "completed" if held.made else "failed"
    end_set(conn, student_id, held.subject_id, request_id, state=state, reason=fewer)
