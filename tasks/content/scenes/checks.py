"""Did each case end as it should? Every check is a sentence, and what was found stands beside it where it differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.vocabulary.scene import Check
from bellwork.tasks.content.scenes.films import film_of
from bellwork.tasks.content.scenes.seen import RENDERS, SPEAKS, WRITES
from bellwork.tasks.content.scenes.simpler import words_a_sentence

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.tasks.content.scenes.cases import Case
    from bellwork.tasks.content.scenes.lessons import Lessons
    from bellwork.tasks.content.scenes.seen import Seen

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
#: What an error of the voice says.
_OUTAGE = "500"


def check(case: Case, scene: Lessons) -> list[Check]:
    """Check one case; a case that was never submitted fails."""
    seen = scene.seen.get(case.key)
    if seen is None:
        return [Check(f"{case.key}: it is asked.", ok=False, found="the moment for it never came")]
    ending = Check(
        f"{case.shows}. It ends in the status {case.ends}.", seen.status == case.ends and seen.settled, _ending(seen)
    )
    return [
        Check(f"{case.key}: {each.fact}", each.ok, "" if each.ok else each.found)
        for each in (ending, *_OF_CASE[case.key](seen, scene))
    ]


def _ending(seen: Seen) -> str:
    return f"{seen.status}: {seen.row['error_message']}" if seen.row["error_message"] else seen.status


def _first(seen: Seen, _scene: Lessons) -> list[Check]:
    return [_way(seen, WHOLE_WAY), _cache(seen, hit=False), _film(seen)]


def _twin(seen: Seen, scene: Lessons) -> list[Check]:
    made = {actor: len(seen.jobs_of(actor)) for actor in (WRITES, SPEAKS, RENDERS)}
    return [
        _same_content(seen, scene),
        _cache(seen, hit=False),
        Check("one script, one narration and one film were made for both.", set(made.values()) == {1}, str(made)),
    ]


def _cached(seen: Seen, scene: Lessons) -> list[Check]:
    way = ["nlu_processing", "cache_check", "completed"]
    return [_way(seen, way), _cache(seen, hit=True), _same_content(seen, scene)]


def _unclear(seen: Seen, scene: Lessons) -> list[Check]:
    chosen = scene.answers.get("unclear", {}).get("topic_id")
    topic = seen.row["topic_id"]
    return [
        Check("the student is asked back.", "needs_clarification" in seen.statuses, " > ".join(seen.statuses)),
        Check(f"its topic is the one that was answered, {chosen}.", chosen is not None and topic == chosen, str(topic)),
        _film(seen),
    ]


def _rough(seen: Seen, _scene: Lessons) -> list[Check]:
    failed = [error for job in seen.jobs_of(SPEAKS) for error in job["errors"] if _OUTAGE in str(error.get("error"))]
    ended = [f"{job['state']} at attempt {job['attempt']}" for job in seen.jobs_of(SPEAKS)]
    done = [job["state"] for job in seen.jobs_of(SPEAKS)] == ["done"]
    return [
        Check(
            "the voice fails one attempt with all of its tries, and its error is kept.", len(failed) == 1, str(failed)
        ),
        Check("one job makes its narration at a later attempt.", done and bool(failed), ", ".join(ended)),
        _way(seen, WHOLE_WAY),
        _film(seen),
    ]


def _no_film(seen: Seen, _scene: Lessons) -> list[Check]:
    why = seen.row["generation_metadata"].get("video_given_up")
    return [
        _way(seen, [*WHOLE_WAY[:-1], "fast_path_ready"]),
        Check("the reason that is kept names the figure.", "figure" in str(why), str(why)),
        Check("script and audio stay served.", bool(seen.row["audio_url"]), str(seen.row["audio_url"])),
        Check("it has no film.", seen.row["video_url"] is None, str(seen.row["video_url"])),
    ]


def _simpler(seen: Seen, scene: Lessons) -> list[Check]:
    first = scene.seen["first"]
    same = all(seen.row[name] == first.row[name] for name in ("topic_id", "interest_id"))
    styles = (first.row["style"], seen.row["style"])
    before, after = words_a_sentence(first), words_a_sentence(seen)
    return [
        Check(
            "its topic and interest are the first one's, and its style is 'simple'.",
            same and styles[1] == "simple",
            f"{seen.row['topic_id']}, {seen.row['interest_id']}, {styles[1]!r} after {styles[0]!r}",
        ),
        Check(
            "its sentences are shorter than those of the first one.",
            0 < after < before,
            f"{after:.1f} words a sentence, after {before:.1f}",
        ),
        _film(seen),
    ]


_OF_CASE: dict[str, Callable[[Seen, Lessons], list[Check]]] = {
    "first": _first,
    "twin": _twin,
    "cached": _cached,
    "unclear": _unclear,
    "rough": _rough,
    "no_film": _no_film,
    "simpler": _simpler,
}


def _way(seen: Seen, way: list[str]) -> Check:
    what = "it goes the whole way, stage by stage." if way == WHOLE_WAY else f"it goes {' > '.join(way)}."
    return Check(what, seen.statuses == way, " > ".join(seen.statuses))


def _cache(seen: Seen, *, hit: bool) -> Check:
    found = bool(seen.row["cache_hit"])
    return Check(f"it is a cache {'hit' if hit else 'miss'}.", found == hit, f"a cache {'hit' if found else 'miss'}")


def _same_content(seen: Seen, scene: Lessons) -> Check:
    first, own = scene.seen["first"].row["content_id"], seen.row["content_id"]
    return Check("it is served what was made for the first one.", own is not None and own == first, str(own))


def _film(seen: Seen) -> Check:
    return Check("its film is a whole MP4.", film_of(seen) is not None, f"none at {seen.row['video_url']}")
