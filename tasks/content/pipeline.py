"""Which job does the work of a status, and how long that may take; the whole recipe is in README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.content.tables import RequestStatus
from bellwork.tasks.content.check_cache import check_cache
from bellwork.tasks.content.narrate import narrate
from bellwork.tasks.content.render import render
from bellwork.tasks.content.sending import send_generation, send_request
from bellwork.tasks.content.understand import understand
from bellwork.tasks.content.write_script import write_script

if TYPE_CHECKING:
    from dramatiq import Actor

    from bellwork.db.content.queries import Generation

_S = RequestStatus
#: Stages that work for one request, and stages that work for everybody who asks the same.
REQUEST_STAGES: dict[RequestStatus, Actor[Any, Any]] = {_S.NLU_PROCESSING: understand, _S.CACHE_CHECK: check_cache}
GENERATION_STAGES: dict[RequestStatus, Actor[Any, Any]] = {
    _S.GENERATING_SCRIPT: write_script,
    _S.GENERATING_AUDIO: narrate,
    _S.FAST_PATH_READY: render,
    _S.GENERATING_VIDEO: render,
}
#: Seconds that a status may last: the time-out of its stage, and a margin in which the job itself notices.
MARGIN = 30.0
PATIENCE = {
    _S.NLU_PROCESSING: 30 + MARGIN,
    _S.CACHE_CHECK: 5 + MARGIN,
    _S.GENERATING_SCRIPT: 120 + MARGIN,
    _S.GENERATING_AUDIO: 60 + MARGIN,
    _S.FAST_PATH_READY: 60 + MARGIN,
    _S.GENERATING_VIDEO: 600 + MARGIN,
}


def resume_request(status: RequestStatus, request_id: str) -> None:
    """Send the job of a status that works for one request."""
    send_request(REQUEST_STAGES[status], request_id)


def resume_generation(status: RequestStatus, generation: Generation) -> None:
    """Send the job of a status that works for a generation; what is finished is reused."""
    send_generation(GENERATION_STAGES[status], generation)
