"""All requests of a generation follow it by legal transitions, edge by edge, in the transaction of the stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.queries.transitions import BY_ID, Moved, advance
from bellwork.db.content.tables import REQUEST_MACHINE, RequestStatus

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.content.queries.generation import Generation

_S = RequestStatus
#: The statuses of a generation in order; a request that came late cascades from its own status.
_PATH = (_S.GENERATING_SCRIPT, _S.GENERATING_AUDIO, _S.FAST_PATH_READY, _S.GENERATING_VIDEO, _S.COMPLETED)
_UNSERVED = (_S.GENERATING_SCRIPT, _S.GENERATING_AUDIO)
# The second line lets the partial index on topic, interest and style serve it.
_OF_KEY = (
    "r.topic_id = :topic AND r.interest_id = :interest AND r.style = :style AND r.status NOT IN ('completed', 'failed')"
)


def cascade(
    conn: Connection,
    generation: Generation,
    until: RequestStatus,
    content_id: str | None = None,
) -> dict[RequestStatus, list[Moved]]:
    """Bring every request of the generation with a status before `until` there; returns which reached which status."""
    steps = _PATH[1 : _PATH.index(until) + 1]
    return {to: _step(conn, generation, to, content_id) for to in steps if _is_on_the_way(to, until)}


def degrade(conn: Connection, generation: Generation, content_id: str, reason: str) -> list[Moved]:
    """Leave the requests whose film was given up at what they have, script and audio, with the reason."""
    cascade(conn, generation, _S.FAST_PATH_READY, content_id)
    back = {_S.GENERATING_VIDEO}
    return advance(conn, _S.FAST_PATH_READY, _OF_KEY, _asked(generation), sources=back, error=reason)


def fail_generation(
    conn: Connection, generation: Generation, stage: RequestStatus, reason: str, *, retryable: bool
) -> list[Moved]:
    """Let the requests that have nothing yet fail at a stage; one that may be retried is taken up again there."""
    failure = {"stage": str(stage), "retryable": retryable, "reason": reason}
    return advance(
        conn, _S.FAILED, _OF_KEY, _asked(generation), sources=_UNSERVED, error=reason, notes={"failure": failure}
    )


def fail_request(
    conn: Connection, request_id: str, stage: RequestStatus, reason: str, *, retryable: bool
) -> list[Moved]:
    """Let one request fail at the stage it stands in."""
    failure = {"stage": str(stage), "retryable": retryable, "reason": reason}
    return advance(
        conn, _S.FAILED, BY_ID, {"id": request_id}, sources={stage}, error=reason, notes={"failure": failure}
    )


def _is_on_the_way(to: RequestStatus, until: RequestStatus) -> bool:
    """A request that is served when the film is done goes straight to it: no render was waited for on its behalf."""
    return not (until is _S.COMPLETED and to is _S.GENERATING_VIDEO)


def _step(conn: Connection, generation: Generation, to: RequestStatus, content_id: str | None) -> list[Moved]:
    earlier = set(_PATH[: _PATH.index(to)]) & REQUEST_MACHINE.sources(to)
    return advance(conn, to, _OF_KEY, _asked(generation), sources=earlier, content_id=content_id)


def _asked(generation: Generation) -> dict[str, str]:
    return {"topic": generation.topic_id, "interest": generation.interest_id, "style": generation.style}
