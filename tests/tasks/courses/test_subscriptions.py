"""What becomes of a subscription at the end of its period: once for each, whoever asks how often, and never charged."""

from __future__ import annotations

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.courses.seed import add, add_user
from bellwork.db.courses.tables import SUBSCRIPTION_MACHINE, SubscriptionStatus
from bellwork.db.engine import forget, transaction
from bellwork.tasks.courses.subscriptions import settle
from bellwork.tasks.courses.subscriptions.end import end_periods
from bellwork.tasks.courses.subscriptions.periods import add_months
from bellwork.tasks.courses.subscriptions.settle import settle_period
from bellwork.tasks.providers.errors import ProviderFailure
from bellwork.tasks.providers.payments import Ledger, Paid, Refused, Stripe, Unknown
from bellwork.tasks.providers.wire import Patience
from bellwork.workers.testing import drain, run_inline
from tests.tasks.courses.campus import notices, rows
from tests.tasks.courses.stripe import StripeServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

NOW = datetime.now(UTC).replace(microsecond=0)
SUB = "sub_1"
_ROW = """
SELECT s.*, u.subscription_tier AS held FROM {courses}.subscriptions s JOIN {courses}.users u ON u.id = s.user_id
ORDER BY s.created_at
"""
_PERIODS = "SELECT * FROM {courses}.subscription_periods ORDER BY period_end"


@pytest.fixture
def stripe(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeServer]:
    """A server that collects the money, and a migrated database."""
    del database
    server = StripeServer()
    monkeypatch.setenv("PAYMENTS_URL", server.url)
    monkeypatch.setenv("PAYMENTS_KEY", "key-of-payments-17")
    forget()
    yield server
    server.close()
    forget()


def subscribed(ended: timedelta = timedelta(hours=1), **values: Any) -> UUID:
    """Put a learner with a monthly subscription whose period ended so long ago."""
    end = NOW - ended
    row = {"tier": "pro", "current_period_start": add_months(end, -1), "current_period_end": end} | values
    with transaction() as conn:
        user = add_user(conn, subscription_tier=row["tier"])
        return add(conn, "subscriptions", user_id=user, **{"stripe_subscription_id": SUB} | row)


def hour() -> None:
    """Let the calendar's hour come, and everything it sends be done."""
    assert "done" == run_inline(end_periods)["state"]
    drain("courses")


def later(**time: float) -> None:
    """Let so much time pass, by making everything that was noted older."""
    rows(
        "UPDATE {courses}.subscription_periods SET asked_at = asked_at - CAST(:by AS interval),"
        " refused_at = refused_at - CAST(:by AS interval)",
        by=timedelta(**time),
    )


def row() -> Any:
    """Return the one subscription."""
    [found] = rows(_ROW)
    return found


def test_a_paid_period_is_followed_by_the_next(stripe: StripeServer) -> None:
    """Until the end that payments tell; asked once, by reading, with the key; nobody is told."""
    subscribed()
    end = row().current_period_end
    stripe.invoice(SUB, end, end + timedelta(days=30))
    hour()
    found = row()

    assert ("active", end, end + timedelta(days=30), "pro") == (
        found.status,
        found.current_period_start,
        found.current_period_end,
        found.held,
    )
    assert [("GET", "/v1/invoices")] == [asked[:2] for asked in stripe.asked]
    assert "Bearer key-of-payments-17" == stripe.asked[0][2]["key"]
    assert [] == rows("SELECT FROM bellwork.notices")
    assert ["paid"] == [each.state for each in rows(_PERIODS)]


def test_a_refused_payment_keeps_the_tier_and_is_told_of_on_its_days_until_the_end(stripe: StripeServer) -> None:
    """Days 0, 3, 7, 13; on the fourteenth expired, with the tier taken in the same commit, and listeners told."""
    rows("INSERT INTO bellwork.webhook_endpoints (url) VALUES ('https://x.example/')")
    subscribed()
    end = row().current_period_end
    stripe.invoice(SUB, end, end + timedelta(days=30), "open")
    seen = []
    for _ in range(15):
        hour()
        seen.append((row().status, row().held, len(notices("courses.payment_refused"))))
        later(days=1)

    assert [("past_due", "pro")] * 14 == [each[:2] for each in seen[:14]]
    assert [1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4] == [each[2] for each in seen[:14]]
    assert ("expired", "free", 5) == seen[14]
    assert ["expired"] == [each.state for each in rows(_PERIODS)]
    assert ["subscription.cancelled"] == [each.event_type for each in rows("SELECT * FROM bellwork.webhook_deliveries")]
    assert {"GET"} == {asked[0] for asked in stripe.asked}


def test_a_payment_that_comes_late_renews_without_a_gap(stripe: StripeServer) -> None:
    """Past due on day five, paid on day six: active, from where the last period ended."""
    subscribed()
    end = row().current_period_end
    stripe.invoice(SUB, end, end + timedelta(days=30), "open")
    hour()
    later(days=6)
    stripe.invoices[SUB][0]["status"] = "paid"
    hour()

    assert ("active", end, "pro") == (row().status, row().current_period_start, row().held)
    assert "paid" == rows(_PERIODS)[0].state


def test_an_answer_that_is_lost_is_asked_for_again(stripe: StripeServer) -> None:
    """Nothing changes meanwhile but what is known: no notice, no charge, no next period."""
    subscribed()
    end = row().current_period_end
    stripe.invoice(SUB, end, end + timedelta(days=30))
    stripe.lose = 100
    before = row()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settle, "payments", lambda: _quick(stripe.url))
        hour()
        assert before == row()
        assert ["unknown"] == [each.state for each in rows(_PERIODS)]
        stripe.lose = 0
        hour()

    assert "active" == row().status
    assert end == row().current_period_start
    assert {"GET"} == {asked[0] for asked in stripe.asked}
    assert [] == rows("SELECT FROM bellwork.notices")


def test_a_lost_answer_after_a_refusal_leaves_the_refusal(stripe: StripeServer) -> None:
    """The days go on by the calendar, whether payments answer or not."""
    subscribed()
    end = row().current_period_end
    stripe.invoice(SUB, end, end + timedelta(days=30), "open")
    hour()
    later(days=3)
    stripe.status, stripe.body = 500, "{}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settle, "payments", lambda: _quick(stripe.url))
        hour()

    assert ("past_due", ["refused"]) == (row().status, [each.state for each in rows(_PERIODS)])
    assert 2 == len(notices("courses.payment_refused"))


def test_who_wants_to_leave_leaves_without_a_question(stripe: StripeServer) -> None:
    """Cancelled and free, in one; told once; a subscription whose period goes on stays."""
    leaving = subscribed(cancel_at_period_end=True)
    subscribed(timedelta(days=-3), cancel_at_period_end=True)
    for _ in range(3):
        hour()
    gone, staying = rows(_ROW)

    assert (leaving, "cancelled", "free") == (gone.id, gone.status, gone.held)
    assert ("active", "pro") == (staying.status, staying.held)
    assert [] == stripe.asked
    assert 1 == len(notices("courses.subscription_ended"))


def test_missed_months_are_settled_one_by_one_in_their_order(stripe: StripeServer) -> None:
    """A scheduler away for four months: each period is asked for, the last one is the present one."""
    subscribed(timedelta(days=100))
    ends = [row().current_period_end]
    for _ in range(4):
        ends.append(add_months(ends[0], len(ends)))
        stripe.invoice(SUB, ends[-2], ends[-1])
    hour()
    found = rows(_PERIODS)

    assert ends[:4] == [each.period_end for each in found]
    assert ["paid"] * 4 == [each.state for each in found]
    assert ("active", ends[4]) == (row().status, row().current_period_end)
    assert ends[4] > NOW


def test_a_month_that_was_refused_stops_those_behind_it(stripe: StripeServer) -> None:
    """The first paid, the second refused: past due at its end; who is told has his fourteen days from then on."""
    subscribed(timedelta(days=70))
    first = row().current_period_end
    stripe.invoice(SUB, first, add_months(first, 1))
    stripe.invoice(SUB, add_months(first, 1), add_months(first, 2), "uncollectible")
    hour()

    assert ("past_due", add_months(first, 1), "pro") == (row().status, row().current_period_end, row().held)
    assert ["paid", "refused"] == [each.state for each in rows(_PERIODS)]
    assert 1 == len(notices("courses.payment_refused"))


@pytest.mark.parametrize("answer", ["paid", "open", "draft"])
def test_triple_and_concurrent_delivery_settles_once(stripe: StripeServer, answer: str) -> None:
    """Nine jobs for one period in six threads: one next period, or one notice, or nothing."""
    id_ = subscribed()
    end = row().current_period_end
    stripe.invoice(SUB, end, end + timedelta(days=30), answer, 0 if answer == "draft" else 1)
    with ThreadPoolExecutor(6) as threads:
        jobs = [threads.submit(run_inline, settle_period, subscription_id=id_, period_end=end) for _ in range(9)]
        assert {"done"} == {each.result()["state"] for each in jobs}

    assert 1 == len(rows(_PERIODS))
    assert {"paid": 0, "open": 1, "draft": 0}[answer] == len(rows("SELECT FROM bellwork.notices"))
    assert {"paid": end + timedelta(days=30)}.get(answer, end) == row().current_period_end


@pytest.mark.parametrize(("status", "answer"), list(itertools.product(SubscriptionStatus, ("paid", "open", "draft"))))
def test_every_status_goes_only_where_its_machine_lets_it(
    stripe: StripeServer, status: SubscriptionStatus, answer: str
) -> None:
    """What is over stays over, whatever payments say."""
    subscribed(status=status)
    end = row().current_period_end
    stripe.invoice(SUB, end, end + timedelta(days=30), answer, 0 if answer == "draft" else 1)
    hour()
    to = row().status

    assert to == status or SUBSCRIPTION_MACHINE.allows(status, to)
    if not SUBSCRIPTION_MACHINE.moves[status]:
        assert (status, []) == (to, stripe.asked)
    elif answer != "draft":
        assert {"paid": "active", "open": "past_due"}[answer] == to


def test_payments_that_refuse_us_end_the_job_with_the_reason(stripe: StripeServer) -> None:
    """A wrong key is nobody's refused payment: nothing is noted, and the key is not told."""
    subscribed()
    stripe.status, stripe.body = 401, json.dumps({"error": "key-of-payments-17 is wrong"})
    hour()
    [dead] = rows("SELECT state::text, reason FROM bellwork.finished_jobs WHERE actor = 'courses.settle_period'")

    assert "dead" == dead.state
    assert "401" in dead.reason
    assert "key-of" not in dead.reason
    assert ("active", []) == (row().status, rows(_PERIODS))


@pytest.mark.usefixtures("database")
def test_without_payments_periods_wait_and_who_leaves_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows whether it was paid, so nothing is renewed and nothing refused."""
    monkeypatch.delenv("PAYMENTS_URL", raising=False)
    forget()
    subscribed()
    subscribed(cancel_at_period_end=True)
    hour()

    assert ["active", "cancelled"] == [each.status for each in rows(_ROW)]
    assert ["cancelled"] == [each.state for each in rows(_PERIODS)]


@pytest.mark.usefixtures("database")
def test_a_ledger_by_hand_decides_by_the_day(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ends are reckoned then: a month on, on the same day."""
    subscribed(timedelta(days=35))
    end = row().current_period_end
    (tmp_path / "ledger.json").write_text(json.dumps({SUB: {end.date().isoformat(): "paid", "*": "refused"}}))
    monkeypatch.setenv("PAYMENTS_URL", f"file://{tmp_path}/ledger.json")
    forget()
    hour()

    assert ("past_due", add_months(end, 1)) == (row().status, row().current_period_end)


def test_a_thousand_and_more_are_all_asked_for(monkeypatch: pytest.MonkeyPatch, stripe: StripeServer) -> None:
    """A round of two goes on behind the last one until none is left; each is asked for once."""
    from bellwork.tasks.courses.subscriptions import end  # noqa: PLC0415 - for its size of a round

    monkeypatch.setattr(end, "_MOST", 2)
    for number in range(7):
        subscribed(timedelta(hours=1 + number // 3), stripe_subscription_id=f"sub_{number}")
    hour()

    assert {f"sub_{number}" for number in range(7)} == {asked[2]["subscription"] for asked in stripe.asked}
    assert 7 == len(rows(_PERIODS)) == len(stripe.asked)


def _line(begins: datetime, ends: datetime) -> dict[str, Any]:
    return {"period": {"start": int(begins.timestamp()), "end": int(ends.timestamp())}}


def test_what_stripe_says_is_read_with_care(stripe: StripeServer) -> None:
    """A payment counts before a refusal; other periods, drafts and rubbish count for nothing."""
    asks, begins = _quick(stripe.url), NOW
    end = begins + timedelta(days=30)
    assert isinstance(asks.period(SUB, begins), Unknown)
    stripe.invoice(SUB, begins - timedelta(days=30), begins)
    stripe.invoice(SUB, begins, end, "draft", 0)
    stripe.invoice(SUB, begins, end, "open", 0)
    assert isinstance(asks.period(SUB, begins), Unknown)
    stripe.invoice(SUB, begins, end, "void")
    assert Refused("the invoice is void") == asks.period(SUB, begins)
    stripe.invoice(SUB, begins + timedelta(minutes=5), end)
    assert Paid(end) == asks.period(SUB, begins)
    for rubbish in (
        "<html>",
        "[]",
        '{"data": 3}',
        '{"data": [{"status": "paid"}]}',
        '{"data": [{"lines": {"data": [1]}}]}',
        json.dumps({"data": [{"status": ["paid"], "lines": {"data": [_line(begins, end)]}}]}),
    ):
        stripe.body = rubbish
        with pytest.raises(ProviderFailure):
            asks.period(SUB, begins)


@pytest.mark.parametrize("text", ["", "[]", '{"*": {"*": "perhaps"}}', '{"*": 3}', '{"*": {"*": ["paid"]}}'])
def test_a_ledger_that_makes_no_sense_is_an_error(tmp_path: Path, text: str) -> None:
    """And so is one that is not there."""
    (tmp_path / "l.json").write_text(text)
    with pytest.raises(ProviderFailure):
        Ledger(str(tmp_path / "l.json")).period(SUB, NOW)
    with pytest.raises(ProviderFailure, match="cannot be read"):
        Ledger(str(tmp_path / "none.json")).period(SUB, NOW)


def _quick(url: str) -> Stripe:
    return Stripe(url, None, patience=Patience(total=60, each=5, sleep=lambda _: None))
