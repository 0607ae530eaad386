"""The drawing of a job's states is what the machine allows and what the database takes."""

from __future__ import annotations

from itertools import product

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bellwork.db.engine import transaction
from bellwork.db.ledger import JOB_MACHINE, JobState
from tests.db.ledger import ledger_jobs

LEGAL = {
    ("available", "running"),
    ("available", "cancelled"),
    ("running", "available"),
    ("running", "done"),
    ("running", "dead"),
    ("running", "cancelled"),
    ("dead", "available"),
    ("cancelled", "available"),
}
FINISHED = ["done", "dead", "cancelled"]


@pytest.mark.parametrize(("from_", "to"), list(product(JobState, JobState)))
def test_a_pair_of_states_is_legal_exactly_if_it_is_drawn(from_: JobState, to: JobState) -> None:
    """Of all pairs of states, those of the drawing are moves, and no other."""
    assert ((from_.value, to.value) in LEGAL) == JOB_MACHINE.allows(from_, to)


def test_the_database_has_the_same_states(database: str) -> None:
    """The labels of bellwork.job_state are the members of JobState, in the same order."""
    del database
    with transaction() as conn:
        labels = conn.execute(text("SELECT unnest(enum_range(NULL::bellwork.job_state))::text")).scalars().all()

    assert [state.value for state in JobState] == labels


@pytest.mark.parametrize("state", FINISHED)
def test_a_finished_state_cannot_stand_among_the_unfinished(database: str, state: str) -> None:
    """The table of unfinished jobs refuses done, dead and cancelled."""
    del database
    ledger_jobs.put()

    with pytest.raises(IntegrityError, match="jobs_running_has_worker"), transaction() as conn:
        conn.execute(text("UPDATE bellwork.jobs SET state = CAST(:state AS bellwork.job_state)"), {"state": state})


@pytest.mark.parametrize("state", ["available", "running"])
def test_an_unfinished_state_cannot_stand_in_the_history(database: str, state: str) -> None:
    """The history refuses available and running."""
    del database
    [job] = ledger_jobs.put()
    with transaction() as conn:
        conn.execute(text("SELECT bellwork.cancel(:job)"), {"job": job})

    statement = "UPDATE bellwork.finished_jobs SET state = CAST(:state AS bellwork.job_state)"
    with pytest.raises(IntegrityError, match="finished_jobs_state_check"), transaction() as conn:
        conn.execute(text(statement), {"state": state})


@pytest.mark.parametrize(
    "change",
    [
        "state = 'running'",
        "state = 'running', worker_id = gen_random_uuid()",
        "state = 'running', claimed_at = now()",
        "worker_id = gen_random_uuid()",
        "claimed_at = now()",
    ],
)
def test_only_what_runs_has_a_worker_and_a_time_of_claim(database: str, change: str) -> None:
    """A row that runs names its worker and its claim; one that waits names neither."""
    del database
    ledger_jobs.put()

    with pytest.raises(IntegrityError, match="jobs_running_has_worker"), transaction() as conn:
        conn.execute(text(f"UPDATE bellwork.jobs SET {change}"))  # noqa: S608 - the changes stand above
