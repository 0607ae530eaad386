"""Errors and other texts of unknown origin, put into words that may leave the process: into the ledger, logs, answers.

Nothing here raises, whatever an exception does when it is asked for its text.
"""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING

import psycopg
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from bellwork.db.printable import printable
from bellwork.db.redaction import without_people, without_secrets

__all__ = ["clean", "clean_lines", "message_of", "printable", "traceback_of", "words_of"]

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Characters kept of one text, and of the traceback of an error with all its causes.
SHORT, LONG = 1_000, 4_000
#: How many causes of an error, and how many frames of each, are told.
_CAUSES, _FRAMES = 8, 30
_CAUSED = "\nThe above exception was the direct cause of the following exception:\n\n"
_MEANWHILE = "\nDuring handling of the above exception, another exception occurred:\n\n"
#: What PostgreSQL and SQLAlchemy add to a message, in a text or its repr: a row's values, the statement, parameters.
_ADDED = re.compile(r"(?:\n|\\n)\s*(?:(?:DETAIL|CONTEXT|STATEMENT|QUERY|LINE \d+):|\[(?:SQL|parameters):).*", re.DOTALL)


def clean(text: str, most: int = SHORT) -> str:
    """Return a text as one printable line of at most `most` characters, without secrets and without values of a row."""
    seen = printable(_bare(text, most))
    return seen if len(seen) <= most else f"{seen[: most - 1]}…"


def words_of(error: BaseException, most: int = SHORT) -> str:
    """Return an error's class and its text, in one printable line of at most `most` characters."""
    return clean(f"{type(error).__name__}: {_text_of(error)}", most)


def message_of(error: BaseException, most: int = SHORT) -> str:
    """Return an error's text alone: what PostgreSQL refused is its primary message and the constraint, no more."""
    return clean(_text_of(error), most)


def traceback_of(error: BaseException, most: int = LONG) -> str:
    """Return where an error and its causes came from, without locals: the last `most` characters of it."""
    return clean_lines("".join(_told(error)), most)


def clean_lines(text: str, most: int = LONG) -> str:
    """Return the last `most` characters of a text of several lines, printable, without secrets and people."""
    told = "\n".join(printable(line) for line in _masked(text[-4 * most :]).split("\n"))
    return told.removesuffix("\n")[-most:]


def _bare(text: str, most: int) -> str:
    """Mask the part that can be seen, and somewhat more: a secret that is cut in two would not be known any more."""
    return _masked(_ADDED.sub("", text[: 4 * most]))


def _masked(text: str) -> str:
    return without_people(without_secrets(text))


def _text_of(error: BaseException) -> str:
    match error:
        case DBAPIError(orig=BaseException() as cause):
            return f"({type(cause).__module__}.{type(cause).__name__}) {_text_of(cause)}"
        case psycopg.Error() if primary := error.diag.message_primary:
            rule = error.diag.constraint_name
            return f"{primary} (constraint {rule!r})" if rule and rule not in primary else primary
        case ValidationError():
            return "; ".join(_rule(problem) for problem in error.errors(include_input=False, include_context=False))
    try:
        return str(error)
    except BaseException as failure:  # noqa: BLE001 - an exception's author may have written anything, an exit too
        return f"(its text cannot be had: {type(failure).__name__})"


def _rule(problem: object) -> str:
    assert isinstance(problem, dict)  # noqa: S101 - pydantic's own shape
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"


def _told(error: BaseException) -> Iterator[str]:
    for link, each in reversed(list(_causes(error))):
        yield "Traceback (most recent call last):\n"
        yield from traceback.format_tb(each.__traceback__, -_FRAMES)
        yield f"{words_of(each)}\n{link}"
        for part in getattr(each, "exceptions", ())[:_CAUSES] if isinstance(each, BaseExceptionGroup) else ():
            yield f"  | {words_of(part)}\n"


def _causes(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    """Yield the error and what led to it, each with the words that lead on to the one that was raised after it."""
    link, seen = "", set[int]()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(seen) < _CAUSES:
        seen.add(id(current))
        yield link, current
        link = _CAUSED if current.__cause__ else _MEANWHILE
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
