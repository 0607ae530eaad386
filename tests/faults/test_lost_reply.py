"""An enqueue whose answer was lost may be repeated under its unique key: the job runs once."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import psycopg
import pytest

from db.engine import Unreachable
from tests.faults import actors
from tests.faults.ground import PATIENCE, effects, jobs
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

_commit = psycopg.Connection.commit


def test_a_repeated_enqueue_runs_once(ground: Path) -> None:
    """The commit went through, its answer did not come; the caller sends again with the same key."""
    with patch.object(psycopg.Connection, "commit", _commit_unheard), pytest.raises(Unreachable):
        _send()
    eventually(lambda: jobs("unheard", "available"), PATIENCE)
    _send()
    assert 1 == len(jobs("unheard"))

    with Cluster(ground, masters=1, processes=1):
        eventually(lambda: jobs("unheard", "done"), PATIENCE)
    assert ["unheard"] == effects("unheard")


def _send() -> None:
    actors.nap.send_with_options(kwargs={"name": "unheard"}, unique_key="unheard")


def _commit_unheard(connection: psycopg.Connection[Any]) -> None:
    """Send COMMIT through a socket that can send and no longer hear."""
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RD)
    _commit(connection)
