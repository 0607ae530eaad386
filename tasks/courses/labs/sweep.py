"""Once a minute: what is over expires, what is late fails, learners are warned, and each host looks for orphans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.courses import labs as rows
from bellwork.db.engine import transaction
from bellwork.tasks.courses.labs.hosts import QUEUE, send_to
from bellwork.tasks.courses.labs.idle import end_idle
from bellwork.tasks.courses.labs.release import release
from bellwork.tasks.courses.labs.tell import tell
from bellwork.tasks.providers import labs
from bellwork.workers import job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from bellwork.tasks.providers.labs import Labs

#: Sessions of each kind that one sweep moves; what is left is another's, at once.
AT_ONCE = 5_000
#: Seconds after which a lab that was made for one program, and never had a session, is an orphan.
PASSING = 120.0


@actor(
    actor_name="courses.expire_labs",
    callers="internal",
    queue_name="courses",
    max_retries=5,
    min_backoff=5_000,
    time_limit=60_000,
)
def expire_labs() -> None:
    """End what is due: status first, by compare-and-set, and a job for each container that is to be released.

    Sessions past their end expire; pending and provisioning ones of five minutes fail; who has five minutes left is
    warned, once for each end. Sessions that are over are not touched.
    """
    with job.transaction() as conn:
        count, containers = rows.expire(conn, AT_ONCE)
        late = rows.fail_stuck(conn, AT_ONCE)
        release([*containers, *(each.container for each in late if each.container)])
        for session in late:
            tell(conn, session.user_id, "lab_failed", session.session_id, "Your lab did not start in time. Try again.")
        ending = rows.unwarned(conn, AT_ONCE)
        for each in ending:
            said = f"Your lab {each.title} ends at {each.expires_at:%H:%M} UTC. You can extend it."
            tell(conn, each.user_id, "lab_ends", each.session_id, said, each.key)
        release(rows.overdue_releases(conn, AT_ONCE))
        for host in rows.hosts(conn):
            send_to(host, tidy_labs, f"courses.tidy_labs:{host}", host=host)
        if max(count, len(late), len(ending)) >= AT_ONCE:
            expire_labs.send_with_options(unique_key="courses.expire_labs:more", unique="waiting")


@actor(
    actor_name="courses.tidy_labs",
    callers="internal",
    queue_name=QUEUE,
    max_retries=3,
    min_backoff=5_000,
    time_limit=300_000,
)
def tidy_labs(host: str) -> None:
    """Hold what this host has against its rows: a container without a session goes, a session without one fails.

    With LABS_IDLE, who does not type is warned, and his lab ended.
    """
    place = labs()
    if place.host != host:
        return
    held = {each.id: each for each in place.held()}  # first: a container's row was committed before it was made
    with transaction() as conn:
        known = {each.container_id: each for each in rows.read_containers(conn, host, list(held))}
    for lab_id in held:
        if lab_id.startswith("lab-") and (lab_id not in known or known[lab_id].state == "gone"):
            place.release(lab_id)
    end_passing(place)
    dead = [each for each in known.values() if each.state == "running" and not place.is_running(each.container_id)]
    with job.transaction() as conn:
        for each in known.values():
            if each.state in {"asked", "running"} and not each.lives:
                release(rows.let_go(conn, each.container_id))
        for each in dead:
            if failed := rows.fail(conn, each.session_id, "running", "paused", reset_no=each.reset_no):
                release(failed.containers)
                tell(conn, failed.user_id, "lab_failed", each.session_id, "Your lab ended by itself. Start it again.")
        end_idle(conn, known.values(), held)


def end_passing(place: Labs) -> None:
    """End what was made for one program on this host, and whoever made it did not end; nothing that is young."""
    for each in place.held():
        if not each.id.startswith("lab-") and each.age > PASSING:
            place.release(each.id)
