"""The films of the scene: each once, however many requests it was served to, with a picture and its captions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bellwork.db.content.queries.generation import DEFAULT_STYLE
from bellwork.db.vocabulary.exhibit import Caption, Film
from bellwork.tasks.content.scenes.cases import CASES
from bellwork.tasks.providers import StorageError, storage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bellwork.tasks.content.scenes.seen import Seen

#: Bytes; the shortest of lessons is ten times as large.
_SMALLEST_FILM = 50_000
#: Seconds into the film at which its title stands.
_TITLE_AT = 2.0


def film_of(seen: Seen) -> bytes | None:
    """Return the film that the storage holds for a request, if it is an MP4 that is whole; None otherwise."""
    url = seen.row["video_url"]
    if not url:
        return None
    try:
        film = storage().get(storage().key_of(url))
    except StorageError:
        return None
    return film if _is_whole_mp4(film) else None


def films_of(seen: Mapping[str, Seen]) -> Iterator[Film]:
    """Yield each film with the questions that it answers."""
    from bellwork.tasks.providers.video.look import captions_of, picture_of  # noqa: PLC0415 - an extra of its own

    made = {each.row["content_id"]: each for each in seen.values() if each.row["video_url"]}
    for content, one in made.items():
        mp4 = film_of(one)
        asked = [
            f"“{case.query}”" for case in CASES if case.key in seen and seen[case.key].row["content_id"] == content
        ]
        if mp4 is not None:
            style = "" if one.row["style"] == DEFAULT_STYLE else f" {one.row['style']}"
            name = f"{_name(one.row['topic_id'])} {_name(one.row['interest_id'])}{style}"
            title = f"{one.row['generation_metadata'].get('title') or name}{style and f' ({style.strip()})'}"
            captions = tuple(Caption(*each) for each in captions_of(mp4))
            about = f"answers {', '.join(asked)}"
            yield Film(name, title, about, mp4, picture_of(mp4, _TITLE_AT), captions)


def _name(identifier: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", identifier.lower().partition("_")[2])


def _is_whole_mp4(film: bytes) -> bool:
    """Walk the boxes of the file: they must fill it exactly, and a film without its index (moov) plays nowhere."""
    at, kinds = 0, set()
    while at + 8 <= len(film):
        size, kind = int.from_bytes(film[at : at + 4], "big"), film[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(film[at + 8 : at + 16], "big")
        if size < 8:  # noqa: PLR2004 - the header of a box
            return False
        kinds.add(kind)
        at += size
    return at == len(film) >= _SMALLEST_FILM and {b"ftyp", b"moov", b"mdat"} <= kinds
