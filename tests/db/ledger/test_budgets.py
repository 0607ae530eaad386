"""What a day has cost is never below nothing, and never more calls than its budget has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger import budgets
from bellwork.db.ledger.changes import ChangedBy

WHO = ChangedBy("ann", "a test")


@pytest.mark.usefixtures("undone")
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["reserve", "settle", "give back"]),
            st.integers(0, 3),
            st.integers(-5, 5000),
        ),
        max_size=12,
    )
)
def test_bookings_are_never_negative_and_calls_never_over(steps: list[tuple[str, int, int]]) -> None:
    """Whatever is settled and given back, twice too: PostgreSQL would refuse a figure below 0."""
    with transaction() as conn:
        driver = psycopg_of(conn)
        driver.execute("DELETE FROM bellwork.budget_days; DELETE FROM bellwork.budgets")
        budgets.set_budget(conn, "t", WHO, {"calls": 6, "price_input": 1, "call_tokens": 100})
        held: list[budgets.Reservation] = []
        for step, which, tokens in steps:
            if step == "reserve":
                held += filter(None, [budgets.reserve(conn, "t", which + 1)])
            elif held and step == "settle":
                budgets.settle(conn, held[which % len(held)], max(0, tokens), 0)
            elif held:
                budgets.give_back(conn, held[which % len(held)], which)
        found = budgets.find_budget(conn, "t")

    assert found is not None
    assert 0 <= found.spent_calls <= 6
    assert found.spent_tokens >= 0
    assert found.spent_money >= 0
