"""`bellwork explain nudge` tells why a learner got one, or none; what a system explains is found through its System."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from bellwork.db.companion.nudges import nudge_inactive
from bellwork.db.engine import transaction
from tests.db.companion.school import DAY, WORDS, School
from tests.ops.desk import ask

pytestmark = pytest.mark.usefixtures("database")


def test_each_reason_is_told_in_words() -> None:
    """One who got a nudge today, one who opted out, one for whom nothing is due, and a tutor."""
    long_ago = datetime.now(UTC) - 30 * DAY
    with transaction() as conn:
        school = School(conn)
        nudged, out = school.user(signed_up=long_ago), school.user(signed_up=long_ago, nudges=False)
        new, due = school.user(signed_up=datetime.now(UTC)), school.user(signed_up=long_ago, nudge_frequency_cap=2)
        for learner in (nudged, out):
            nudge_inactive(conn, learner, WORDS, datetime.now(UTC).replace(hour=1))
        school.goal(due, datetime.now(UTC) - DAY)
        school.nudge(due, at=datetime.now(UTC) - DAY)
        said = {
            nudged: ["does not go: one of this type went today", "inactivity went 20", "its letter is pending"],
            out: ["inactivity is due and does not go: the learner opted out", "inactivity did not go on 20"],
            new: ["inactivity is not due before", "cross_subject is not due"],
            due: ["cross_subject is due and does not go: the learner has a nudge", ", written by another program"],
            school.tutor: ["a tutor, whose day is that of UTC", "only students are nudged"],
        }
    for who, lines in said.items():
        answer = ask("explain", "nudge", str(who))
        assert answer.code == 0
        assert [] == [line for line in lines if line not in answer.out], answer.out
    [reason] = json.loads(ask("explain", "nudge", str(school.tutor), "--json").out)["reasons"]
    assert {"said": "only students are nudged", "mend": ""} == reason


def test_what_cannot_be_explained_is_said_in_one_line() -> None:
    """No such user, no id at all, no such word; and without words what one may ask."""
    nobody = str(uuid4())

    assert f"bellwork: there is no user {nobody}\n" == ask("explain", "nudge", nobody).err
    assert "'ann' is no id of a user" in ask("explain", "nudge", "ann").err
    assert "there is no explanation of 'letter'; there are job, nudge" in ask("explain", "letter", nobody).err
    assert "the USER is missing" in ask("explain", "nudge").err
    assert "bellwork explain nudge USER: Why a learner got a nudge, or none." in ask("explain").out
