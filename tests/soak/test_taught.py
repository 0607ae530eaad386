"""The soak's check of courses: silent where each learner has one certificate, and loud where something is missing."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.tasks.courses.certificates import issue  # noqa: F401 - what completes a course sends to
from bellwork.workers.testing import drain
from tests.soak import taught

WRONG = {
    "a course that is not completed": "UPDATE courses.enrollments SET status = 'active', completed_at = NULL",
    "a course that was not counted": "UPDATE courses.course_progress SET percent_complete = 0",
    "a lesson that counted twice": "UPDATE courses.learner_days SET lessons = 2",
    "a certificate without its page": "UPDATE courses.certificates SET pdf_url = NULL",
}


@pytest.mark.usefixtures("database")
def test_the_check_sees_each_course_that_is_wrong() -> None:
    """What was told of twice is whole; each thing that is changed behind its back is named."""
    with transaction() as conn:
        taught.lay_out(conn)
        for number in range(3):
            taught.read(conn, f"order {number}")
    with transaction() as conn:
        assert taught.waiting(conn)
    drain()
    with transaction() as conn:
        assert ([], False) == (taught.broken(conn), taught.waiting(conn))
        for what, change in WRONG.items():
            with conn.begin_nested() as undone:
                conn.execute(text(change))
                assert taught.broken(conn), what
                undone.rollback()
