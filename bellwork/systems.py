"""What authors of systems describe theirs in (docs/systems.md): plain values, which load no engine and no database.

System            everything that Bellwork is told of a system, under the name SYSTEM of a module
CalendarEntry     a recurring job            RetentionRule      which rows leave when, and how
PartitionedTable  a table by time                Pipeline           a table whose rows have a status, with its Stages
Concern           what calls for people, in `bellwork status`
Erased            what of a person's a system erased

Counted is a table that `bellwork figures` shows.

An Explainer answers `bellwork explain` with an Explanation, which is a list of Because; or raises CannotExplain.
Before a letter is sent its system sees the PostedLetter, and says Send, Wait or Drop.

For the demo: a Scene is given a Place, and tells of each order by a Line, of each fact by a Check. What it shows is an
Exhibit: a Film with Captions, a Letter, Figures, a Text, a Course of Spans of time.

A name is looked up where it is defined when it is first used: to import this loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bellwork.db.vocabulary import (
        CalendarEntry,
        Concern,
        Drop,
        PartitionedTable,
        Pipeline,
        PostedLetter,
        RetentionRule,
        Send,
        Stage,
        System,
        Wait,
    )
    from bellwork.db.vocabulary.counted import Counted
    from bellwork.db.vocabulary.erasure import Erased
    from bellwork.db.vocabulary.exhibit import Caption, Course, Exhibit, Figures, Film, Letter, Picture, Span, Text
    from bellwork.db.vocabulary.explanation import Because, CannotExplain, Explainer, Explanation
    from bellwork.db.vocabulary.scene import Check, Line, Place, Scene

__all__ = [
    "Because",
    "CalendarEntry",
    "CannotExplain",
    "Caption",
    "Check",
    "Concern",
    "Counted",
    "Course",
    "Drop",
    "Erased",
    "Exhibit",
    "Explainer",
    "Explanation",
    "Figures",
    "Film",
    "Letter",
    "Line",
    "PartitionedTable",
    "Picture",
    "Pipeline",
    "Place",
    "PostedLetter",
    "RetentionRule",
    "Scene",
    "Send",
    "Span",
    "Stage",
    "System",
    "Text",
    "Wait",
]
_ELSEWHERE = {
    **dict.fromkeys(("Because", "CannotExplain", "Explainer", "Explanation"), "bellwork.db.vocabulary.explanation"),
    "Counted": "bellwork.db.vocabulary.counted",
    "Erased": "bellwork.db.vocabulary.erasure",
    **dict.fromkeys(("Check", "Line", "Place", "Scene"), "bellwork.db.vocabulary.scene"),
    **dict.fromkeys(
        ("Caption", "Course", "Exhibit", "Figures", "Film", "Letter", "Picture", "Span", "Text"),
        "bellwork.db.vocabulary.exhibit",
    ),
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    found = getattr(import_module(_ELSEWHERE.get(name, "bellwork.db.vocabulary")), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
