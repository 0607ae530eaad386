"""The request machine says yes to the drawn moves and to no other."""

from __future__ import annotations

from enum import StrEnum
from itertools import product

import pytest

from bellwork.db.content.tables import REQUEST_MACHINE, SERVED, SETTLED, RequestStatus
from bellwork.db.machine import IllegalMove, Machine

LEGAL = {
    ("nlu_processing", "cache_check"),
    ("nlu_processing", "needs_clarification"),
    ("nlu_processing", "failed"),
    ("needs_clarification", "cache_check"),
    ("needs_clarification", "nlu_processing"),
    ("needs_clarification", "failed"),
    ("cache_check", "completed"),
    ("cache_check", "fast_path_ready"),
    ("cache_check", "generating_script"),
    ("cache_check", "failed"),
    ("generating_script", "generating_audio"),
    ("generating_script", "failed"),
    ("generating_audio", "fast_path_ready"),
    ("generating_audio", "failed"),
    ("fast_path_ready", "generating_video"),
    ("fast_path_ready", "completed"),
    ("generating_video", "completed"),
    ("generating_video", "fast_path_ready"),
    ("failed", "nlu_processing"),
    ("failed", "cache_check"),
    ("failed", "generating_script"),
    ("failed", "generating_audio"),
}


class Light(StrEnum):
    """A machine small enough to break."""

    GREEN = "green"
    RED = "red"


@pytest.mark.parametrize(("from_", "to"), list(product(RequestStatus, RequestStatus)))
def test_a_pair_of_statuses_is_legal_exactly_if_it_is_listed(from_: RequestStatus, to: RequestStatus) -> None:
    """Of all pairs of statuses, those of the list are moves, and no other."""
    assert ((from_.value, to.value) in LEGAL) == REQUEST_MACHINE.allows(from_, to)


def test_every_status_has_its_line() -> None:
    """The machine tells the moves of each label of the enum, in the enum's own order or not."""
    assert set(RequestStatus) == set(REQUEST_MACHINE.states)


def test_an_illegal_move_says_where_the_row_could_have_gone() -> None:
    """The error names the table, what was asked and what would be legal."""
    with pytest.raises(IllegalMove) as refused:
        REQUEST_MACHINE.check("generating_audio", "completed")

    assert (
        "content_requests cannot go from 'generating_audio' to 'completed'; "
        "from there it may go to 'failed', 'fast_path_ready'"
    ) == str(refused.value)


def test_a_completed_request_goes_nowhere() -> None:
    """From a final status every move is refused, and the error says that it is final."""
    with pytest.raises(IllegalMove, match=r"cannot go from 'completed' to 'nlu_processing'; 'completed' is final"):
        REQUEST_MACHINE.check(RequestStatus.COMPLETED, RequestStatus.NLU_PROCESSING)


def test_a_legal_move_is_let_pass() -> None:
    """Check says nothing where the move is in the table, for labels as for members of the enum."""
    REQUEST_MACHINE.check("nlu_processing", RequestStatus.CACHE_CHECK)


def test_a_status_that_does_not_exist_is_named() -> None:
    """A label of another product's enum is refused by name, on either side of a move."""
    with pytest.raises(IllegalMove, match=r"^content_requests knows no 'pending'; it knows 'cache_check', "):
        REQUEST_MACHINE.check("pending", "completed")
    with pytest.raises(IllegalMove, match=r"^content_requests knows no 'generating'"):
        REQUEST_MACHINE.check("nlu_processing", "generating")


def test_sources_are_what_an_update_compares_with() -> None:
    """The sources of a status are all from which it may be reached."""
    assert {"cache_check", "fast_path_ready", "generating_video"} == REQUEST_MACHINE.sources("completed")


def test_sets_of_statuses_agree_with_the_machine() -> None:
    """Completed alone is final; who was served is not failed; who is settled is completed or failed."""
    assert {RequestStatus.COMPLETED} == REQUEST_MACHINE.terminal
    assert {"fast_path_ready", "completed"} == SERVED
    assert {"completed", "failed"} == SETTLED


def test_a_machine_with_a_hole_cannot_be_made() -> None:
    """A move to a state without a line of its own is found when the table is written, not when a row gets there."""
    with pytest.raises(ValueError, match=r"the machine of lights leads to 'red', which it has no line for; add the"):
        Machine("lights", {Light.GREEN: frozenset({Light.RED})})
