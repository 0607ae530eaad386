"""The scene itself: places its orders, answers what is asked back, kills a process, and brings what came of it all."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from bellwork.db.content.queries.progress import submit_request
from bellwork.db.content.seed import load_samples
from bellwork.db.engine import transaction
from bellwork.db.vocabulary.scene import Line
from bellwork.tasks import providers
from bellwork.tasks.content.clarification import answer_clarification
from bellwork.tasks.content.scenes.blow import Blow
from bellwork.tasks.content.scenes.cases import CASES, DAMAGED_FIGURE, DAMAGED_PNG, FAILURES, HARD_TO_SAY
from bellwork.tasks.content.scenes.checks import check
from bellwork.tasks.content.scenes.films import films_of
from bellwork.tasks.content.scenes.letters import Post
from bellwork.tasks.content.scenes.month import Month
from bellwork.tasks.content.scenes.seen import look, look_closely
from bellwork.tasks.content.scenes.simpler import Wish, both_scripts
from bellwork.tasks.content.scenes.tables import course, requests_table
from bellwork.tasks.content.understand import understand

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.vocabulary.exhibit import Exhibit
    from bellwork.db.vocabulary.scene import Check, Place
    from bellwork.tasks.content.scenes.cases import Case
    from bellwork.tasks.content.scenes.seen import Seen


class Lessons:
    """Requests, a month and a killed process; `seen` is what was last seen of each case that was submitted."""

    title = "Students ask, and get films; one wants it simpler; an old month leaves"

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.seen: dict[str, Seen] = {}
        self.answers: dict[str, dict[str, str]] = {}
        self.post, self.blow, self.month, self.wish = Post(), Blow(), Month(), Wish()

    def begin(self, place: Place) -> None:
        """Fill a school, damage a figure, break the voice, let a month be due, and ask what is asked at once."""
        self.post.begin(place)
        self.blow.begin(place)
        with transaction() as conn:
            load_samples(conn)
        providers.storage().put(DAMAGED_FIGURE, DAMAGED_PNG)
        place.break_voice(HARD_TO_SAY, FAILURES)
        self._submit_due()
        self.month.begin(place)

    def progress(self) -> Sequence[Line]:
        """Submit what is due, answer questions, kill when the time has come; the month and the mail are orders, too."""
        found = look(list(self.ids.values()))
        self.seen = {key: found[request_id] for key, request_id in self.ids.items() if request_id in found}
        self._submit_due()
        self._answer_questions()
        self.blow.fall(self.seen.get("no_film"))
        lines = [_line(case, self.seen.get(case.key)) for case in CASES]
        ended = all(line.over for line in lines)
        return [*lines, self.blow.line(over=ended), self.month.line(), self.post.line(self.seen.values())]

    def checks(self) -> Sequence[Check]:
        """Check every case, the killed process, the letters and the month."""
        self.seen = {key: look_closely(seen) for key, seen in self.seen.items()}
        cases = [each for case in CASES for each in check(case, self)]
        blow = self.blow.checks(self.seen.values())
        return [*cases, *blow, *self.post.checks(self.seen), *self.month.checks()]

    def exhibits(self) -> Sequence[Exhibit]:
        """Bring the table, the course of time, the films, the letters and the month's manifest."""
        letters = self.post.letters(self.seen.values())
        both = [both_scripts(self.seen["first"], self.seen["simpler"])] if "simpler" in self.seen else []
        return [requests_table(self), course(self), *films_of(self.seen), *letters, *both, *self.month.exhibits()]

    def _submit_due(self) -> None:
        for case in CASES:
            if case.key in self.ids or not case.due(self.seen):
                continue
            if (request := self._asked(case)) is not None:
                self.ids[case.key] = request

    def _asked(self, case: Case) -> str | None:
        """Ask, or say of another case's lesson; returns the request, None while there is none yet."""
        if case.said_of is None:
            return _submit(case)
        return self.wish.say(case.student, self.seen[case.said_of].row["content_id"])

    def _answer_questions(self) -> None:
        """Choose the first of the options, as the student in front of the screen would choose one."""
        for key, seen in self.seen.items():
            if seen.question and key not in self.answers:
                option, question_id = seen.question["options"][0], seen.question["question_id"]
                answer_clarification.send(request_id=self.ids[key], question_id=question_id, option_id=option["id"])
                self.answers[key] = option


def _submit(case: Case) -> str:
    """Do what an API layer does: the row and its job in one transaction."""
    request_id = f"req_{uuid.uuid4().hex[:12]}"
    with transaction() as conn:
        request = {"id": request_id, "student_id": case.student, "query": case.query, "interest_id": case.interest}
        submit_request(conn, request)
        understand.send(request_id=request_id)
    return request_id


def _line(case: Case, seen: Seen | None) -> Line:
    if seen is None:
        return Line(case.key, case.query, "not asked yet")
    return Line(case.key, case.query, seen.status, seen.progress / 100, seen.settled)
