"""Operators revoke a certificate, and have it issued again under its number; strangers see what became of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.courses.seed import add
from bellwork.db.engine import transaction
from bellwork.workers.testing import drain
from tests.ops.desk import ask
from tests.ops.test_web_certificates import issued, shown, stranger
from tests.tasks.courses.campus import course, graduate, rows

if TYPE_CHECKING:
    from starlette.testclient import TestClient

__all__ = ["stranger"]
WHY = ("--reason", "her name was wrong", "--by", "ann")


def said(*words: str) -> Any:
    """Return the document of a command."""
    return json.loads(ask("certificates", *words, "--json").out)


def test_a_revoked_certificate_says_so_and_who_revoked_it_is_kept(stranger: TestClient) -> None:
    """On the page of its number at once; a second time changes nothing, and is no act."""
    number = issued()
    first, second = said("revoke", number, *WHY), ask("certificates", "revoke", number, *WHY)
    acts = json.loads(ask("acts", "--json").out)["acts"]

    assert {"number": number, "was": "valid", "state": "revoked"} == first
    assert (0, True) == (second.code, "was revoked before" in second.out)
    assert "revoked" == shown(stranger.get(f"/verify/{number}").text)[-1]
    assert [("ann", "certificates revoke", f"certificate {number}", "her name was wrong")] == [
        (each["who"], each["what"], each["subject"], each["why"]) for each in acts
    ]


def test_after_a_change_of_name_a_certificate_is_issued_again_under_its_number(stranger: TestClient) -> None:
    """Asked twice before its job has run it is one; the page shows the new name, and that it is valid."""
    number = issued()
    said("revoke", number, *WHY)
    rows("UPDATE {courses}.users SET last_name = 'Reed' WHERE last_name = 'Moss'")
    asked = [said("reissue", number, *WHY) for _ in range(2)]
    drain()
    page = shown(stranger.get(f"/verify/{number}").text)

    assert [("revoked", 2)] * 2 == [(each["was"], each["issue_no"]) for each in asked]
    assert 1 == len({each["job"] for each in asked})
    assert ("Ada Reed", "valid") == (page[0], page[-1])
    assert 2 == len(rows("SELECT FROM {courses}.certificate_issues"))
    assert 2 == len(rows("SELECT FROM bellwork.operator_acts WHERE what = 'certificates reissue'"))


@pytest.mark.usefixtures("stranger")
def test_what_cannot_be_done_is_told_in_a_line_and_is_no_act() -> None:
    """A number of nobody's, a certificate of before, a learner who has left."""
    number = issued()
    enrollment = graduate(course("Old"))
    [who] = rows("SELECT user_id, course_id FROM {courses}.enrollments WHERE id = :id", id=enrollment)
    with transaction() as conn:
        add(conn, "certificates", **who._mapping, certificate_number="OLD-1", title="Old")
    rows("UPDATE {courses}.users SET deleted_at = now() WHERE id = (SELECT user_id FROM {courses}.certificate_issues)")
    answers = {
        words: ask("certificates", *words, *WHY)
        for words in (
            ("revoke", "LC-1"),
            ("reissue", "LC-1"),
            ("revoke", "OLD-1"),
            ("reissue", "OLD-1"),
            ("reissue", number),
        )
    }

    assert {1} == {each.code for each in answers.values()}
    assert "there is no certificate 'LC-1'" in answers["revoke", "LC-1"].err
    assert "was not issued here" in answers["revoke", "OLD-1"].err
    assert "its learner has left" in answers["reissue", number].err
    assert [] == rows("SELECT FROM bellwork.operator_acts")
