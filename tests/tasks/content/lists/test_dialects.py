"""The same 500 people in nine dialects give the same rows."""

from __future__ import annotations

import pytest

from tests.tasks.content.lists.dialects import DIALECTS, pupils
from tests.tasks.content.lists.office import people, take_in

#: What a file of each dialect is found to be.
FOUND = {
    "first document": ("list", "utf-8", "comma"),
    "second document": ("list", "utf-8-sig", "semicolon"),
    "third document": ("list", "utf-16", "tab"),
    "OneRoster 1.1": ("oneroster", "utf-8", "comma"),
    "OneRoster 1.2, zipped": ("oneroster", "utf-8", "comma"),
    "OneRoster, enrolled": ("oneroster", "utf-8", "comma"),
    "Moodle": ("moodle", "utf-8", "comma"),
    "Canvas": ("canvas", "utf-8", "bar"),
    "an old spreadsheet": ("list", "cp1252", "colon"),
}


@pytest.mark.usefixtures("school")
@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_same_people_give_the_same_rows(dialect: str) -> None:
    """Names, addresses, roles, grades and the class: what the file lacks comes from its upload."""
    report = take_in(DIALECTS[dialect](pupils()), class_id="class_2")
    expected = [
        {"email": p.email, "first_name": p.first, "last_name": p.last, "role": p.role, "grade_level": p.grade}
        | {"classes": ["class_2"] if p.role == "student" else []}
        for p in sorted(pupils(), key=lambda each: each.email)
    ]

    assert [] == report["error_log"]
    assert expected == people()
    assert FOUND[dialect] == (report["format"], report["encoding"], report["delimiter"])
    assert ("completed", 500, 500, 490) == tuple(
        report[name] for name in ("status", "total_rows", "created_count", "place_count")
    )
