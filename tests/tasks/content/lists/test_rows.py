"""What becomes of each row of a list: a user, a place in a class, or a reason by its number."""

from __future__ import annotations

import pytest

from tests.tasks.content.lists.office import errors, people, take_in

SEVEN = """first,last,email,role,grade,class
Ada,Lovelace,Ada.Lovelace@Example.org ,student,9,History 9B
Bob,Noakes,bob@,student,9,
Cleo,Nile,cleo@example.org,student,13,
Dan,Dare,dan@example.org,principal,,
Eve,,eve@example.org,student,10,
Ada,Again,ada.lovelace@example.org,student,9,
Finn,Else,elsewhere@example.org,student,9,
=1+1,Sum,sum@example.org,student,9,
Gus,Good,gus@example.org,teacher,,
"""


@pytest.mark.usefixtures("school")
def test_seven_faults_are_each_named_by_their_row() -> None:
    """The two rows that are valid become users all the same."""
    report = take_in(SEVEN)

    assert {
        3: "no e-mail address: There must be something after the @-sign.",
        4: "a student's grade is one of 9 to 12",
        5: "a list makes students and teachers, and this is the role 'principal'",
        6: "there is no last name",
        7: "row 2 has the same address",
        8: "the address belongs to an account of another school",
        9: "the column of 'first' begins with '=', as a formula does",
    } == errors(report)
    assert ("completed", 9, 2, 7) == tuple(
        report[name] for name in ("status", "total_rows", "successful_count", "failed_count")
    )
    assert [
        {"email": "ada.lovelace@example.org", "first_name": "Ada", "last_name": "Lovelace", "role": "student"}
        | {"grade_level": 9, "classes": ["class_2"]},
        {"email": "gus@example.org", "first_name": "Gus", "last_name": "Good", "role": "teacher"}
        | {"grade_level": None, "classes": []},
    ] == people()
