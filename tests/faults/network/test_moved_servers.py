"""The name in a URL leads elsewhere, or nowhere for a while: it is looked up again at every new connection."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.faults import actors, invariants
from tests.faults.ground import PATIENCE, effects, jobs, notes, rows
from tests.faults.orders import ask, assert_once, is_done
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.proxy import HOST, Proxy, address_of, proxied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bellwork.ops.embedded import Stack

#: Seconds from the moment the name is right until everybody works there.
BOUND = 15.0
NAME, OLD, NEW = "servers.example", "127.0.0.2", "127.0.0.3"
#: Gives a process, and its children, their own view of who is called what; only they see it.
ALONE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
VIEW = """
for file in hosts nsswitch.conf; do [ ! -e /etc/$file ] || mount --bind "$0/$file" /etc/$file || exit 77; done
exec "$@"
"""


@dataclass
class Names:
    """What the fleet's name leads to, and who stands at the two addresses that it may have."""

    file: Path
    ways: dict[str, list[Proxy]]

    def lead(self, address: str) -> None:
        """Let the name lead to this address, or to none."""
        self.file.write_text(f"{address} {NAME}\n" if address else "")


@pytest.fixture(scope="module")
def names(ground: Path) -> Iterator[Names]:
    """A fleet that knows its servers by name alone; at first it leads to the old address."""
    view = ground / "view"
    view.mkdir()
    (view / "nsswitch.conf").write_text("hosts: files\n")
    names = Names(view / "hosts", {OLD: [], NEW: []})
    names.lead(OLD)
    if subprocess.run([*ALONE, VIEW, str(view), "true"], check=False, capture_output=True).returncode != 0:
        pytest.skip("needs Linux, and the right to give a process a view of /etc/hosts of its own")
    cluster = Cluster(ground, masters=1, processes=1, scheduler=True)
    with ExitStack() as opened:
        urls = {}
        for setting in ("DATABASE_URL", "REDIS_URL"):
            address = address_of(os.environ[setting])
            old = opened.enter_context(Proxy(address, host=OLD))
            new = opened.enter_context(Proxy(address, host=NEW, port=old.port))
            names.ways[OLD].append(old)
            names.ways[NEW].append(new)
            urls[setting] = proxied(os.environ[setting], old.port).replace(HOST, NAME)
        for kept in cluster.kept:
            kept.command[:0] = [*ALONE, VIEW, str(view)]
            kept.env.update(urls)
        with cluster:
            yield names


@pytest.mark.parametrize("wrong", ["", OLD], ids=["nowhere", "the old address"])
def test_n2_servers_that_moved_are_found(wrong: str, names: Names) -> None:
    """After a while in which the name led nowhere, or still to the old address: work is done within 15 s, once."""
    _be_at(OLD, names)
    for way in names.ways[OLD]:
        way.refuse()
    names.lead(wrong)
    name = f"moved-{len(wrong)}"
    ask(name)
    with pytest.raises(AssertionError):
        eventually(lambda: is_done(name), 2)
    names.lead(NEW)
    right = time.monotonic()
    eventually(lambda: is_done(name), BOUND)
    sys.stdout.write(f"N2: at the new address {time.monotonic() - right:.2f} s after the name was right\n")

    assert_once(name)
    invariants.check()


def test_n2_a_primary_that_became_a_standby_is_left(names: Names, ground: Path, stack: Stack) -> None:
    """It answers and takes nothing any more, and the name leads elsewhere: within 15 s nobody talks to it.

    A job that came to its end meanwhile is done at the new one.
    """
    _be_at(OLD, names)
    actors.hold.send(name="demoted")
    eventually(lambda: notes(ground, "start", "demoted"), PATIENCE)
    names.lead(NEW)
    try:
        _set_read_only(stack, "on")
        (ground / "go-demoted").touch()
        eventually(lambda: not names.ways[OLD][0]._open, BOUND)
    finally:
        _set_read_only(stack, "off")
    ask("promoted")
    eventually(lambda: is_done("promoted") and jobs("demoted", "done"), BOUND)

    assert_once("promoted")
    assert ["demoted"] == effects("demoted")
    invariants.check()


def _be_at(address: str, names: Names) -> None:
    """Let everybody work at one of the addresses, and nobody at the other."""
    names.lead(address)
    for other, ways in names.ways.items():
        for way in ways:
            way.heal()
            if other != address:
                way.cut()
    name = f"at-{address}-{time.monotonic_ns()}"
    ask(name)
    eventually(lambda: is_done(name), PATIENCE)


def _set_read_only(stack: Stack, on: str) -> None:
    with psycopg.connect(stack.database_url, autocommit=True) as conn:
        conn.execute(f"ALTER SYSTEM SET default_transaction_read_only = {on}".encode())
        conn.execute("SELECT pg_reload_conf()")
    eventually(lambda: rows("SHOW default_transaction_read_only") == [(on,)])
