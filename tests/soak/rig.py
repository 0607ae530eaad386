"""What is prepared, launched and judged beside `bellwork soak`'s own."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.ops.soak.blows import BLOWS
from bellwork.ops.soak.field import SIZE
from bellwork.ops.soak.patience import within
from bellwork.ops.soak.rig import Rig
from tests.soak import ground, loans
from tests.soak.blows import refusing_sender
from tests.stranger.place import SITE

if TYPE_CHECKING:
    from bellwork.ops.soak.field import Field
    from tests.soak.mailroom import Mailroom

_ROOT = Path(__file__).parents[2]
#: Masters in containers that share this machine's host name, and have the same pids inside.
CONTAINERS = 2
_CONTAINER = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
#: Seconds until recomputes that were sent last have run.
PATIENCE = 20.0
_NAMED = 5


def rig(room: Mailroom, port: int) -> Rig:
    """Return the rig with a mail server on a port."""
    BLOWS[refusing_sender(room)] = 3

    def judge(field: Field) -> list[str]:
        del field
        with transaction() as conn:
            ground.bring_back(conn)
        return [*_unseen(), *_unsent(room), *_not_lent()]

    settings = {
        "WORK_MODULES": "bellwork.tasks.soak,tests.soak.work",
        "PYTHONPATH": os.pathsep.join([str(SITE), str(_ROOT)]),
        "MAIL_FROM": "Soak <soak@school.example>",
        "SMTP_URL": f"smtp://127.0.0.1:{port}?tls=none",
    }
    return Rig("tests.soak.producer", settings, _prepare, _launch, judge)


def _prepare(field: Field) -> None:
    del field
    with transaction() as conn:
        ground.create(conn)
        ground.change_defaults(conn)


def _launch(field: Field) -> None:
    """Start masters in pid namespaces of their own, where this machine lets us: they see equal pids and host names."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        return
    command = [*_CONTAINER, sys.executable, "-m", "dramatiq", "bellwork.workers.main", *SIZE]
    for number in range(1, CONTAINERS + 1):
        field.fleet.launch(f"worker-contained-{number}", command)


def _unseen() -> list[str]:
    if not within(PATIENCE, _recomputed):
        return [f"a recompute has not ended {PATIENCE:g} s after all was healed"]
    with transaction() as conn:
        unseen = ground.unseen_changes(conn)
    return [f"{unseen} changes were seen by no recompute"] if unseen else []


def _recomputed() -> bool:
    with transaction() as conn:
        return not ground.unfinished_recomputes(conn)


def _unsent(room: Mailroom) -> list[str]:
    with transaction() as conn:
        missing = sorted(ground.letters_due(conn) - set(room.taken))
    return [f"{len(missing)} letters were never sent: {', '.join(missing[:_NAMED])}"] if missing else []


def _not_lent() -> list[str]:
    with transaction() as conn:
        orders = loans.broken(conn)
    named = ", ".join(orders[:_NAMED])
    return [f"{len(orders)} loans of a stranger's system did not pass both stages once: {named}"] if orders else []
