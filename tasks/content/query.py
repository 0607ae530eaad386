"""What may be asked: a request's id and its words are looked at before anything is done with them."""

from __future__ import annotations

import re
import unicodedata

#: Characters of a question (the request pipeline, README.md).
LONGEST = 2_000
_ID = re.compile(r"[A-Za-z0-9_-]{1,50}")


class UnusableQuery(ValueError):  # noqa: N818 - it says what the query is
    """A request that cannot be worked on, however often it is tried; the message may be shown to the student."""


def check_id(request_id: object) -> str:
    """Return the id of a request; raises UnusableQuery for anything that is none."""
    if not isinstance(request_id, str) or not _ID.fullmatch(request_id):
        raise UnusableQuery(
            f"the request id is {str(request_id)[:60]!r}; ids are up to 50 of a-z, A-Z, 0-9, '_' and '-'"
        )
    return request_id


def clean(query: str) -> str:
    """Return the words of a question without control characters; raises UnusableQuery where none are left."""
    if len(query) > LONGEST:
        raise UnusableQuery(f"the question has {len(query)} characters; at most {LONGEST} are read")
    shown = "".join(" " if unicodedata.category(char) in {"Cc", "Cs"} else char for char in query)
    words = " ".join(shown.split())
    if not any(char.isalnum() for char in words):
        raise UnusableQuery("the question has no words; ask in a sentence or name a topic")
    return words
