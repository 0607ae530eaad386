"""No moment of the tutoring system is without its zone: a peer broke on one (tutormax, churn_predictor.py)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy import DateTime

import bellwork.db.tutoring
import bellwork.tasks.tutoring
from bellwork.db.tutoring.tables import metadata

_SOURCES = sorted(
    file
    for package in (bellwork.db.tutoring, bellwork.tasks.tutoring)
    for file in Path(next(iter(package.__path__))).rglob("*.py")
)
#: Arguments that a call must have, lest its result knows no zone; none helps those that are never right.
_NEEDED = {"now": 1, "fromtimestamp": 2, "combine": 3}
_NEVER = {"utcnow", "utcfromtimestamp", "today", "strptime"}


def test_no_code_makes_a_naive_moment() -> None:
    """Neither by the clock nor by putting one together, nor by taking a zone away."""
    found = [
        f"{file.name}, line {node.lineno}: {ast.unparse(node)}"
        for file in _SOURCES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _is_naive(node)
    ]

    assert len(_SOURCES) > 20
    assert [] == found


@pytest.mark.parametrize("made", ["datetime.now()", "datetime.utcnow()", "date.today()", "datetime(2026, 1, 1)"])
def test_the_search_finds_what_it_looks_for(made: str) -> None:
    """Each way to make one, as it would be written."""
    assert _is_naive(ast.parse(made, mode="eval").body)


def test_every_column_of_a_moment_has_its_zone() -> None:
    """Timestamptz throughout."""
    columns = [c for table in metadata.tables.values() if table.schema == "tutoring" for c in table.columns]

    assert [] == [f"{c.table.name}.{c.name}" for c in columns if isinstance(c.type, DateTime) and not c.type.timezone]


def _is_naive(call: ast.expr) -> bool:
    if not isinstance(call, ast.Call):
        return False
    words = {word.arg for word in call.keywords}
    if isinstance(call.func, ast.Name) and call.func.id == "datetime":
        return len(call.args) < 8 and "tzinfo" not in words
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr == "replace":
        return any(word.arg == "tzinfo" and ast.unparse(word.value) == "None" for word in call.keywords)
    of = ast.unparse(call.func.value)
    if of not in {"datetime", "date", "datetime.datetime", "dt"}:
        return False
    return call.func.attr in _NEVER or len(call.args) + len(words) < _NEEDED.get(call.func.attr, 0)
