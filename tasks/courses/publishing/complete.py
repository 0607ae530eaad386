"""What a course lacks before learners may take it: rules, and no database.

By the learning platform's own documents every module has content, videos are ready and labs configured. Content is by
type: a film, a lab, an assessment, a text; a mixed lesson has one of them at least, and what it has is whole. What no
judge could use of a lab is found beside this (`labs/submitted.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bellwork.db.courses.publishing.content import Lesson, Module


def missing(modules: Sequence[Module]) -> list[str]:
    """Return everything that is missing, in the order of the course, each in a sentence; nothing for a whole one."""
    if not modules:
        return ["The course has no module."]
    return [said for module in modules for said in _of_module(module)]


def _of_module(module: Module) -> Iterator[str]:
    if not module.lessons:
        yield f"The module {module.title!r} has no lesson."
    for lesson in module.lessons:
        where = f"The lesson {lesson.title!r} of the module {module.title!r}"
        yield from (f"{where} {said}." for said in _of_lesson(lesson))


def _of_lesson(lesson: Lesson) -> Iterator[str]:
    has = {
        "video": lesson.video is not None,
        "lab": lesson.has_lab,
        "quiz": bool(lesson.assessments),
        "reading": lesson.has_text,
    }
    named = {"video": "video", "lab": "lab", "quiz": "assessment", "reading": "text"}
    if lesson.kind == "mixed" and not any(has.values()):
        yield "has neither a video nor a lab, an assessment or a text"
    elif lesson.kind in has and not has[lesson.kind]:
        yield f"has no {named[lesson.kind]}"
    if lesson.video not in {None, "ready"}:
        yield f"has a video that is not ready: it is {lesson.video}"
    yield from _of_lab(lesson)
    for title, questions in lesson.assessments:
        if not questions:
            yield f"has an assessment {title!r} without a question"


def _of_lab(lesson: Lesson) -> Iterator[str]:
    if not lesson.has_lab:
        return
    if not lesson.has_template:
        yield "has a lab whose template is not active"
    if not lesson.has_instructions:
        yield "has a lab without instructions"
