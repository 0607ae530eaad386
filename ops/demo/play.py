"""Plays the cases: submits each when its moment has come, answers what is asked back, and waits for the last to end."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bellwork.db.content.queries.progress import submit_request
from bellwork.db.engine import transaction
from bellwork.ops.demo.cases import CASES
from bellwork.ops.demo.seen import look
from bellwork.tasks.content.clarification import answer_clarification
from bellwork.tasks.content.understand import understand

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.ops.demo.cases import Case
    from bellwork.ops.demo.seen import Seen
    from bellwork.ops.processes import Processes

#: Seconds between two looks, and after which a demo that has not ended is called a failure.
LOOK, PATIENCE = 0.15, 180.0


@dataclass
class Play:
    """The cases that were submitted, and what was last seen of each."""

    ids: dict[str, str] = field(default_factory=dict)
    seen: dict[str, Seen] = field(default_factory=dict)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self.began

    @property
    def over(self) -> bool:
        """Tell whether every case has ended, or patience has."""
        done = len(self.seen) == len(CASES) and all(seen.settled for seen in self.seen.values())
        return done or self.seconds > PATIENCE


def play(processes: Processes, show: Callable[[Play], None]) -> Play:
    """Play all cases to their end; `show` is called after each look."""
    game = Play()
    while not game.over:
        _submit_due(game)
        _look(game)
        _answer_questions(game)
        show(game)
        processes.tend(LOOK)
    return game


def _submit_due(game: Play) -> None:
    for case in CASES:
        if case.key not in game.ids and case.due(game.seen):
            game.ids[case.key] = _submit(case)


def _submit(case: Case) -> str:
    """Do what an API layer does: the row and its job in one transaction."""
    request_id = f"req_{uuid.uuid4().hex[:12]}"
    with transaction() as conn:
        request = {"id": request_id, "student_id": case.student, "query": case.query, "interest_id": case.interest}
        submit_request(conn, request)
        understand.send(request_id=request_id)
    return request_id


def _look(game: Play) -> None:
    found = look(list(game.ids.values()))
    game.seen = {key: found[request_id] for key, request_id in game.ids.items() if request_id in found}


def _answer_questions(game: Play) -> None:
    """Choose the first of the options, as the student in front of the screen would choose one."""
    for key, seen in game.seen.items():
        if seen.question and key not in game.answers:
            option = seen.question["options"][0]
            question_id = seen.question["question_id"]
            answer_clarification.send(request_id=game.ids[key], question_id=question_id, option_id=option["id"])
            game.answers[key] = option
