"""What a learner asks of a session that runs: half an hour more, a fresh start, a verdict, an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from bellwork.db.courses import labs as rows
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.tasks.courses.labs.hosts import QUEUE, send_to
from bellwork.tasks.courses.labs.provision import make
from bellwork.tasks.courses.labs.release import release
from bellwork.tasks.courses.labs.tell import tell
from bellwork.tasks.courses.labs.ticket import renewed, terminal_url
from bellwork.tasks.courses.progress.settle import pass_lab
from bellwork.tasks.providers import LabGone, labs
from bellwork.tasks.providers.labs import CriteriaError, parse_criteria
from bellwork.workers import Permanent, job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ASKED: dict[str, Any] = {"queue_name": QUEUE, "max_retries": 3, "min_backoff": 1_000, "time_limit": 120_000}


@actor(actor_name="courses.extend_lab", **_ASKED)
def extend_lab(lab_session_id: UUID) -> None:
    """Let a session go on for half an hour more; a job for each time that a learner asks.

    Nothing happens where the session is over. Where his plan has too little left, the learner is told so.
    """
    with job.transaction() as conn:
        extended = rows.extend(conn, lab_session_id)
        if isinstance(extended, rows.Extended):
            url = renewed(extended.terminal_url, extended.container_id, extended.expires_at)
            rows.publish(conn, lab_session_id, extended.container_id, url)
        elif extended is not None:
            user_id, why = extended
            tell(conn, user_id, "lab_not_extended", lab_session_id, why, f"{lab_session_id}:{job.current().id}")


def _reset_failed(conn: Connection, args: dict[str, Any], reason: str) -> None:
    """Let the session fail whose new container could not be made."""
    del reason
    session_id = UUID(args["lab_session_id"])
    if rows.is_resetting(conn, session_id, args["reset_no"]) and (
        failed := rows.fail(conn, session_id, "running", "paused")
    ):
        release(failed.containers)
        tell(conn, failed.user_id, "lab_failed", session_id, "Your lab could not be reset. Please start it again.")


@actor(actor_name="courses.reset_lab", on_dead=_reset_failed, **_ASKED)
def reset_lab(lab_session_id: UUID, reset_no: int) -> None:
    """Give a session a fresh container: its reset of this number, the first being 1; the clock goes on.

    The one before is let go in the commit that writes the next one down. A number that is done, or not yet due, does
    nothing.
    """
    host = labs()
    with transaction() as conn:
        place = rows.where(conn, lab_session_id)
    if place is None or _elsewhere(place.host, host.host, reset_lab, lab_session_id=lab_session_id, reset_no=reset_no):
        return
    with transaction() as conn:
        old = rows.reset(conn, lab_session_id, reset_no, host.host)
        release(old or [])
    if old is None:
        return
    container_id = rows.container_id(lab_session_id, reset_no)
    reach("reset_asked", str(lab_session_id))
    make(lab_session_id, container_id, with_home=False)
    with job.transaction() as conn:
        done = rows.reset_done(conn, container_id)
        if done is None:
            release(rows.unwanted(conn, container_id))
        else:
            rows.publish(conn, lab_session_id, container_id, terminal_url(container_id, done))


@actor(actor_name="courses.judge_lab", **_ASKED)
def judge_lab(lab_session_id: UUID, command_id: str) -> None:
    """Judge a session's lab by its criteria, as a learner asked by `command_id`; the verdict is kept with the session.

    Passed, the session is completed, the lab of its lesson done and its container let go, all in one commit. Permanent
    where the criteria are no grammar's. Nothing happens where the session is over, or was reset meanwhile.
    """
    host = labs()
    with transaction() as conn:
        place = rows.where(conn, lab_session_id)
    if place is None or place.status not in {"running", "paused"}:
        return
    if _elsewhere(place.host, host.host, judge_lab, lab_session_id=lab_session_id, command_id=command_id):
        return
    with transaction() as conn:
        wanted = rows.read_criteria(conn, lab_session_id)
    try:
        verdict = host.judge(place.container_id, parse_criteria(wanted))
    except CriteriaError as error:
        raise Permanent(f"the lab cannot be judged: {error}") from error
    except LabGone:
        return  # the sweep lets the session fail, and tells its learner
    reach("lab_judged", str(lab_session_id))
    with job.transaction() as conn:
        told = {**verdict.as_dict(), "command_id": command_id}
        kept = rows.judged(conn, lab_session_id, place.container_id, told, passed=verdict.passed)
        if isinstance(kept, rows.Passed):
            release(kept.containers)
            pass_lab(conn, kept.user_id, kept.lesson_id)


@actor(actor_name="courses.end_lab", **_ASKED)
def end_lab(lab_session_id: UUID) -> None:
    """End a session for its learner: what ran is expired as of now, without having been passed."""
    with job.transaction() as conn:
        if ended := rows.end(conn, lab_session_id):
            release(ended.containers)


def _elsewhere(theirs: str, ours: str, actor_: Any, **args: Any) -> bool:
    """Send a job on to the host that has its lab; False where that is this one."""
    if theirs == ours:
        return False
    with job.transaction():
        send_to(theirs, actor_, **args)
    return True
