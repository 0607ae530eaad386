"""Checks a document against a JSON Schema, as far as ours go: what a schema says beyond that is an error here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}
_KNOWN = {
    "type",
    "const",
    "enum",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "oneOf",
    "$ref",
    "minimum",
}
_SAID = {"$schema", "title", "description", "$defs", "format"}


#: Commands whose documents are described under an older, shorter name.
OLDER = {"queues-list": "queues", "top": "queues", "check-queue-latency": "check"}


def described_by(words: Sequence[str]) -> str:
    """Name the schema of a command, from its words or from what was typed."""
    plain = tuple(word for word in words if not word.startswith("-"))
    names = [
        "-".join(words[:count]) for count in (2, 1) if len(plain) >= count and tuple(words[:count]) == plain[:count]
    ]
    named = [OLDER.get(name, name) for name in names]
    return next((name for name in named if (FOLDER / f"{name}.schema.json").exists()), named[0] if named else "")


def complaints(name: str, document: Any) -> list[str]:
    """List what is wrong with a document by the schema of this name."""
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text())
    return list(_wrong(schema, document, "$", schema))


def _wrong(schema: dict[str, Any], found: Any, at: str, root: dict[str, Any]) -> list[str]:
    assert set(schema) <= _KNOWN | _SAID, f"{at}: this check does not know {set(schema) - _KNOWN - _SAID}"
    if "$ref" in schema:
        return _wrong(root["$defs"][schema["$ref"].rpartition("/")[2]], found, at, root)
    wrong = []
    if "oneOf" in schema:
        tries = [_wrong(each, found, at, root) for each in schema["oneOf"]]
        if 1 != sum(not each for each in tries):
            wrong.append(f"{at}: not exactly one of {len(tries)}: {min(tries, key=len)}")
    if "type" in schema:
        names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        kinds = tuple(kind for each in names for kind in _TYPES[each])
        if not isinstance(found, kinds) or (isinstance(found, bool) and "boolean" not in names):
            return [f"{at}: {found!r} is no {schema['type']}"]
    wrong += _wrong_value(schema, found, at)
    if isinstance(found, dict):
        wrong += _wrong_object(schema, found, at, root)
    if isinstance(found, list) and "items" in schema:
        for place, each in enumerate(found):
            wrong += _wrong(schema["items"], each, f"{at}[{place}]", root)
    return wrong


def _wrong_value(schema: dict[str, Any], found: Any, at: str) -> list[str]:
    allowed = [schema["const"]] if "const" in schema else schema.get("enum")
    wrong = [] if allowed is None or found in allowed else [f"{at}: {found!r} is none of {allowed}"]
    if isinstance(found, int | float) and found < schema.get("minimum", found):
        wrong.append(f"{at}: {found!r} is below {schema['minimum']}")
    return wrong


def _wrong_object(schema: dict[str, Any], found: dict[str, Any], at: str, root: dict[str, Any]) -> list[str]:
    properties = schema.get("properties", {})
    wrong = [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in found]
    others = schema.get("additionalProperties", True)
    if others is False:
        wrong += [f"{at}: {name} is not in the schema" for name in found if name not in properties]
    for name, each in found.items():
        if name in properties:
            wrong += _wrong(properties[name], each, f"{at}.{name}", root)
        elif isinstance(others, dict):
            wrong += _wrong(others, each, f"{at}.{name}", root)
    return wrong
