"""Who asks what in the demo: each case shows one thing that the pipeline promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.tasks.content.scenes.seen import Seen

    #: Told what is known of each case so far; True when this one is to be submitted.
    Due = Callable[[dict[str, "Seen"]], bool]

#: The speech service fails at a lesson that names this: so often that an attempt with its three tries is lost.
HARD_TO_SAY, FAILURES = "photosynthesis", 3
#: The picture that the demo damages, so that no film can be made of its topic.
DAMAGED_FIGURE = "figures/pendulum.png"
#: A PNG's signature and the beginning of its header: it says what it is, and then it ends.
DAMAGED_PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x03 \x00\x00"

_BEING_MADE = {"generating_script", "generating_audio", "fast_path_ready", "generating_video"}


@dataclass(frozen=True)
class Case:
    """What a student asks, or says of a lesson, when, and the status that the request for it must end in."""

    key: str
    shows: str
    student: str
    query: str
    interest: str
    ends: str = "completed"
    due: Due = lambda _seen: True
    #: The case of whose lesson this is said, as feedback; None: it is a question.
    said_of: str | None = None


def _while_first_is_made(seen: dict[str, Seen]) -> bool:
    return "first" in seen and seen["first"].status in _BEING_MADE


def _after_first(seen: dict[str, Seen]) -> bool:
    return "first" in seen and seen["first"].status == "completed" and "twin" in seen


def _once_first_is_read(seen: dict[str, Seen]) -> bool:
    return "first" in seen and seen["first"].row["content_id"] is not None


#: The one that takes longest, for the voice fails it, comes first.
CASES = (
    Case(
        "rough",
        "the speech service fails a whole attempt: the next one succeeds",
        "user_student_theo",
        "How do plants make food? Photosynthesis with video games",
        "int_video_games",
    ),
    Case(
        "first",
        "made from nothing",
        "user_student_amara",
        "Explain Newton's third law with basketball",
        "int_basketball",
    ),
    Case(
        "twin",
        "asked while it is being made: made once, served to both",
        "user_student_jonah",
        "newton's third law, but with basketball please",
        "int_basketball",
        due=_while_first_is_made,
    ),
    Case(
        "cached",
        "asked later: served from the cache",
        "user_student_diego",
        "Newton's third law in basketball?",
        "int_basketball",
        due=_after_first,
    ),
    Case(
        "unclear",
        "could mean three topics: the student is asked back",
        "user_student_priya",
        "What happens in chemical reactions?",
        "int_cooking",
    ),
    Case(
        "no_film",
        "the figure is damaged: no film, but script and audio stay served",
        "user_student_hana",
        "How does a pendulum swing?",
        "int_music_production",
        ends="fast_path_ready",
    ),
    Case(
        "simpler",
        "said of the first lesson: the same topic comes back, told more simply",
        "user_student_amara",
        "Make it simpler",
        "int_basketball",
        due=_once_first_is_read,
        said_of="first",
    ),
)
