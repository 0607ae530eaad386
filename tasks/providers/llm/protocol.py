"""What a language model is asked and what it answers: the words that stages and adapters share."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from bellwork.tasks.providers.text import seconds_to_say

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.study.protocol import Item, ItemOrder, Lecture, Recap, Talk

#: An understanding below this is put to the pupil as a question (the request pipeline, tasks/content/README.md).
CONFIDENT = 0.7
#: The style of a lesson where the request names none (vividly.md, content_requests.style).
DEFAULT_STYLE = "conversational"
MOST_OPTIONS = 3


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Topic(_Frozen):
    """A topic as the catalogue knows it; its texts may be anything."""

    id: str
    title: str
    description: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class Interest(_Frozen):
    """What a pupil likes; lessons are woven with it."""

    id: str
    name: str
    description: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class Option(_Frozen):
    """One possible meaning of an ambiguous request, as it is offered to the pupil."""

    id: str
    topic_id: str
    title: str
    description: str


class Understanding(_Frozen):
    """What a request means: `topic_id` is set exactly when the outcome is clear."""

    outcome: Literal["clear", "ambiguous", "out_of_scope"]
    topic_id: str | None = None
    interest_id: str | None = None
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0
    options: tuple[Option, ...] = ()


class Brief(_Frozen):
    """What a script is ordered with; without an interest the lesson is not personal."""

    topic: Topic
    interest: Interest | None = None
    style: str = DEFAULT_STYLE


class Kind(StrEnum):
    """The part a scene plays in its lesson."""

    HOOK = "hook"
    MEANING = "meaning"
    MECHANISM = "mechanism"
    EXAMPLE = "example"
    MISTAKE = "mistake"
    CHECK = "check"
    RECAP = "recap"


class Scene(_Frozen):
    """One slide and what is said while it stands; `points` are the few words written on it."""

    kind: Kind
    heading: str
    narration: str
    visual: str
    points: tuple[str, ...] = ()


class Script(_Frozen):
    """A lesson in scenes, ready to be spoken; kept as JSON by `model_dump_json` and `model_validate_json`."""

    topic_id: str
    title: str
    style: str
    scenes: tuple[Scene, ...]
    interest_id: str | None = None
    interest: str | None = None

    @property
    def seconds(self) -> float:
        """Estimate how long the lesson is, in seconds of speech at 150 words a minute."""
        return sum(seconds_to_say(scene.narration) for scene in self.scenes)


class LanguageModel(Protocol):
    """Understands requests, and writes. Raises the errors of tasks/providers/errors.py and no others."""

    def understand(self, query: str, topics: list[Topic], interests: list[Interest]) -> Understanding:
        """Say which topic of the catalogue a pupil's words mean."""

    def write_script(self, brief: Brief) -> Script:
        """Write a script that obeys the rules of acceptance; raises ScriptRejected where that cannot be had."""

    def write_recap(self, talk: Talk) -> Recap:
        """Sum up a tutoring session for its student, with one to three next steps."""

    def write_summary(self, lecture: Lecture) -> str:
        """Sum up the film of a lesson in a few sentences."""

    def write_items(self, order: ItemOrder) -> list[Item]:
        """Write new practice items: as many as are wanted, or fewer."""
