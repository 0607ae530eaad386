"""Did each case end as it should? Every check says what it wanted, and what it found where that differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bellwork.db.settings import settings
from bellwork.tasks import providers
from bellwork.tasks.providers.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.ops.demo.cases import Case
    from bellwork.ops.demo.play import Play
    from bellwork.ops.demo.seen import Seen

#: The way of a lesson that is made from nothing.
WHOLE_WAY = [
    "nlu_processing",
    "cache_check",
    "generating_script",
    "generating_audio",
    "fast_path_ready",
    "generating_video",
    "completed",
]
SPEAKS, WRITES, RENDERS = "content.narrate", "content.write_script", "content.render"
#: Bytes; the shortest of lessons is ten times as large.
_SMALLEST_FILM = 50_000


@dataclass(frozen=True)
class Check:
    """One expectation of a case."""

    wanted: str
    found: Any
    ok: bool


def check(case: Case, game: Play) -> list[Check]:
    """Check one case; a case that was never submitted fails."""
    seen = game.seen.get(case.key)
    if seen is None:
        return [Check("to be submitted", "the moment for it never came", ok=False)]
    ending = Check(f"to end in {case.ends}", _ending(seen), ok=seen.status == case.ends and seen.settled)
    return [ending, *_OF_CASE[case.key](seen, game)]


def film_of(seen: Seen) -> bytes | None:
    """Return the film that the storage holds for a request, if it is an MP4 that is whole; None otherwise."""
    url = seen.row["video_url"]
    if not url:
        return None
    store = providers.storage()
    try:
        film = store.get(store.key_of(url))
    except StorageError:
        return None
    return film if _is_whole_mp4(film) else None


def _ending(seen: Seen) -> str:
    return f"{seen.status}: {seen.row['error_message']}" if seen.row["error_message"] else seen.status


def _first(seen: Seen, _game: Play) -> list[Check]:
    return [_way(seen, WHOLE_WAY), _cache(seen, hit=False), _film(seen)]


def _twin(seen: Seen, game: Play) -> list[Check]:
    made = {actor: len(seen.jobs_of(actor)) for actor in (WRITES, SPEAKS, RENDERS)}
    return [
        _same_content(seen, game),
        _cache(seen, hit=False),
        Check("one script, one narration and one film for both", made, ok=set(made.values()) == {1}),
    ]


def _cached(seen: Seen, game: Play) -> list[Check]:
    way = ["nlu_processing", "cache_check", "completed"]
    return [_way(seen, way), _cache(seen, hit=True), _same_content(seen, game)]


def _unclear(seen: Seen, game: Play) -> list[Check]:
    chosen = game.answers.get("unclear", {}).get("topic_id")
    asked = "needs_clarification" in seen.statuses
    return [
        Check("to be asked back", seen.statuses, ok=asked),
        Check(f"the topic that was answered, {chosen}", seen.row["topic_id"], ok=seen.row["topic_id"] == chosen),
        _film(seen),
    ]


def _rough(seen: Seen, _game: Play) -> list[Check]:
    attempts = [int(job["attempt"]) for job in seen.jobs_of(SPEAKS)]
    errors = [len(job["errors"]) for job in seen.jobs_of(SPEAKS)]
    return [
        Check("one narration, done at its third attempt", attempts, ok=attempts == [3]),
        Check("the errors of two attempts kept", errors, ok=errors == [2]),
        _way(seen, WHOLE_WAY),
        _film(seen),
    ]


def _no_film(seen: Seen, _game: Play) -> list[Check]:
    why = seen.row["generation_metadata"].get("video_given_up")
    return [
        _way(seen, [*WHOLE_WAY[:-1], "fast_path_ready"]),
        Check("the reason to name the figure", why, ok=bool(why) and "figure" in str(why)),
        Check("script and audio to be served", seen.row["audio_url"], ok=bool(seen.row["audio_url"])),
        Check("no film", seen.row["video_url"], ok=seen.row["video_url"] is None),
    ]


_OF_CASE: dict[str, Callable[[Seen, Play], list[Check]]] = {
    "first": _first,
    "twin": _twin,
    "cached": _cached,
    "unclear": _unclear,
    "rough": _rough,
    "no_film": _no_film,
}


def _way(seen: Seen, way: list[str]) -> Check:
    return Check(f"the way {' > '.join(way)}", " > ".join(seen.statuses), ok=seen.statuses == way)


def _cache(seen: Seen, *, hit: bool) -> Check:
    found = bool(seen.row["cache_hit"])
    return Check(f"a cache {'hit' if hit else 'miss'}", found, ok=found == hit)


def _same_content(seen: Seen, game: Play) -> Check:
    first, own = game.seen["first"].row["content_id"], seen.row["content_id"]
    return Check(f"the content of the first request, {first}", own, ok=own is not None and own == first)


def _film(seen: Seen) -> Check:
    film = film_of(seen)
    said = f"{len(film):,} bytes" if film else f"none at {seen.row['video_url']} in {settings().storage_url}"
    return Check("a whole MP4 film", said, ok=film is not None)


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
