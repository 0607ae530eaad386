"""The soak's check of learners' numbers: silent where all is counted, and loud where a move or a count is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.workers.testing import drain
from tests.soak import learned

WRONG = {
    "an item that nobody counted": "UPDATE companion.practice_assignments SET completed = false",
    "a move that was lost": "UPDATE companion.student_ratings SET rating = rating + 1",
    "a goal that was not counted": "UPDATE companion.goals SET xp_earned = 0",
    "a learner who was not counted": "UPDATE companion.users SET gamification = '{}'",
}


@pytest.mark.usefixtures("database")
def test_the_check_sees_each_number_that_is_wrong() -> None:
    """Answers that were told of twice are whole; each thing that is changed behind their back is named."""
    with transaction() as conn:
        learned.lay_out(conn)
        for number in range(6):
            learned.answer(conn, f"order {number}", correct=number > 0)
    with transaction() as conn:
        assert learned.waiting(conn)
    drain()
    with transaction() as conn:
        assert ([], False) == (learned.broken(conn), learned.waiting(conn))
        for what, change in WRONG.items():
            with conn.begin_nested() as undone:
                conn.execute(text(change))
                assert learned.broken(conn), what
                undone.rollback()
