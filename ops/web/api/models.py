"""What is said to the API and what it answers; the OpenAPI document is made of these."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator

from bellwork.db.refusal import MOST_ACTOR, MOST_KEY, MOST_PRIORITY, MOST_QUEUE

#: Bytes of a request's body: arguments of 64 KiB as the ledger takes them, escaped or not, and the rest.
MOST_BYTES = 262_144
_FARTHEST = 5e9
_Text = Annotated[str, Field(min_length=1)]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _together(schema: dict[str, Any]) -> None:
    """Say which members go with which, as `NewJob._is_whole` does."""
    given = {"run_at": {"type": "string"}, "delay": {"type": "number"}}
    schema["not"] = {"required": [*given], "properties": given}
    schema["if"] = {"required": ["unique"], "properties": {"unique": {"type": "string"}}}
    schema["then"] = {"required": ["unique_key"], "properties": {"unique_key": {"type": "string"}}}


class NewJob(_Said):
    """A job to enqueue."""

    model_config = ConfigDict(json_schema_extra=_together)

    actor: Annotated[str, Field(min_length=1, max_length=MOST_ACTOR, description="The actor's name.")]
    args: Annotated[
        dict[str, JsonValue],
        Field(description="Arguments by name: 64 KiB at most, as PostgreSQL writes them, and 64 levels deep."),
    ] = {}
    queue: Annotated[
        str | None, Field(max_length=MOST_QUEUE, description="The actor's own; another one is not taken.")
    ] = None
    priority: Annotated[
        int | None,
        Field(ge=-MOST_PRIORITY, le=MOST_PRIORITY, description="Counts where it is less urgent than the actor's own."),
    ] = None
    run_at: Annotated[AwareDatetime | None, Field(description="Not before this instant, RFC 3339.")] = None
    delay: Annotated[float | None, Field(ge=0, le=_FARTHEST, allow_inf_nan=False, description="Seconds.")] = None
    unique_key: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=MOST_KEY,
            description="Makes the request repeatable: while a job of this key is unfinished, that one is answered.",
        ),
    ] = None
    unique: Annotated[Literal["unfinished", "waiting"] | None, Field(description="What the key is unique among.")] = (
        None
    )

    @model_validator(mode="after")
    def _is_whole(self) -> NewJob:
        if self.run_at is not None and self.delay is not None:
            raise ValueError("run_at and delay are both given; give one of them")
        if self.unique is not None and self.unique_key is None:
            raise ValueError("unique is given without a unique_key")
        return self


class Enqueued(BaseModel):
    """The job's id, and whether it is new: if not, it is that of the job that has the unique_key."""

    id: int
    is_new: bool


class Job(BaseModel):
    """What has become of a job; neither what it was given nor what it failed of."""

    id: int
    actor: str
    queue: str
    state: Literal["scheduled", "available", "running", "done", "dead", "cancelled"]
    attempt: int
    created_at: AwareDatetime
    run_at: AwareDatetime
    finished_at: AwareDatetime | None


class Eta(BaseModel):
    """When it is likely to be done, in seconds from now, between low and high in four of five cases."""

    id: int
    state: Literal["scheduled", "available", "running", "done", "dead", "cancelled"]
    seconds: float | None
    low: float | None
    high: float | None
    ahead: Annotated[int | None, Field(description="Due jobs of its queue that come first.")]
    why: Annotated[
        Literal["paused", "quarantined", "no worker", "no history"] | None,
        Field(description="Why it is not known; with seconds, 'paused' is a pause that ends."),
    ]
    about: Annotated[str | None, Field(description="The seconds in words, such as 'about 3 minutes'.")]


class Cancelled(BaseModel):
    """That the job is cancelled now."""

    id: int
    cancelled: Literal[True] = True


class Wrong(BaseModel):
    """One thing that is wrong with a request's body; what was given is not repeated."""

    pointer: Annotated[str, Field(description="Where, as a JSON pointer.")]
    detail: str


class Problem(BaseModel):
    """What was refused, and why: a problem document of RFC 9457."""

    type: Literal["about:blank"] = "about:blank"
    title: _Text
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    errors: list[Wrong] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it without what it lacks."""
        return self.model_dump(exclude_none=True)
