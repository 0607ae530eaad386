"""However many claim, finish, release and rescue at once, each job answers as if it had been dealt with by one hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.db.ledger.invariants import violations
from tests.db.ledger import ledger_jobs
from tests.db.ledger.crowd import Crowd
from tests.db.ledger.hands import act
from tests.db.ledger.linear import Deed, order_of

JOBS, HANDS, DEEDS, CROWDS = 3, 4, 40, 40
#: Claims without the condition in their UPDATE: what it looked at may not be so any more.
_LOOK = text("SELECT attempt FROM bellwork.jobs WHERE id = :job AND state = 'available'")
_LEAP = text("""
UPDATE bellwork.jobs SET state = 'running', attempt = :attempt, worker_id = gen_random_uuid(), claimed_at = now()
WHERE id = :job
""")


def check(seed: int) -> int:
    """Let a crowd loose on new jobs, explain every job's history, and return how many deeds that were."""
    crowd = Crowd(ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * JOBS)[-JOBS:])
    crowd.run(seed, HANDS, DEEDS)
    histories = crowd.histories()
    inexplicable = [sorted(history, key=lambda deed: deed.asked) for history in histories if order_of(history) is None]

    assert [] == inexplicable, f"seed {seed}"
    assert_fenced(histories)
    assert [] == act(violations)
    act(ledger.cancel, crowd.jobs, "the next crowd comes")
    return sum(map(len, histories))


def assert_fenced(histories: list[list[Deed]]) -> None:
    """Said once more without any search: each attempt has one claimant, and ends at most once."""
    for history in histories:
        claimed = [deed.heard for deed in history if deed.verb == "claim" and deed.heard]
        ended = [deed.attempt for deed in history if deed.verb in {"finish", "retry"} and deed.heard]

        assert sorted(claimed) == list(range(1, len(claimed) + 1))
        assert len(ended) == len(set(ended))


@pytest.mark.usefixtures("database")
def test_an_order_explains_what_four_hands_heard() -> None:
    """40 crowds of 4 threads with 40 deeds each on 3 jobs; the seed says what is tried, the machine when."""
    deeds = sum(map(check, range(CROWDS)))
    print(f"{deeds} deeds explained")  # noqa: T201 - a figure for whoever runs it

    assert deeds > CROWDS * HANDS * DEEDS


@pytest.mark.soak
@pytest.mark.timeout(1_800)
@pytest.mark.usefixtures("database")
def test_an_order_explains_what_a_thousand_crowds_heard() -> None:
    """The same a thousand times; it takes minutes."""
    for seed in range(1_000):
        check(seed)


@pytest.mark.usefixtures("database")
def test_a_ledger_that_looks_before_it_leaps_is_found_out() -> None:
    """Two who claim by looking first and writing then both hear the same attempt, and no order explains that."""
    [job] = ledger_jobs.put()
    both = Barrier(2)

    def claim(worker: int) -> Deed:
        with transaction() as conn:
            attempt = conn.execute(_LOOK, {"job": job}).scalar_one() + 1
            both.wait(60)
            conn.execute(_LEAP, {"job": job, "attempt": attempt})
        return Deed(0, 1, "claim", attempt, worker)

    with ThreadPoolExecutor(2) as threads:
        history = list(threads.map(claim, (1, 2)))

    assert order_of(history) is None
