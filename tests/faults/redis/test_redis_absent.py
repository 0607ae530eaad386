"""A fleet that starts where no Redis ever was works from the ledger, says so, and hears the bell when there is one."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import redis

from bellwork.db.engine import transaction
from bellwork.ops.doctor.outside import check_redis
from tests.faults import invariants
from tests.faults.orders import ask, assert_once, is_done
from tests.faults.own_valkey import environment, own_valkey
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

#: Seconds for a few requests of three jobs each, all read from the ledger, and until the bell is heard.
BOUND = 15.0
REQUESTS = 10


def test_r10_a_fleet_starts_without_redis(ground: Path) -> None:
    """It boots and works; `doctor` names REDIS_URL; a Redis that comes is used without a restart."""
    with own_valkey(ground) as valkey, environment(REDIS_URL=valkey.url):
        valkey.kill()
        with Cluster(ground, masters=1, processes=1, scheduler=True) as cluster:
            _work("without")
            said = check_redis()
            assert "REDIS_URL names a server that does not answer" in cluster.logs()
            valkey.start()
            began = time.monotonic()
            with redis.Redis.from_url(valkey.url) as client:  # of a worker's consumers more than one may ask
                eventually(lambda: client.info("clients")["blocked_clients"] >= cluster.expected, BOUND)
            sys.stdout.write(f"R10: the bell is heard {time.monotonic() - began:.2f} s after Redis came\n")
            _work("with")
            assert [1, 1] == [kept.starts for kept in cluster.kept]

    assert "fail" == said.kind
    assert "REDIS_URL" in said.mend
    invariants.check()


def _work(name: str) -> None:
    began = time.monotonic()
    with transaction():
        for number in range(REQUESTS):
            ask(f"{name}-{number}")
    eventually(lambda: is_done(f"{name}-%", REQUESTS), BOUND)
    sys.stdout.write(f"R10: {REQUESTS} requests {name} Redis after {time.monotonic() - began:.2f} s\n")
    assert_once(f"{name}-%", REQUESTS)
