"""A tutor overrides what was generated: his words take its place, and what stood there is kept (SC11)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import dramatiq

from bellwork.db.companion.numbers.overrides import (
    Override,
    is_in_place,
    lock_override,
    lock_standing,
    put_in_place,
)
from bellwork.tasks.companion.numbers.learners import send_learner
from bellwork.tasks.companion.numbers.options import QUICK
from bellwork.workers import Permanent, job

#: What an override of each kind may change, and of which type that is (study_companion.md, overrides).
FIELDS: dict[str, dict[str, type]] = {
    "summary": {"narrative": str, "next_steps": list},
    "practice": {"question": str, "answer": str, "explanation": str, "difficulty_level": int},
    "qa_answer": {"answer": str},
}
_HARDEST = 10


@dramatiq.actor(actor_name="companion.apply_override", subject="override_id", **QUICK)
def apply_override(override_id: UUID) -> None:
    """Put an override in its place, in one commit with the snapshot; of several the newest counts."""
    with job.transaction() as conn:
        override = lock_override(conn, override_id)
        if override is None:
            raise Permanent(f"there is no override {override_id}")
        content = _checked(override)
        standing = lock_standing(conn, override)
        if standing is None or standing.student_id != override.student_id:
            raise Permanent(f"the override {override_id} names no {override.kind} of its student")
        if not is_in_place(conn, override, standing):
            put_in_place(conn, override, standing, content)
        send_learner(override.student_id)


def _checked(override: Override) -> dict[str, Any]:
    """Return what is to be changed; raises Permanent, with what may be, where that is nothing or nonsense."""
    fields = FIELDS.get(override.kind)
    if fields is None or override.target is None:
        raise Permanent(
            f"the override {override.id} is of no kind that can be applied, or names no row of it; "
            f"there are {', '.join(FIELDS)}"
        )
    given = override.new_content if isinstance(override.new_content, dict) else {}
    content = {name: given[name] for name in fields if name in given}
    wrong = [name for name, value in content.items() if not _fits(value, fields[name])]
    if wrong or not content:
        raise Permanent(
            f"the override {override.id} has nothing usable in new_content"
            f"{f' ({wrong[0]} does not fit)' if wrong else ''}; a {override.kind} takes {', '.join(fields)}"
        )
    return content


def _fits(value: object, kind: type) -> bool:
    if kind is str:
        return isinstance(value, str) and bool(value.strip()) and "\x00" not in value
    if kind is list:
        return isinstance(value, list) and bool(value) and all(_fits(each, str) for each in value)
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _HARDEST
