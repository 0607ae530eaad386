"""The score of the due set orders as the ledger does: priority first, then due time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bellwork.db.ledger import Due
from bellwork.workers.due_set import score

#: What the ledger's CHECKs let in: 1970 to 2200, in microseconds.
jobs = st.builds(Due, st.just(1), st.just("q"), st.integers(-1_000, 1_000), st.integers(1, 7_258_118_399_999_999))


@given(jobs, jobs)
def test_a_smaller_score_is_the_more_urgent_job(one: Due, other: Due) -> None:
    """For any two jobs the ledger takes, scores compare as (priority, due time) do, to the millisecond."""
    assert ((one.priority, one.run_at // 1000) < (other.priority, other.run_at // 1000)) == (score(one) < score(other))
