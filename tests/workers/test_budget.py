"""A day's budget holds, whoever calls at once and whoever dies; what finds nothing left waits for the day to turn."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from decimal import Decimal
from typing import Any

import dramatiq
import pytest

from bellwork.db.budgeted import list_budgets
from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger import budgets
from bellwork.db.ledger.changes import ChangedBy
from bellwork.workers import Snooze, budget
from bellwork.workers.testing import run_inline
from tests.db.ledger import hands
from tests.workers import look

WHO = ChangedBy("ann", "a test")


@dramatiq.actor(actor_name="t.spend", queue_name="t.spend", max_retries=0)
def spend(calls: int = 1) -> None:
    """Make calls of a provider, 100 tokens each."""
    with budget.reserved("t", calls):
        for _ in range(calls):
            with budget.call() as call:
                call.cost(60, 40)


def put(provider: str = "t", **units: Any) -> int:
    """Set a budget; returns how many jobs go on."""
    return hands.act(budgets.set_budget, provider, WHO, units)


def spent(provider: str = "t") -> tuple[int, int, Decimal]:
    """Return what today has cost: calls, tokens, money."""
    with transaction() as conn:
        found = next(each for each in list_budgets(psycopg_of(conn)) if each.provider == provider)
    return found.spent_calls, found.spent_tokens, found.spent_money


@pytest.mark.usefixtures("database")
def test_fifty_at_once_are_never_over_a_budget_of_calls() -> None:
    """Of 80 callers on 50 threads exactly as many as the budget has get their call; the others are sent away."""
    put(calls=33)
    together = threading.Barrier(50)

    def call(number: int) -> bool:
        if number < 50:
            together.wait(30)
        try:
            with budget.reserved("t"), budget.call() as made:
                made.cost(1, 1)
        except Snooze:
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        got = list(pool.map(call, range(80)))

    assert (33, 33) == (sum(got), spent()[0])


@pytest.mark.usefixtures("database")
def test_what_finds_nothing_left_waits_for_the_day_to_turn() -> None:
    """Its job burns no retry, says for whom and until when, and goes on when the budget is raised."""
    put(calls=1)
    first, second = run_inline(spend), run_inline(spend)
    midnight = hands.ask(
        "SELECT run_at >= (CAST(now() AT TIME ZONE 'UTC' AS date) + 1)::timestamp AT TIME ZONE 'UTC' AND"
        " run_at < (CAST(now() AT TIME ZONE 'UTC' AS date) + 1)::timestamp AT TIME ZONE 'UTC' + interval '62 s'"
        " FROM bellwork.jobs"
    )
    raised = put(calls=2)

    assert ("done", "scheduled", 0, True) == (first["state"], second["state"], second["retries"], midnight)
    assert (1, "available") == (raised, look.jobs("t.spend")[-1]["state"])


@pytest.mark.usefixtures("database")
def test_work_that_asks_for_more_than_is_left_begins_none_of_it() -> None:
    """Two of three calls are spent: two more are refused together, and one is still there."""
    put(calls=3)

    assert ["done", "scheduled", "done"] == [run_inline(spend, calls=calls)["state"] for calls in (2, 2, 1)]


@pytest.mark.usefixtures("database")
def test_tokens_and_money_are_what_answers_tell() -> None:
    """By price, or by the answer's own word; a refused call costs nothing, and an unknown one its estimate."""
    put(price_input=2, price_output=10, call_tokens=1000)
    with budget.reserved("t", 4):
        with budget.call() as told:
            told.cost(500_000, 100_000)
        with budget.call() as named:
            named.cost(1, 1, 0.25)
        with budget.call() as refused:
            refused.free()
        with budget.call():
            pass

    assert (4, 600_002 + 1000, Decimal(2) + Decimal("0.25") + Decimal("0.01")) == spent()


@pytest.mark.usefixtures("database")
def test_a_budget_of_money_is_reserved_by_estimate() -> None:
    """Ten calls of 0.01 each fit into 0.105, until they are settled at less; whoever dies leaves his estimate."""
    put(price_output=10, call_tokens=1000, money=Decimal("0.105"))
    held = [hands.act(budgets.reserve, "t", 1) for _ in range(11)]
    assert held[0]
    hands.act(budgets.settle, held[0], 0, 100)

    assert [True] * 10 + [False] == [each is not None for each in held]
    assert hands.act(budgets.reserve, "t", 1)
    assert not hands.act(budgets.reserve, "t", 1)


@pytest.mark.usefixtures("database")
def test_second_tries_are_of_the_budget_too() -> None:
    """A turn of one call that needs two takes the second from the day, in whatever thread; and a third is refused."""
    put(calls=2)
    with budget.reserved("t", 1):
        with budget.call():
            pass
        worker = threading.Thread(target=copy_context().run, args=(_make,))
        worker.start()
        worker.join()
        with pytest.raises(Snooze, match=r"calls 2 of 2"):
            _make()

    assert 2 == spent()[0]


def _fail() -> None:
    with budget.reserved("t", 5), budget.call() as call:
        call.free()
        raise ZeroDivisionError


def _make() -> None:
    with budget.call():
        pass


@pytest.mark.usefixtures("database")
def test_what_is_not_made_is_given_back() -> None:
    """Of five reserved calls one is made before the work fails: four are there again."""
    put(calls=5)
    with pytest.raises(ZeroDivisionError):
        _fail()

    assert (1, 0) == spent()[:2]


@pytest.mark.usefixtures("database")
def test_a_budget_of_money_needs_a_price() -> None:
    """Before any is set, and in the table itself; what has no budget is counted and not limited."""
    with pytest.raises(budgets.NoPrice, match=r"'t' has no price"):
        put(money=20)
    with pytest.raises(Exception, match="budgets_money_has_a_price"):
        hands.run("INSERT INTO bellwork.budgets (provider, money) VALUES ('t', 1)")

    assert "done" == run_inline(spend, calls=3)["state"]
    assert (3, 300, Decimal(0)) == spent()
