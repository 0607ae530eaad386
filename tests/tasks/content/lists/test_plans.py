"""No statement over a list's rows compares each with each, although PostgreSQL has no statistics of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from bellwork.db.engine import engine
from tests.tasks.content.lists.dialects import oneroster_enrolled, pupils
from tests.tasks.content.lists.office import take_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

#: Tables whose size PostgreSQL knows: a loop over one of them is by an index as soon as it has rows.
TABLES = {"users", "classes", "class_students", "invitations", "list_changes"}


def sources(node: dict[str, Any]) -> set[str]:
    """Return the tables and common table expressions below a node of a plan."""
    own = {node[key] for key in ("Relation Name", "CTE Name") if key in node}
    return own.union(*map(sources, node.get("Plans", [])))


def each_with_each(node: dict[str, Any]) -> Iterator[str]:
    """Yield the conditions of nested loops over a list's rows on both sides, but with the one row of a sum."""
    inner = node.get("Plans", [])
    if node["Node Type"] == "Nested Loop" and "InitPlan" not in node.get("Join Filter", "InitPlan"):
        others = [sources(side) & TABLES for side in inner if side["Parent Relationship"] in {"Outer", "Inner"}]
        if not any(others):
            yield node["Join Filter"]
    for each in inner:
        yield from each_with_each(each)


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize("leavers", [False, True])
def test_rows_are_joined_by_hash_or_index(leavers: bool) -> None:
    """Compared each with each, enrollments of 10,000 people took half a minute."""
    found: list[str] = []
    explained = 0

    def explain(conn: Connection, _cursor: Any, statement: str, asked: Any, *_: Any) -> None:
        nonlocal explained
        if "listed_" not in statement or "DELETE" in statement:
            return
        explained += 1
        driver = conn.connection.driver_connection
        assert driver
        [[[plan]]] = driver.execute(f"EXPLAIN (FORMAT JSON) {statement}", asked).fetchall()
        found.extend(each_with_each(plan["Plan"]))

    event.listen(engine(), "before_cursor_execute", explain)
    try:
        report = take_in(oneroster_enrolled(pupils(60)), leavers=leavers)
    finally:
        event.remove(engine(), "before_cursor_execute", explain)

    assert "completed" == report["status"]
    assert explained > 10
    assert [] == found
