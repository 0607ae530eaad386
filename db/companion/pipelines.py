"""Which job fills a practice set that is open: what `bellwork reconcile` holds sets and jobs against."""

from __future__ import annotations

from bellwork.db.vocabulary import Pipeline, Stage

_SET = {"student_id": "student_id", "request_id": "request_id"}
_ALSO = {"subject_id": "subject_id", "count": "wanted"}
_KEY = "'companion.assign_practice:' || r.student_id || ':' || md5(r.request_id)"

#: The job makes its set: a set is there once it has begun.
PRACTICE_SETS = Pipeline(
    "companion.practice_sets",
    table="practice_sets",
    stages=tuple(
        Stage(state, "companion.assign_practice", _SET, also=_ALSO, key=_KEY, makes_row=True)
        for state in ("pending", "processing")
    ),
    final=("completed", "failed"),
    status="state",
    by=("student_id", "request_id"),
    since="created_at",
)
