"""The forms a language model fills in, and the envelope they come back in; anything else is no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bellwork.tasks.providers.llm.protocol import Kind, Scene, Script

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Brief

#: More than any one answer can have: a number above this is no count.
MOST_TOKENS = 100_000_000


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reading(_Form):
    """How the model reads a request."""

    outcome: Literal["clear", "ambiguous", "out_of_scope"]
    topic_id: str | None
    interest_id: str | None
    confidence: Annotated[float, Field(ge=0, le=1)]
    options: list[str]


class LessonScene(_Form):
    """One scene as the model writes it."""

    kind: Kind
    heading: str
    narration: str
    visual: str
    points: list[str]


class Lesson(_Form):
    """A lesson as the model writes it."""

    title: str
    scenes: list[LessonScene]

    def as_script(self, brief: Brief) -> Script:
        """Return the lesson as a script for this brief, not yet accepted."""
        return Script(
            topic_id=brief.topic.id,
            title=self.title,
            style=brief.style,
            interest_id=brief.interest.id if brief.interest else None,
            interest=brief.interest.name if brief.interest else None,
            scenes=tuple(Scene(**scene.model_dump()) for scene in self.scenes),
        )


class Message(BaseModel):
    """What the model said, or why it did not."""

    content: str | None = None
    refusal: str | None = None


class Choice(BaseModel):
    """One answer and why it ends where it ends."""

    message: Message
    finish_reason: str | None = None


class Completion(BaseModel):
    """The envelope of a chat completion, as far as it is read."""

    choices: Annotated[list[Choice], Field(min_length=1)]


class Usage(BaseModel):
    """What an answer says of its own cost: tokens, and money where the server (OpenRouter, for one) tells it."""

    prompt_tokens: Annotated[int, Field(ge=0, le=MOST_TOKENS)] = 0
    completion_tokens: Annotated[int, Field(ge=0, le=MOST_TOKENS)] = 0
    cost: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] | None = None


class _Counted(BaseModel):
    usage: Usage


def usage_of(text: str) -> Usage | None:
    """Return what an answer says of its cost, whatever else is wrong with it; None where it says nothing usable."""
    try:
        return _Counted.model_validate_json(text).usage
    except ValidationError:
        return None


def strict_schema(form: type[BaseModel]) -> dict[str, Any]:
    """Return a form's JSON schema without the bounds that some servers refuse; the answer is held to them anyway."""
    schema: dict[str, Any] = _unbounded(form.model_json_schema())
    return schema


def _unbounded(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _unbounded(value) for key, value in schema.items() if key not in {"minimum", "maximum"}}
    return [_unbounded(item) for item in schema] if isinstance(schema, list) else schema
