"""An enqueue whose answer was lost may be repeated under its unique key: the job runs once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import Unreachable
from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, effects, jobs
from tests.faults.own_valkey import environment
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.proxy import Proxy, address_of, proxied

if TYPE_CHECKING:
    from pathlib import Path


def test_n1_an_enqueue_whose_answer_was_lost_is_repeated_and_runs_once(ground: Path) -> None:
    """The commit went through, its answer did not come; the caller sends again with the same key."""
    url = os.environ["DATABASE_URL"]
    with Proxy(address_of(url)) as way, environment(DATABASE_URL=proxied(url, way.port)):
        way.lose_reply(b"COMMIT")
        with pytest.raises(Unreachable):
            _send()
        assert 1 == len(jobs("unheard", "available"))
        _send()
        assert 1 == len(jobs("unheard"))

    with Cluster(ground, masters=1, processes=1):
        eventually(lambda: jobs("unheard", "done"), PATIENCE)
    assert ["unheard"] == effects("unheard")
    invariants.check()


def _send() -> None:
    actors.nap.send_with_options(kwargs={"name": "unheard"}, unique_key="unheard")
