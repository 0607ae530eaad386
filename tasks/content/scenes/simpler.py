"""A student says «make it simpler» of her lesson: the same topic comes back, told in shorter sentences."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from bellwork.db.content.queries import Generation
from bellwork.db.content.queries.spoken import request_after, say
from bellwork.db.content.tables import FeedbackType
from bellwork.db.engine import transaction
from bellwork.db.vocabulary.exhibit import Figures
from bellwork.tasks.content.artefacts import stored_script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.tasks.content.scenes.seen import Seen

_SENTENCE = re.compile(r"(?<=[.!?])\s+")


class Wish:
    """One piece of feedback, given once."""

    def __init__(self) -> None:
        self._said = ""

    def say(self, student_id: str, content_id: str) -> str | None:
        """Give it, of what a student was served; afterwards return the request that it led to, once it is there."""
        with transaction() as conn:
            if self._said:
                return request_after(conn, self._said)
            feedback_id = f"feedback_{uuid.uuid4().hex[:12]}"
            say(conn, feedback_id, student_id, content_id, FeedbackType.MAKE_SIMPLER)
        self._said = feedback_id
        return None


def words_a_sentence(seen: Seen) -> float:
    """Return the words of a sentence of a lesson, on average; 0 where nothing was written."""
    sentences = [each for scene in _parts(seen) for each in _SENTENCE.split(scene[1].strip()) if each]
    return sum(len(each.split()) for each in sentences) / len(sentences) if sentences else 0.0


def both_scripts(before: Seen, after: Seen) -> Figures:
    """Return the words of both lessons beside each other, part by part."""
    told, simply = _parts(before), _parts(after)
    parts = max(len(told), len(simply))
    rows = tuple((str(part + 1), _said(told, part), _said(simply, part)) for part in range(parts))
    before_words, after_words = words_a_sentence(before), words_a_sentence(after)
    about = f"What is said in both films; a sentence has {before_words:.1f} words on average, then {after_words:.1f}."
    return Figures(
        "One lesson, before and after “make it simpler”", ("part", "as it was asked for", "simpler"), rows, about
    )


def _parts(seen: Seen) -> Sequence[tuple[str, str]]:
    script = stored_script(Generation(**seen.generation)) if seen.row["content_id"] else None
    return [(scene.heading, scene.narration) for scene in script.scenes] if script else []


def _said(scenes: Sequence[tuple[str, str]], part: int) -> str:
    return "{}: {}".format(*scenes[part]) if part < len(scenes) else ""
