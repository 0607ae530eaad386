"""`bellwork budgets`: set, shown, raised and lifted at run time; jobs that wait say for whom, and until when."""

from __future__ import annotations

import json
from typing import Any

import dramatiq
import pytest

from bellwork.workers import budget
from bellwork.workers.testing import run_inline
from tests.ops.desk import ask
from tests.workers import look

pytestmark = pytest.mark.usefixtures("database")
WHY = ("--reason", "a test", "--by", "ann")


@dramatiq.actor(actor_name="t.costs", queue_name="t.costs", max_retries=0)
def costs() -> None:
    """Call a provider."""
    with budget.reserved("llm"), budget.call() as call:
        call.cost(1_000, 500)


def shown() -> dict[str, Any]:
    """Return the budget of the language model as data."""
    [found] = json.loads(ask("budgets", "list", "--json").out)["budgets"]
    return dict(found)


def test_a_job_says_for_which_provider_it_waits_and_until_when() -> None:
    """And may go on when an operator says more; what was spent is shown in calls, tokens and money."""
    ask("budgets", "set", "llm", "--calls", "1", "--price-input", "2", "--price-output", "10", *WHY)
    run_inline(costs)
    waiting = run_inline(costs)
    why = ask("explain", "job", str(waiting["id"])).out
    listed = ask("budgets", "list").out
    raised = ask("budgets", "set", "llm", "--calls", "1e3", "--tokens", "1e6", "--money", "20", *WHY).out

    assert "today's budget of 'llm' is spent (calls 1 of 1); the next begins at" in why
    assert all(word in listed for word in ("1 of 1", "1,500 of any", "0.007 of any", "spent: calls"))
    assert "20.00 of money, 1,000 of calls, 1,000,000 of tokens a day (UTC). 1 job that waited" in raised
    assert "available" == look.jobs("t.costs")[-1]["state"]
    assert {"spent_calls": 1, "calls": 1000, "lacking": []}.items() <= shown().items()
    assert "ann" in ask("acts", "--on", "budget llm").out


def test_a_budget_is_lifted() -> None:
    """Its prices are kept, and what is spent is counted."""
    ask("budgets", "set", "llm", "--calls", "0", "--price-input", "2", *WHY)
    lifted = ask("budgets", "lift", "llm", *WHY)
    run_inline(costs)

    assert (0, "Provider 'llm' may cost anything a day (UTC).\n") == (lifted.code, lifted.out)
    assert (None, 2.0, 1) == (shown()["calls"], shown()["price_input"], shown()["spent_calls"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "llm", "--money", "20"), "'llm' has no price"),
        (("set", "lmm", "--calls", "20"), "there is no provider 'lmm'; there are llm, tts"),
        (("set", "llm"), "say what to set"),
        (("set", "llm", "--calls", "-1"), "'-1' is no amount"),
        (("set", "llm", "--calls", "1.5"), "'1.5' is no whole number"),
        (("set", "llm", "--money", "NaN"), "'NaN' is no amount"),
        (("set", "llm", "--call-tokens", "0"), "--call-tokens is a whole number above 0"),
        (("lift", "llm"), "provider 'llm' has no budget"),
    ],
)
def test_what_cannot_be_set_is_refused(words: tuple[str, ...], said: str) -> None:
    """In a line, and nothing is changed."""
    answer = ask("budgets", *words, *WHY)

    assert answer.code
    assert said in " ".join(answer.err.replace("│", " ").split())
    assert [] == json.loads(ask("budgets", "list", "--json").out)["budgets"]
