"""Five learners at one scan: one is nudged by mail, others are congratulated, capped, in quiet hours, or opt out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bellwork.db.companion.seed import Standing, load_learners, reach_goal, standing, write_nudge
from bellwork.db.engine import transaction
from bellwork.db.letters.links import PATH, letter_of, unsubscribe
from bellwork.db.vocabulary.exhibit import Figures
from bellwork.db.vocabulary.scene import Check, Line
from bellwork.tasks.companion.nudges.achieved import congratulate
from bellwork.tasks.companion.nudges.scan import scan_inactivity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bellwork.db.vocabulary.exhibit import Exhibit, Letter
    from bellwork.db.vocabulary.scene import Place

_LINK = re.compile(rf"{PATH}/(\S+)")


@dataclass(frozen=True)
class Case:
    """A learner: what he wishes, and what is to be found of him in the end; `fact` says that in a sentence."""

    about: str
    fact: str
    nudges: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    letter: str | None = None
    wishes: dict[str, Any] = field(default_factory=dict)


CASES = {
    "Ada": Case("has had no session yet", "is reminded of it by a letter", ("inactivity",), letter="sent"),
    "Ben": Case(
        "reached a goal",
        "is congratulated, and not reminded of anything else today",
        ("cross_subject",),
        ("inactivity: cap",),
    ),
    "Cem": Case("had a nudge of another program today", "gets no second one", (), ("inactivity: cap",)),
    "Dia": Case(
        "is in quiet hours",
        "is reminded in the app, and her letter waits for the end of them",
        ("inactivity",),
        letter="pending",
        wishes={"quiet_hours": "08:00-13:00"},
    ),
    "Eve": Case(
        "opts out by the link in the letter",
        "is not congratulated on the goal that she reaches afterwards",
        ("inactivity",),
        ("cross_subject: opted_out",),
        "sent",
    ),
}


class Nudging:
    """One scan, one letter that is answered, and one goal that is reached too late."""

    title = "Learners are nudged, once and at the right time"

    def __init__(self) -> None:
        self.ids: dict[str, UUID] = {}
        self.found: dict[str, Standing] = {}
        self._answered = self._reached = False

    def begin(self, place: Place) -> None:
        """Let five learners be there, and scan them twice."""
        self._place = place
        with transaction() as conn:
            self.ids = load_learners(conn, {name: case.wishes for name, case in CASES.items()})
            reach_goal(conn, self.ids["Ben"], "Quadratic equations")
            write_nudge(conn, self.ids["Cem"])
            for _ in range(2):
                scan_inactivity.send()

    def progress(self) -> Sequence[Line]:
        """Use the link in Eve's letter as soon as that has come; her goal is reached after that."""
        self._look()
        eve = next((letter for letter in self._letters() if letter.to.startswith("eve.")), None)
        if eve is not None and not self._answered:
            self._answered = _use_link(eve)
        if self.found["Eve"].out and not self._reached:
            self._reached = True
            with transaction() as conn:
                reach_goal(conn, self.ids["Eve"], "Functions")
                congratulate.send(student_id=self.ids["Eve"])
        return [
            Line(name, f"{name} {case.about}", _status(self.found.get(name)), over=self._is_as_it_should(name))
            for name, case in CASES.items()
        ]

    def checks(self) -> Sequence[Check]:
        """Check that everybody got what was due to him, once, and that the letters say so."""
        self._look()
        came = [letter.to.partition(".")[0].title() for letter in self._letters()]
        wanted = sorted(name for name, case in CASES.items() if case.letter == "sent")
        once = Check("Two scans sent each letter once.", sorted(came) == wanted, f"letters to {', '.join(came)}")
        return [*(self._check(name, case) for name, case in CASES.items()), once]

    def exhibits(self) -> Sequence[Exhibit]:
        """Show what became of everybody, and the letters."""
        rows = tuple(
            (name, case.about, "; ".join(each.nudges), "; ".join(each.held), each.state or "")
            for name, case in CASES.items()
            if (each := self.found.get(name))
        )
        return [Figures("Who was nudged", ("learner", "who", "was given", "was not", "letter"), rows), *self._letters()]

    def _look(self) -> None:
        with transaction() as conn:
            found = standing(conn, list(self.ids.values()))
        self.found = {name: found[one] for name, one in self.ids.items() if one in found}

    def _letters(self) -> list[Letter]:
        ours = {f"{name.lower()}.{one.hex[:6]}@example.org" for name, one in self.ids.items()}
        return [letter for letter in self._place.letters() if letter.to in ours]

    def _check(self, name: str, case: Case) -> Check:
        return Check(
            f"{name}, who {case.about}, {case.fact}.", self._is_as_it_should(name), _status(self.found.get(name))
        )

    def _is_as_it_should(self, name: str) -> bool:
        case, each = CASES[name], self.found.get(name)
        if each is None:
            return False
        kinds = tuple(nudge.partition(":")[0] for nudge in each.nudges)
        return (kinds, tuple(each.held), each.state) == (case.nudges, case.held, case.letter)


def _use_link(letter: Letter) -> bool:
    """Do what the web process does when a mail program follows the link of a letter; False where it has none."""
    found = _LINK.search(letter.text)
    if not found or not (number := letter_of(found[1])):
        return False
    with transaction() as conn:
        return unsubscribe(conn, number)


def _status(each: Standing | None) -> str:
    if each is None:
        return "not there yet"
    parts = [nudge.partition(":")[0] for nudge in each.nudges] + [f"not {held}" for held in each.held]
    return ", ".join([*parts, *([f"letter {each.state}"] if each.state else [])]) or "waits for the scan"
