"""Content as if it had been made before, students who were served it, and what they say and do about it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from bellwork.db.content.queries import Generation
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.content.feedback import apply_feedback
from bellwork.workers.testing import run_inline
from tests.tasks.content.lesson import AMARA, NEWTON_TOPIC, change, insert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["AMARA", "NEWTON_TOPIC"]
BASKETBALL = "int_basketball"
_numbers = count(1)
_MAKE = """
INSERT INTO {content}.generated_content (id, topic_id, interest_id, style, cache_key, content_type, audio_url,
    video_url, created_at)
VALUES (:id, :topic, :interest, :style, :key, 'vivid_learning', 'file:///a.wav', 'file:///a.mp4',
        now() - interval '40 days')
ON CONFLICT DO NOTHING
"""
_SAY = """
INSERT INTO {content}.feedback (id, student_id, content_id, feedback_type, rating, comment, created_at)
VALUES (:id, :student, :content, CAST(:kind AS {content}.feedback_type), :rating, :comment, coalesce(:at, now()))
"""


def make(topic: str = NEWTON_TOPIC, interest: str = BASKETBALL, style: str = "conversational") -> str:
    """Put content on the shelf; returns its id."""
    generation = Generation(topic, interest, style)
    named = {"id": generation.content_id, "key": generation.cache_key}
    change(_MAKE, topic=topic, interest=interest, style=style, **named)
    return generation.content_id


def serve(student: str, topic: str = NEWTON_TOPIC, interest: str = BASKETBALL, style: str = "conversational") -> str:
    """Let a student have been served content; returns its id."""
    content = make(topic, interest, style)
    request = insert(student_id=student, status="fast_path_ready", topic_id=topic, interest_id=interest, style=style)
    change(
        "UPDATE {content}.content_requests SET status = 'completed', completed_at = now(), generated_content_id = :c"
        " WHERE id = :id",
        c=content,
        id=request,
    )
    return content


def say(kind: str, content: str, student: str = AMARA, **more: Any) -> str:
    """Insert feedback; returns its id."""
    row = {"id": f"feedback_{next(_numbers)}", "student": student, "content": content, "kind": kind}
    change(_SAY, **row, **({"rating": None, "comment": None, "at": None} | more))
    return str(row["id"])


def apply(feedback: str) -> str:
    """Let feedback have its effect; returns the state of its job."""
    return str(run_inline(apply_feedback, feedback_id=feedback)["state"])


def told(kind: str, content: str, student: str = AMARA, **more: Any) -> tuple[str, str | None]:
    """Insert feedback and let it have its effect; returns outcome and reason."""
    feedback = say(kind, content, student, **more)
    assert apply(feedback) == "done"
    return became(feedback)


def became(feedback: str) -> tuple[str, str | None]:
    """Return outcome and reason of feedback."""
    [row] = ask("SELECT outcome, reason FROM {content}.feedback_effects WHERE feedback_id = :id", id=feedback)
    return row[0], row[1]


def view(content: str, event: str | None = None, student: str = AMARA, **more: Any) -> str:
    """Note a view of now, or as told."""
    asked = {"event": event or f"e{next(_numbers)}", "seconds": 0, "at": datetime.now(UTC)} | more
    statement = "SELECT {content}.note_view(:event, :student, :content, :seconds, :at)"
    return str(one(statement, student=student, content=content, **asked))


def complete(content: str, event: str | None = None, student: str = AMARA, **more: Any) -> str:
    """Note a completion of now, or as told."""
    asked = {"event": event or f"e{next(_numbers)}", "at": datetime.now(UTC)} | more
    return str(
        one(
            "SELECT {content}.note_completion(:event, :student, :content, :at)",
            student=student,
            content=content,
            **asked,
        )
    )


def figures(content: str) -> tuple[Any, ...]:
    """Return views, completions and average rating of content."""
    [row] = ask(
        "SELECT view_count, completion_count, average_rating::text FROM {content}.generated_content WHERE id = :id",
        id=content,
    )
    return row


def progress(student: str = AMARA, topic: str = NEWTON_TOPIC) -> dict[str, Any]:
    """Return a student's progress with a topic; nothing where there is none."""
    with transaction() as conn:
        statement = "SELECT * FROM {content}.student_progress WHERE student_id = :student AND topic_id = :topic"
        found = conn.execute(sql(statement), {"student": student, "topic": topic}).mappings().one_or_none()
        return dict(found) if found else {}


def ask(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with transaction() as conn:
        return [tuple(row) for row in conn.execute(sql(statement), values)]


def one(statement: str, **values: Any) -> Any:
    """Return the one value of a query."""
    [(value,)] = ask(statement, **values)
    return value


def at_once(works: Iterable[Callable[[], object]], threads: int = 10) -> list[Any]:
    """Do these in several threads at once; returns what each came to."""
    with ThreadPoolExecutor(threads) as pool:
        return [each.result() for each in [pool.submit(work) for work in works]]


def requests_of(feedback: str) -> list[dict[str, Any]]:
    """Return the requests that feedback led to."""
    with transaction() as conn:
        found = conn.execute(
            sql("SELECT * FROM {content}.content_requests WHERE metadata @> CAST(:led AS jsonb)"),
            {"led": json.dumps({"feedback_id": feedback})},
        )
        return [dict(row) for row in found.mappings()]
