"""Sessions in a test: learners start them, and rows say what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.courses.seed import Seeded, add, seed_course
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.courses import labs as work
from bellwork.workers import broker
from bellwork.workers.testing import drain as drained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

del work  # its actors are what is wanted of it
_PLAN = "UPDATE {courses}.users SET subscription_tier = CAST(:tier AS {courses}.subscription_tier) WHERE id = :id"
_LABS = """
UPDATE {courses}.labs SET starter_files = CAST(:files AS jsonb), duration_minutes = coalesce(:minutes, duration_minutes)
"""
_CONTAINERS = "SELECT reset_no, state FROM {courses}.lab_containers WHERE lab_session_id = :id ORDER BY reset_no"


def course(tier: str = "premium", **lab: Any) -> Seeded:
    """Seed a course whose learner has a plan; its labs may begin with `files`, as JSON, and last for `minutes`."""
    with transaction() as conn:
        seeded = seed_course(conn)
    change(_PLAN, tier=tier, id=seeded.learner)
    change(_LABS, **({"files": None, "minutes": None} | lab))
    return seeded


def session(seeded: Seeded, lab: str = "lab", **values: Any) -> UUID:
    """Insert a session of the learner in one of his labs, pending unless told."""
    with transaction() as conn:
        return add(conn, "lab_sessions", lab_id=seeded.labs[lab], user_id=seeded.learner, **values)


def running(seeded: Seeded, lab: str = "lab", left: str = "30 minutes", **values: Any) -> UUID:
    """Insert a session that has been running for half an hour, without any container."""
    made = session(seeded, lab, status="running", **values)
    change(
        """UPDATE {courses}.lab_sessions SET started_at = now() - interval '30 minutes',
               expires_at = now() + CAST(:left AS interval) WHERE id = :id""",
        left=left,
        id=made,
    )
    return made


def change(statement: str, **values: Any) -> None:
    """Execute a statement in a transaction of its own."""
    with transaction() as conn:
        conn.execute(sql(statement), values)


def ask(statement: str, **values: Any) -> Sequence[Any]:
    """Return the rows of a query."""
    with transaction() as conn:
        return conn.execute(sql(statement), values).all()


def row(session_id: UUID) -> Any:
    """Return a session's row."""
    return ask("SELECT * FROM {courses}.lab_sessions WHERE id = :id", id=session_id)[0]


def containers(session_id: UUID) -> list[tuple[int, str]]:
    """Return the containers of a session: number of the reset, state."""
    return [(each.reset_no, each.state) for each in ask(_CONTAINERS, id=session_id)]


def told(kind: str = "%") -> list[str]:
    """Return what learners were told, the oldest first."""
    found = ask("SELECT body ->> 'text' AS text FROM bellwork.notices WHERE kind LIKE :kind ORDER BY id", kind=kind)
    return [each.text for each in found]


def drain(*hosts: str, later: bool = False) -> int:
    """Run what is due on the queues of labs, on those of these hosts, too."""
    for host in (*hosts, "here"):
        broker.declare_queue(f"labs-{host}")
    return drained("labs", "courses", *(f"labs-{host}" for host in (*hosts, "here")), later=later)
