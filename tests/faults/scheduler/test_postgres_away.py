"""A server is away when a tick is due: it is decided once, as soon as can be, and the ledger says how late that was."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.db import migrate
from bellwork.db.engine import DatabaseError
from bellwork.ops import embedded
from bellwork.scheduler.rounds import decide, decide_due
from tests.faults.almanac import (
    ALL,
    Schedulers,
    assert_once,
    assert_unbroken,
    bring,
    declare,
    entry,
    far_away,
    minutes_ago,
    named,
    set_back,
    ticks,
)
from tests.faults.ground import PATIENCE, rows
from tests.faults.own_valkey import environment
from tests.helpers import eventually
from tests.proxy import Proxy, address_of, proxied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.ops.embedded import Stack

#: Seconds for which PostgreSQL is away, and after which all is decided once it is back, on a busy machine; promised: 5.
AWAY, BOUND = 3.0, 15.0


@pytest.fixture
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A migrated stack of the test's own, named by the environment."""
    with (
        embedded.start(tmp_path_factory.mktemp("stack"), durable=False) as stack,
        environment(DATABASE_URL=stack.database_url, REDIS_URL=stack.redis_url),
    ):
        migrate.upgrade()
        yield stack


def test_s4_a_tick_during_an_outage_fires_late_and_says_so(own_stack: Stack, tmp_path: Path) -> None:
    """Stopped as by a crash before the tick and started 3 s after it: one job within 5 s, its lateness in the row."""
    declare(tmp_path, entry("early", far_away()), entry("late", far_away()))
    with Schedulers(tmp_path, 2) as schedulers:
        eventually(lambda: len(rows("SELECT FROM bellwork.entries")) == 2, PATIENCE)
        [(early,)] = rows("SELECT now()")
        set_back("early", early)
        eventually(lambda: ticks("early"), BOUND)
        [(late,)] = rows("SELECT now() + interval '1 s'")
        set_back("late", late)
        own_stack.kill_postgres("immediate")
        gone = time.monotonic()
        eventually(lambda: time.monotonic() - gone > AWAY, PATIENCE)
        own_stack.start_postgres()
        back = time.monotonic()
        eventually(lambda: ticks("late"), BOUND)
        sys.stdout.write(f"S4: decided {time.monotonic() - back:.2f} s after PostgreSQL's return\n")
        assert [1, 1] == [kept.starts for kept in schedulers.kept]
    [tick] = ticks("late")

    assert ("enqueued", late) == (tick.outcome, tick.tick)
    assert AWAY - 1 <= tick.late_seconds <= AWAY + BOUND + PATIENCE
    assert_once()


@pytest.mark.usefixtures("database")
def test_s1_a_commit_whose_answer_was_lost_is_not_repeated() -> None:
    """The ticks were committed, and the scheduler does not know: its next round finds nothing to do."""
    bring(entry("unheard", **ALL))
    since = minutes_ago(3)
    url = os.environ["DATABASE_URL"]
    with Proxy(address_of(url)) as way, environment(DATABASE_URL=proxied(url, way.port)):
        set_back("unheard", since)
        way.lose_reply(b"COMMIT")
        with pytest.raises(DatabaseError):
            decide(named("unheard"))
        eventually(lambda: ticks("unheard"), BOUND)
        before = ticks("unheard")
        decide_due()

    assert len(before) >= 3
    assert before == ticks("unheard")[: len(before)]
    assert assert_unbroken("unheard", since) <= len(before) + 1
    assert_once()


@pytest.mark.usefixtures("database")
def test_s4_a_tick_is_decided_without_redis() -> None:
    """Nobody can be told of the job, which is in the ledger all the same; workers find it there."""
    bring(entry("quiet", **ALL))
    set_back("quiet", minutes_ago(3))
    with environment(REDIS_URL="redis://127.0.0.1:1/0"):
        assert 1 == decide_due()

    assert len(ticks("quiet", "enqueued")) >= 3
    assert_once()
