"""Servers between and beside: what several modules of these tests share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.faults.own_pgbouncer import PROGRAM, PgBouncer, own_pgbouncer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.ops.embedded import Stack

#: Fewer sessions than any two workers have threads.
SESSIONS = 6


@pytest.fixture(scope="module")
def pooler(stack: Stack) -> Iterator[PgBouncer]:
    """A PgBouncer as Debian configures it, before the server of this test process."""
    if PROGRAM is None:
        pytest.skip("needs pgbouncer (Debian, Ubuntu: apt-get install pgbouncer)")
    with own_pgbouncer(stack.socket_dir, sessions=SESSIONS) as pooler:
        yield pooler


@pytest.fixture(scope="module")
def pooled(ground: Path, pooler: PgBouncer) -> Iterator[Path]:
    """The ground, seen through the pooler, with a role that carries what the product asks of its sessions."""
    with pooler.between(os.environ["DATABASE_URL"]):
        pooler.let_the_role_carry_it()
        yield ground
