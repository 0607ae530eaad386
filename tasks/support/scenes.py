"""What support shows in the demo: a student falls silent, is found, a trainer is told and acts, and the flag goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.support.explain import explain_student
from bellwork.db.support.samples import silent_student as sample
from bellwork.db.vocabulary.exhibit import Course, Figures, Span, Text
from bellwork.db.vocabulary.scene import Check, Line
from bellwork.tasks.support.care import write_to_silent_students

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bellwork.db.support.samples.silent_student import SilentStudent, Standing
    from bellwork.db.vocabulary.exhibit import Exhibit, Letter
    from bellwork.db.vocabulary.scene import Place

_SPOKE, _ENDED = "Called her: she was ill, and goes on tonight.", "She is back."


class FallenSilent:
    """Detection finds her, the least loaded trainer is told, he speaks with her, and she goes on."""

    title = "A student falls silent, and somebody acts until she is back"

    who: SilentStudent

    def __init__(self) -> None:
        self.now: Standing | None = None
        self.why: dict[str, str] = {}
        self.at: dict[str, float] = {}
        self.decided: list[tuple[str, str]] = []

    def begin(self, place: Place) -> None:
        """Let her be silent for eight days, have detection look, and silent students written to."""
        self._place, self._began = place, time.monotonic()
        with transaction() as conn:
            self.who = sample.load_silent_student(conn)
            self._note(conn, "silent for eight days")
            sample.look_at(conn, self.who.enrollment)
            write_to_silent_students.send()

    def progress(self) -> Sequence[Line]:
        """Let the trainer act once he has his letter, her complete a topic after that, and him end it then."""
        with transaction() as conn:
            self.now = now = sample.standing(conn, self.who.enrollment)
            if now.row and now.trainer and "found" not in self.at:
                self._note(conn, "found")
            elif now.row and now.status == "pending" and self._letters(sample.TRAINER):
                self._note(conn, "the trainer knows")
                sample.make_contact(conn, now.row, _SPOKE)
                sample.complete_topic(conn, self.who.enrollment)
            elif now.row and now.status == "in_progress" and now.cleared:
                self._note(conn, "she goes on")
                sample.resolve(conn, now.row, _ENDED)
            elif now.status == "resolved" and not now.at_risk and "no longer at risk" not in self.at:
                self._note(conn, "no longer at risk")
                self.decided = sample.decisions(conn, self.who.enrollment)
        return [Line("student", "a student who has done nothing for a week", self._status(), over=self._is_over())]

    def checks(self) -> Sequence[Check]:
        """Check that each step followed, that everybody was told once, and that she saw no level."""
        told, hers = self._letters(sample.TRAINER), self._letters(sample.STUDENT)
        kinds = [kind for kind, _ in self.decided]
        words = hers[0].text.lower() if hers else ""
        return [
            Check("She was found, and a trainer was assigned.", "found" in self.at, self._status()),
            Check("Her trainer was told once, with the reason.", len(told) == 1, f"letters: {len(told)}"),
            Check(
                "She was written to once, by a letter that names neither the level of her risk nor its reason.",
                len(hers) == 1 and not any(word in words for word in ("risk", "medium", "high", "inactive")),
                f"letters: {len(hers)}",
            ),
            Check(
                "She counts as at risk no longer, once her trainer has ended the intervention.",
                "no longer at risk" in self.at and bool(self.now and not self.now.at_risk),
                self._status(),
            ),
            Check(
                "Each decision has its reason.",
                kinds == ["opened", "assigned", "contacted", "cleared", "resolved"]
                and all(why for _, why in self.decided),
                ", ".join(kinds),
            ),
        ]

    def exhibits(self) -> Sequence[Exhibit]:
        """Show what was decided and why, what `bellwork explain student` said at each step, and the letters."""
        rows = tuple((kind.replace("_", " "), reason) for kind, reason in self.decided)
        moments = sorted(self.at.items(), key=lambda item: item[1])
        ends = [at for _, at in moments[1:]] + [at for _, at in moments[-1:]]
        spans = tuple(Span(word, at, end) for (word, at), end in zip(moments, ends, strict=True))
        return [
            Figures("What was decided, and why", ("decision", "reason"), rows),
            *(Text(f"Why: {step}", said, "as `bellwork explain student` tells it") for step, said in self.why.items()),
            Course("From silence to the next topic", ((sample.STUDENT[0], spans),)),
            *self._letters(sample.TRAINER),
            *self._letters(sample.STUDENT),
        ]

    def _letters(self, person: tuple[str, str]) -> list[Letter]:
        return [letter for letter in self._place.letters() if letter.to == person[1]]

    def _is_over(self) -> bool:
        return "no longer at risk" in self.at and bool(self._letters(sample.STUDENT))

    def _note(self, conn: Connection, step: str) -> None:
        self.at.setdefault(step, time.monotonic() - self._began)
        found = explain_student(conn, str(self.who.student))
        self.why.setdefault(step, "\n".join([found.subject, *(each.said for each in found.reasons)]))

    def _status(self) -> str:
        now = self.now
        if now is None or now.status is None:
            return "silent for eight days"
        if not now.at_risk:
            return f"{now.status}, {now.outcome}"
        return f"{now.level} ({', '.join(now.reasons)}), {now.status}, {now.trainer or 'nobody'}'s"


SCENES = (FallenSilent,)
