"""A small fleet of which a test knows who does what: two masters with a process each, and a scheduler."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import TYPE_CHECKING

from tests.faults import actors
from tests.faults.ground import PATIENCE, effects, notes, worker_of
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.proxy import Proxy, address_of, proxied

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.processes import Kept

#: Seconds after which who was kept from working works again, on a busy machine; the promise is 5.
BACK = 15.0


class Site:
    """The fleet, up `since`, the folder it shares with the test, and each process's way to PostgreSQL if it has one."""

    def __init__(self, folder: Path, cluster: Cluster, ways: list[Proxy] | None = None) -> None:
        self.folder, self.cluster, self.ways = folder, cluster, ways or []
        self.since = time.monotonic()

    def hold_on(self, master: Kept, name: str) -> str:
        """Have a job run on this master until it is let go; returns its name."""
        for each in (f"{name}-{number}" for number in count()):
            actors.hold.send(name=each)
            eventually(lambda: notes(self.folder, "start", each), PATIENCE)  # noqa: B023 - it is called at once
            if worker_of(each).master_pid == master.process.pid:
                return each
            self.let_go(each)
        raise AssertionError

    def hold_everywhere(self, name: str) -> list[str]:
        """Have a job run on every master; returns their names."""
        return [self.hold_on(master, f"{name}-{place}") for place, master in enumerate(self.cluster.masters)]

    def let_go(self, name: str) -> None:
        """Let a job that is held go on."""
        (self.folder / f"go-{name}").touch()

    def await_work_of(self, pid: int, name: str) -> float:
        """Send jobs until this process does one; returns after how many seconds."""
        began, numbers = time.monotonic(), count()

        def works() -> bool:
            each = f"{name}-{next(numbers)}"
            actors.nap.send(name=each)
            eventually(lambda: effects(each), PATIENCE)
            return pid in {note.pid for note in notes(self.folder, "start", each)}

        eventually(works, BACK)
        return time.monotonic() - began


@contextmanager
def site_behind_proxies(folder: Path) -> Iterator[Site]:
    """Run a site whose processes reach PostgreSQL each by a way of its own; the test itself needs none."""
    cluster = Cluster(folder, processes=1, scheduler=True)
    with ExitStack() as opened:
        ways = []
        for kept in cluster.kept:
            url = kept.env["DATABASE_URL"]
            ways.append(opened.enter_context(Proxy(address_of(url))))
            kept.env["DATABASE_URL"] = proxied(url, ways[-1].port)
        with cluster:
            yield Site(folder, cluster, ways)
