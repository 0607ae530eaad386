"""The grammar of a lab's `success_criteria`: what a lab is judged by, checked when a course is submitted.

    {"pass_percent": 100,
     "criteria": [
       {"kind": "file_exists",      "path": "app.py"},
       {"kind": "file_contains",    "path": "app.py", "text": "def main"},
       {"kind": "command_succeeds", "command": "python3 -m unittest"},
       {"kind": "output_equals",    "command": "python3 app.py", "stdin": "3 4", "expected": "7"},
       {"kind": "port_answers",     "port": 8080, "points": 3, "name": "the server listens"}]}

A list alone is its criteria, with all points to be reached. `points` is 1 unless said; a lab is passed by the share of
all points in percent that `pass_percent` names. Paths are below the learner's home, where commands run by /bin/sh, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["file_exists", "file_contains", "command_succeeds", "output_equals", "port_answers"]

#: Which words a criterion of a kind needs, and of which type.
_NEEDS: dict[str, dict[str, type]] = {
    "file_exists": {"path": str},
    "file_contains": {"path": str, "text": str},
    "command_succeeds": {"command": str},
    "output_equals": {"command": str, "expected": str},
    "port_answers": {"port": int},
}
_MAY: dict[str, dict[str, type]] = {"command_succeeds": {"stdin": str}, "output_equals": {"stdin": str}}
_ALWAYS: dict[str, type] = {"kind": str, "name": str, "points": int}
_MOST_CRITERIA, _LONGEST, _MOST_POINTS, _LAST_PORT = 50, 10_000, 1_000, 65_535
_WORDS = {str: "a text", int: "a whole number"}


class CriteriaError(ValueError):
    """Criteria that no judge can use; `problems` are all of them, in words for the author of the course."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


@dataclass(frozen=True)
class Criterion:
    """One thing to be judged; which of the texts count depends on `kind`."""

    kind: Kind
    name: str
    points: int = 1
    path: str = ""
    text: str = ""
    command: str = ""
    stdin: str = ""
    expected: str = ""
    port: int = 0


@dataclass(frozen=True)
class Criteria:
    """All that a lab is judged by; it is passed at `pass_percent` of the points."""

    criteria: tuple[Criterion, ...]
    pass_percent: int = 100


def check_criteria(given: Any) -> list[str]:
    """Return everything that is wrong with a lab's success_criteria, in words; nothing where they can be judged."""
    try:
        parse_criteria(given)
    except CriteriaError as error:
        return error.problems
    return []


def parse_criteria(given: Any) -> Criteria:
    """Read a lab's success_criteria; raises CriteriaError with all that is wrong."""
    whole = {"criteria": given} if isinstance(given, list) else given
    if not isinstance(whole, dict):
        raise CriteriaError(["success_criteria are neither a list nor an object with `criteria`"])
    problems = [f"success_criteria know no {word!r}" for word in sorted(whole.keys() - {"criteria", "pass_percent"})]
    percent = whole.get("pass_percent", 100)
    if not _is(percent, int) or not 1 <= percent <= 100:  # noqa: PLR2004 - percent
        problems.append(f"pass_percent is {percent!r}; it is a whole number from 1 to 100")
    listed = whole.get("criteria")
    if not isinstance(listed, list) or not 1 <= len(listed) <= _MOST_CRITERIA:
        raise CriteriaError([*problems, f"`criteria` is no list of 1 to {_MOST_CRITERIA}"])
    for number, each in enumerate(listed, 1):
        problems += [f"criterion {number}: {problem}" for problem in _problems(each)]
    if problems:
        raise CriteriaError(problems)
    return Criteria(tuple(_criterion(each) for each in listed), percent)


def _criterion(given: dict[str, Any]) -> Criterion:
    words = {"name": _name(given), **given}
    return Criterion(**words)


def _name(given: dict[str, Any]) -> str:
    what = given.get("path") or given.get("command") or given.get("port")
    return f"{given['kind'].replace('_', ' ')}: {what}"[:200]


def _problems(given: Any) -> list[str]:
    if not isinstance(given, dict):
        return [f"is {type(given).__name__}, not an object with a `kind`"]
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in _NEEDS:
        return [f"its kind is {kind!r}; it is one of {', '.join(_NEEDS)}"]
    needs = _NEEDS[kind]
    allowed = {**_ALWAYS, **needs, **_MAY.get(kind, {})}
    return [
        *(f"{kind} needs `{word}`" for word in needs if word not in given),
        *(f"{kind} knows no `{word}`" for word in given if word not in allowed),
        *(
            f"`{word}` is {given[word]!r}, not {_WORDS[type_]}"
            for word, type_ in allowed.items()
            if word in given and not _is(given[word], type_)
        ),
        *_out_of_range(given),
    ]


def _out_of_range(given: dict[str, Any]) -> list[str]:
    points, port, path = given.get("points", 1), given.get("port", 1), given.get("path")
    texts = [
        word for word in ("name", "text", "command", "stdin", "expected", "path") if isinstance(given.get(word), str)
    ]
    return [
        *(f"`{word}` is longer than {_LONGEST} characters" for word in texts if len(given[word]) > _LONGEST),
        *(f"`{word}` holds a character that no shell takes (NUL)" for word in texts if "\0" in given[word]),
        *(f"`{word}` is empty" for word in ("command", "text", "path") if given.get(word) == ""),
        *(
            [f"`points` is {points}; 1 to {_MOST_POINTS}"]
            if _is(points, int) and not 1 <= points <= _MOST_POINTS
            else []
        ),
        *([f"`port` is {port}; 1 to {_LAST_PORT}"] if _is(port, int) and not 1 <= port <= _LAST_PORT else []),
        *(
            [f"`path` is {path!r}; it leads below the home, without .."]
            if isinstance(path, str) and _leaves(path)
            else []
        ),
    ]


def _leaves(path: str) -> bool:
    return path.startswith("/") or ".." in path.split("/")


def _is(value: Any, type_: type) -> bool:
    return isinstance(value, type_) and not isinstance(value, bool)
