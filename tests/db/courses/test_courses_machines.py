"""Where each kind of row of courses may go: every pair of states."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Enum

from bellwork.db.courses import tables
from bellwork.db.machine import IllegalMove, Machine

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINES: dict[str, tuple[Machine[Any], str]] = {
    "lab_sessions": (
        tables.LAB_SESSION_MACHINE,
        """pending>provisioning provisioning>running pending>failed provisioning>failed running>paused paused>running
        running>completed running>expired running>failed paused>completed paused>expired paused>failed""",
    ),
    "videos": (
        tables.VIDEO_MACHINE,
        "uploading>processing uploading>failed processing>ready processing>failed failed>processing",
    ),
    "assessment_attempts": (tables.ATTEMPT_MACHINE, "in_progress>completed in_progress>timed_out"),
    "enrollments": (
        tables.ENROLLMENT_MACHINE,
        "active>completed active>expired active>cancelled expired>active cancelled>active",
    ),
    "subscriptions": (
        tables.SUBSCRIPTION_MACHINE,
        """active>past_due active>cancelled active>expired past_due>active past_due>cancelled past_due>expired""",
    ),
    "courses": (
        tables.COURSE_MACHINE,
        """draft>pending_review pending_review>published pending_review>revision_needed
        revision_needed>pending_review published>archived archived>published""",
    ),
}


def _pairs() -> Iterator[tuple[str, str, str]]:
    for table, (machine, _) in MACHINES.items():
        for before, after in product(machine.states, repeat=2):
            yield table, before, after


@pytest.mark.parametrize(("table", "before", "after"), list(_pairs()))
def test_every_pair_of_states_is_legal_or_refused(table: str, before: str, after: str) -> None:
    """What is drawn may be, everything else says where the row could have gone."""
    machine, drawn = MACHINES[table]
    if f"{before}>{after}" in drawn.split():
        machine.check(before, after)
    else:
        with pytest.raises(IllegalMove, match=f"{table} cannot go from '{before}' to '{after}'"):
            machine.check(before, after)


@pytest.mark.parametrize("table", MACHINES)
def test_a_machine_has_the_labels_of_its_column(table: str) -> None:
    """No state without a label, and no label without a line."""
    column = tables.metadata.tables[f"courses.{table}"].c.status
    known = column.type.enums if isinstance(column.type, Enum) else [each.value for each in tables.SubscriptionStatus]

    assert known == [state.value for state in MACHINES[table][0].states]
