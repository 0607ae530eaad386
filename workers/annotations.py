"""What an actor's annotations ask for: which parameters are of types that JSON lacks, and which say nothing usable."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import is_dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType, SimpleNamespace, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    NamedTuple,
    Optional,
    Union,
    get_args,
    get_origin,
)
from typing import get_type_hints as hints_of
from uuid import UUID

from dramatiq import GenericActor

from bellwork.workers.signature import signature_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Types that JSON lacks, by what they are in it.
_TEXTS, _LISTS = (date, time, timedelta, UUID, Decimal, Enum), (tuple, AbstractSet)
_UNIONS = (Union, UnionType)
_UNRESOLVED = "{} cannot be resolved here ({}: {}): import what it names outside of `if TYPE_CHECKING`"


class Annotation(NamedTuple):
    """One parameter: its type, as its author wrote it and as Python understands it, or why that says nothing here."""

    name: str
    words: str
    type: Any = None
    unclear: str = ""


def annotations_of(function: Callable[..., Any]) -> Iterator[Annotation]:
    """Yield the parameters whose annotation has a type that JSON lacks, or cannot be understood."""
    if isinstance(function, GenericActor):
        function = function.perform
    for name, known in signature_of(function).parameters.items():
        if known.annotation is known.empty or known.kind in (known.VAR_POSITIONAL, known.VAR_KEYWORD):
            continue
        words = _words_of(known.annotation)
        try:
            kind = _resolved(function, known.annotation)
            if not lacks(kind):
                continue
        except Exception as error:  # noqa: BLE001 - an annotation is an expression, and may raise anything
            yield Annotation(name, words, unclear=_UNRESOLVED.format(words, type(error).__name__, error))
            continue
        if _is_ambiguous(kind):
            yield Annotation(name, words, unclear=f"in JSON one cannot tell which of {words} it is")
        else:
            # `when: datetime = None` is as good as it looks.
            yield Annotation(name, words, Optional[kind] if known.default is None else kind)  # noqa: UP045 - of anything


def lacks(kind: Any, within: tuple[Any, ...] = ()) -> bool:
    """Tell whether a type is, or contains, one that JSON lacks."""
    if kind in within:
        return False
    within = (*within, kind)
    for alias in ("__value__", "__supertype__"):
        if hasattr(kind, alias):
            return lacks(getattr(kind, alias), within)
    origin = get_origin(kind)
    if origin is Annotated:
        return lacks(kind.__origin__, within)
    if origin is Literal:
        return False
    if origin is None:
        return _lacks_itself(kind) or (hasattr(kind, "__total__") and _any_lacks(_fields_of(kind), within))
    return _lacks_itself(origin) or _any_lacks(get_args(kind), within)


def _any_lacks(kinds: Any, within: tuple[Any, ...]) -> bool:
    return any(lacks(each, within) for each in kinds)


def _lacks_itself(kind: Any) -> bool:
    return isinstance(kind, type) and (issubclass(kind, _TEXTS + _LISTS) or _is_record(kind) or _is_pydantics(kind))


def _is_record(kind: Any) -> bool:
    return is_dataclass(kind) or hasattr(kind, "model_fields")


def _is_pydantics(kind: Any) -> bool:
    # Models, and types like AwareDatetime.
    return hasattr(kind, "__get_pydantic_core_schema__")


def _fields_of(typed_dict: Any) -> list[Any]:
    return list(hints_of(typed_dict, include_extras=True).values())


def _is_ambiguous(kind: Any) -> bool:
    """Tell whether a union in it has a type that JSON has and one that it lacks, which look the same there."""
    members = get_args(kind)
    if get_origin(kind) in _UNIONS:
        known = {_shape(each) for each in members if not lacks(each)}
        lacking = {_shape(each) for each in members if lacks(each)}
        if known & lacking or "anything" in known:
            return True
    return any(_is_ambiguous(each) for each in members)


def _shape(kind: Any) -> str:  # noqa: PLR0911 - one line for each shape
    bare = get_origin(kind) or kind
    if bare in (Any, object):
        return "anything"
    if not isinstance(bare, type):
        return "unknown"
    if bare in (NoneType, bool):
        return bare.__name__
    if issubclass(bare, Enum):
        return "text" if any(isinstance(each.value, str) for each in bare) else "number"
    if issubclass(bare, (*_LISTS, list, Sequence)) and not issubclass(bare, str):
        return "list"
    if issubclass(bare, Mapping) or _is_record(bare):
        return "object"
    return "text" if issubclass(bare, (*_TEXTS, str)) or _is_pydantics(bare) else "number"


def _resolved(function: Callable[..., Any], annotation: Any) -> Any:
    """Evaluate one annotation by itself, so that a name which is not there spoils no other parameter."""
    bare = inspect.unwrap(function)
    names = getattr(bare, "__globals__", None) or vars(sys.modules[bare.__module__])
    return hints_of(SimpleNamespace(__annotations__={"it": annotation}), names, include_extras=True)["it"]


def _words_of(annotation: Any) -> str:
    if isinstance(annotation, str):
        return annotation
    return annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)
