"""Answers that are programs: each is run in a sandbox of the labs, and right where it prints what is expected."""

from __future__ import annotations

import json
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from bellwork.tasks.courses.labs.sweep import end_passing
from bellwork.tasks.providers import LabOrder, MissingExtra, hosts_labs, labs
from bellwork.tasks.providers.labs import LabRefused
from bellwork.tasks.providers.labs.judging import differs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from bellwork.db.courses.attempts.answers import Asked

NO_JUDGE = "nobody here runs programs: no provider of labs is set (LABS_URL)"
NO_TIME = "no time was left: the programs of one attempt share {} s"
#: Seconds within which the last program of an attempt is begun: with it the job stays within its time limit.
SECONDS = 60.0
#: How an answer is run unless its question's `options` say otherwise.
_WAY = {"file": "answer.py", "command": "python3 answer.py", "stdin": ""}


class Ran(NamedTuple):
    """What a program came to: `right` is None where `why` says that nobody could run it."""

    response: str
    right: bool | None
    why: str | None = None


def run_programs(asked: Iterable[Asked]) -> dict[tuple[UUID, UUID], Ran]:
    """Run what was answered to questions of code in time, one after the other; takes seconds, and no transaction.

    By attempt and question. What has not begun within a minute is not run: somebody has to look at it. Raises LabError
    or ProviderBusy where another try may help.
    """
    wanted = [each for each in asked if each.is_program]
    if wanted and hosts_labs():
        end_passing(labs())  # a host without a session is swept by nobody else
    until = monotonic() + SECONDS
    return {(each.attempt_id, each.question_id): _run(each, each.response, until) for each in wanted}


def _run(asked: Asked, response: str | None, until: float) -> Ran:
    if response is None or not hosts_labs():
        return Ran(response or "", None, NO_JUDGE)
    if monotonic() > until:
        return Ran(response, None, NO_TIME.format(f"{SECONDS:g}"))
    way = _WAY | (_texts(asked.options) if isinstance(asked.options, dict) else {})
    order = LabOrder(f"code-{uuid4().hex}", files={way["file"]: response})
    try:
        ran = labs().run(order, way["command"], way["stdin"])
    except (LabRefused, MissingExtra) as refused:
        return Ran(response, None, str(refused))
    right = ran.code == 0 and not differs(ran.output.decode("utf-8", "replace"), _expected(asked.correct_answer))
    return Ran(response, right)


def _texts(options: dict[str, Any]) -> dict[str, str]:
    return {name: options[name] for name in _WAY if isinstance(options.get(name), str)}


def _expected(correct: str) -> str:
    """Read what is to be printed: a JSON string, or the text as it stands."""
    try:
        value = json.loads(correct)
    except ValueError:
        return correct
    return value if isinstance(value, str) else correct
