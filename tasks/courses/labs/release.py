"""A container ends: its home is kept for a day, and it is asked until nothing of it is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.courses import labs as rows
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.tasks.courses.labs.hosts import QUEUE, send_to
from bellwork.tasks.providers import labs, storage
from bellwork.tasks.scratch import scratch_folder
from bellwork.workers import Snooze, job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from bellwork.db.courses.labs.begin import ToRelease

#: Hours for which the files of a home are kept for the next session of that lab.
KEPT = 24


@actor(
    actor_name="courses.release_lab",
    callers="internal",
    queue_name=QUEUE,
    max_retries=1_000,
    min_backoff=5_000,
    max_backoff=300_000,
    time_limit=120_000,
)
def release_lab(container_id: str) -> None:
    """End a container on its host; comes back until nothing is left of it. What a session's home held is kept first."""
    with transaction() as conn:
        session_id = rows.ended_session(conn, container_id)
    host = labs()
    if session_id is not None and host.is_running(container_id):
        _keep(container_id, session_id)
    if not host.release(container_id):
        raise Snooze(2, "the host has not ended the container yet")
    reach("lab_released", container_id)
    with job.transaction() as conn:
        rows.set_gone(conn, container_id)


@actor(
    actor_name="courses.forget_home",
    callers="internal",
    queue_name="courses",
    max_retries=10,
    min_backoff=60_000,
    time_limit=60_000,
)
def forget_home(key: str) -> None:
    """Delete what was kept of a home."""
    storage().delete(key)
    with job.transaction():
        pass


def release(containers: Iterable[ToRelease]) -> None:
    """Send for the release of containers, each on its host, in the open transaction; twice is as good as once."""
    for each in containers:
        key = f"courses.release_lab:{each.container_id}"
        send_to(each.host, release_lab, key, container_id=each.container_id)


def home_key(session_id: UUID) -> str:
    """Name the object in the storage that keeps the home of a session."""
    return f"courses/homes/{session_id}.tar"


def _keep(container_id: str, session_id: UUID) -> None:
    key = home_key(session_id)
    if storage().exists(key):
        return
    with scratch_folder("home") as folder:
        home = folder / "home.tar"
        if not labs().save_home(container_id, home):
            return
        with transaction():
            forget_home.send_with_options(
                kwargs={"key": key}, delay=KEPT * 3_600_000, unique_key=f"courses.forget_home:{session_id}"
            )
        storage().put(key, home)
