"""Asks for lessons as an API layer does, and reads what became of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from bellwork.db.content.queries import Generation
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.content.understand import understand

NEWTON, NEWTON_TOPIC = "Explain Newton's third law", "topic_phys_newton_3"
AMBIGUOUS = "waves and energy"
AMARA, DIEGO, HANA = "user_student_amara", "user_student_diego", "user_student_hana"

_numbers = count(1)
_INSERT = """
INSERT INTO {content}.content_requests (id, student_id, original_query, status, topic_id, interest_id, style, metadata)
VALUES (:id, :student_id, :original_query, CAST(:status AS {content}.request_status), :topic_id, :interest_id, :style,
        CAST(:metadata AS jsonb))
"""


def insert(query: str = NEWTON, **columns: Any) -> str:
    """Insert a request and return its id; no job is sent."""
    row = {
        "id": f"req_{next(_numbers)}",
        "student_id": AMARA,
        "original_query": query,
        "status": "nlu_processing",
        "topic_id": None,
        "interest_id": None,
        "style": "conversational",
        "metadata": {},
        **columns,
    }
    with transaction() as conn:
        conn.execute(sql(_INSERT), {**row, "metadata": json.dumps(row["metadata"])})
    return str(row["id"])


def ask(query: str = NEWTON, **columns: Any) -> str:
    """Insert a request and send its first job, in one transaction; returns its id."""
    with transaction():
        request_id = insert(query, **columns)
        understand.send(request_id=request_id)
    return request_id


def read(request_id: str) -> dict[str, Any]:
    """Return a request's row."""
    with transaction() as conn:
        found = conn.execute(sql("SELECT * FROM {content}.content_requests WHERE id = :id"), {"id": request_id})
        return dict(found.mappings().one())


def history(request_id: str) -> list[str]:
    """Return the statuses that a request went through."""
    return [step["status"] for step in read(request_id)["metadata"]["history"]]


def contents() -> list[dict[str, Any]]:
    """Return the rows of generated_content."""
    with transaction() as conn:
        return [dict(row) for row in conn.execute(sql("SELECT * FROM {content}.generated_content")).mappings()]


def generation(request_id: str) -> Generation:
    """Name what a request waits for."""
    row = read(request_id)
    return Generation(row["topic_id"], row["interest_id"], row["style"])


def change(statement: str, **asked: Any) -> None:
    """Run a statement, as an operator would by hand."""
    with transaction() as conn:
        conn.execute(sql(statement), asked)


def age(request_id: str, minutes: float) -> None:
    """Let a request's last move lie so many minutes back."""
    change(
        "UPDATE {content}.content_requests"
        " SET metadata = jsonb_set(metadata, '{history,-1,at}', to_jsonb(CAST(:at AS text))) WHERE id = :id",
        id=request_id,
        at=(datetime.now(UTC) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    )
