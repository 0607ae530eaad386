"""From pending to running: written down, asked for, and running from the moment at which it is there."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bellwork.db.courses import labs as rows
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.tasks.courses.labs.hosts import QUEUE, send_to
from bellwork.tasks.courses.labs.release import home_key, release
from bellwork.tasks.courses.labs.tell import tell
from bellwork.tasks.courses.labs.ticket import terminal_url
from bellwork.tasks.providers import LabOrder, MissingObjectError, labs, storage
from bellwork.tasks.providers.labs import LabRefused, Limits
from bellwork.tasks.scratch import scratch_folder
from bellwork.workers import Permanent, Snooze, job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection


def _failed(conn: Connection, args: dict[str, Any], reason: str) -> None:
    """Let the session fail whose lab could not be made, and tell its learner."""
    del reason
    session_id = UUID(args["lab_session_id"])
    if failed := rows.fail(conn, session_id, "pending", "provisioning"):
        release(failed.containers)
        tell(conn, failed.user_id, "lab_failed", session_id, "Your lab could not be started. Please try again.")


@actor(
    actor_name="courses.provision_lab",
    queue_name=QUEUE,
    max_retries=3,
    min_backoff=1_000,
    max_backoff=30_000,
    time_limit=120_000,
    on_dead=_failed,
)
def provision_lab(lab_session_id: UUID) -> None:
    """Give a pending session its lab, on this host, and let its clock start (learncraft: lab sessions).

    The session fails at once where its learner's plan does not allow it, and where the lab cannot be made. Its
    container is written down before it is asked for; one that another host was asked for is made there.
    """
    host = labs()
    with transaction() as conn:
        begun = rows.begin(conn, lab_session_id, host.host)
        if isinstance(begun, rows.Refused):
            tell(conn, begun.user_id, "lab_refused", lab_session_id, begun.reason)
    if isinstance(begun, float):
        raise Snooze(begun, "the last session of this lab is being put away")
    if not isinstance(begun, rows.Begun):
        with job.transaction() as conn:
            place = rows.where(conn, lab_session_id)
            release(rows.unwanted(conn, place.container_id) if place else [])
        return
    if begun.host != host.host:
        with job.transaction():
            send_to(begun.host, provision_lab, lab_session_id=lab_session_id)
        return
    reach("lab_asked", str(lab_session_id))
    make(lab_session_id, begun.container_id, with_home=True)
    reach("lab_made", str(lab_session_id))
    with job.transaction() as conn:
        started = rows.started(conn, lab_session_id, begun.container_id)
        if started is None:
            release(rows.unwanted(conn, begun.container_id))
        else:
            url = terminal_url(begun.container_id, started)
            rows.publish(conn, lab_session_id, begun.container_id, url)


def make(session_id: UUID, container_id: str, *, with_home: bool) -> None:
    """Ask this host for the lab of a session; Permanent where its template or its files can never be made a lab of."""
    with transaction() as conn:
        order, home = rows.read_order(conn, session_id), rows.home_of(conn, session_id) if with_home else None
    try:
        with _kept(home) as tar:
            labs().create(_ordered(container_id, order, tar))
    except LabRefused as error:
        raise Permanent(str(error)) from error


def _ordered(container_id: str, order: rows.Order, home: Path | None) -> LabOrder:
    try:
        limits = Limits.of(order.limits)
    except ValueError as error:
        raise LabRefused(str(error)) from error
    texts = {}
    given: Any
    for name, given in (("starter_files", order.files), ("environment_vars", order.environment)):
        if not isinstance(given or {}, dict) or not all(isinstance(text, str) for text in (given or {}).values()):
            raise LabRefused(f"{name} are not an object of texts by their names")
        texts[name] = given or {}
    return LabOrder(
        container_id, limits, texts["starter_files"], home, order.setup or "", texts["environment_vars"], order.image
    )


@contextmanager
def _kept(session_id: UUID | None) -> Iterator[Path | None]:
    """Fetch what was kept of the home of an earlier session, for the length of the block."""
    with scratch_folder("home") as folder:
        home = folder / "home.tar"
        with suppress(MissingObjectError):
            if session_id is not None:
                storage().fetch(home_key(session_id), home)
        yield home if home.exists() else None
