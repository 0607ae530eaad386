"""One parameter of a type that JSON lacks: its values are written as JSON, and read from it by pydantic."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ConfigDict, PydanticUserError, TypeAdapter, ValidationError
from pydantic_core import to_json
from pydantic_core.core_schema import ErrorType

from bellwork.db.plain import plain_argument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.workers.annotations import Annotation

#: Pydantic's own sentences, which repeat nothing of the value; an author's may.
_SAFE = frozenset(get_args(ErrorType)) - {"value_error", "assertion_error", "union_tag_invalid"}
#: So many of a value's faults are told.
_TOLD = 3


class UnfitArgument(TypeError):  # noqa: N818 - named for what is wrong
    """What a job has for a parameter cannot be read as its type; the value, which may be about people, is not told."""


class _Fault(ValueError):  # noqa: N818 - only its own module sees it
    """What is wrong with a value, in words that do not repeat it."""


class Parameter:
    """What is done with the values of one parameter; pydantic builds what it needs for it at the first one."""

    def __init__(self, annotation: Annotation) -> None:
        self.name, self.words, self.unclear = annotation.name, annotation.words, annotation.unclear
        self._type = annotation.type

    def write(self, actor: str, value: Any) -> Any:
        """Return a value as JSON has it; raises TypeError for what a worker would not get back as it is.

        What is JSON already has to be readable as the parameter's type: so a job's own arguments can be sent again.
        """
        whose = f"{actor}: parameter {self.name!r}"
        if self._adapter is None:
            if _is_encodable(value):
                return value
            msg = f"{whose} got {_kind_of(value)}, which JSON lacks, and {self.unclear}"
            raise TypeError(msg)
        written = plain_argument(actor, self.name, value)
        takes = f"{whose} takes {self.words}, got {_kind_of(value)}"
        try:
            back = self._read(written)
        except _Fault as fault:
            msg = f"{takes}: {fault}"
            raise TypeError(msg) from None
        if written is not value and not _is_same(back, value):
            msg = f"{takes}: a worker would not get it back as it is"
            raise TypeError(msg)
        return written

    def read(self, value: Any) -> Any:
        """Return what the actor is called with for a value of JSON; raises UnfitArgument."""
        try:
            return self._read(value)
        except _Fault as fault:
            msg = (
                f"parameter {self.name!r} takes {self.words}, found {_kind_of(value)}: {fault}; enqueue it anew as it "
                "should be, or retry it with a release that takes it"
            )
            raise UnfitArgument(msg) from None

    def _read(self, value: Any) -> Any:
        if self._adapter is None:
            return value
        try:
            return self._adapter.validate_json(to_json(value))
        except ValidationError as error:
            raise _Fault(self._faults(error)) from None
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a model's author may have written anything
            msg = f"reading it failed with {type(error).__name__}"
            raise _Fault(msg) from None

    @cached_property
    def _adapter(self) -> TypeAdapter[Any] | None:
        """What reads it, strictly but for what models and dataclasses say of themselves; None where nothing can."""
        if self.unclear:
            return None
        try:
            return _adapter_of(self._type)
        except Exception as error:  # noqa: BLE001 - as above
            self.unclear = f"pydantic has no rule for {self.words} ({type(error).__name__})"
            return None

    def _faults(self, error: ValidationError) -> str:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        names = set(_field_names(self._type))
        told = []
        for problem in problems[:_TOLD]:
            # Keys of a dict are as much about people as its values are.
            where = ".".join(str(part) for part in problem["loc"] if isinstance(part, int) or part in names)
            said = problem["msg"] if problem["type"] in _SAFE else "its own rules refuse it"
            said = said.replace("Input should", "it should", 1)
            told.append(f"{where}: {said}" if where else said)
        return "; ".join(told)


def _adapter_of(kind: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(kind, config=ConfigDict(strict=True))
    except PydanticUserError as error:
        if error.code != "type-adapter-config-unused":
            raise
        return TypeAdapter(kind)


def _field_names(kind: Any) -> Iterator[str]:
    yield from getattr(kind, "model_fields", ())
    yield from getattr(kind, "__dataclass_fields__", ())
    for each in get_args(kind):
        yield from _field_names(each)


def _is_encodable(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _is_same(back: Any, sent: Any) -> bool:
    try:
        return bool(back == sent) or _told(back) == _told(sent)
    except Exception:  # noqa: BLE001 - a type's own comparison
        return False


def _told(value: Any) -> Any:
    """Return what can be compared where `==` cannot: times in an hour that a zone has twice, records without it."""
    if isinstance(value, datetime | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _told(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_told(inner) for inner in value]
    if isinstance(value, BaseModel):
        return type(value), _told(dict(value))
    if is_dataclass(value):
        return type(value), {field.name: _told(getattr(value, field.name)) for field in fields(value)}
    return value


def _kind_of(value: Any) -> str:
    return "None" if value is None else type(value).__name__
