"""Says when which slide shows how many of its points: a slide with its scene, each point with its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.tasks.providers.text import stems

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Scene, Script
    from bellwork.tasks.providers.speech.protocol import Narration, SceneTime
    from bellwork.tasks.providers.video.captions import Caption

#: Points closer together than this appear together (seconds).
_APART = 0.6
_FIRST_WORDS = 5


@dataclass(frozen=True)
class Change:
    """From `time` on, scene number `scene` is seen with its first `points` points."""

    time: float
    scene: int
    points: int


def changes(script: Script, narration: Narration, captions: list[Caption]) -> list[Change]:
    """List every change of the picture; the first of each scene falls on the very sample where it begins."""
    found: list[Change] = []
    for number, (scene, time) in enumerate(zip(script.scenes, narration.scenes, strict=True)):
        start = time.start if number else 0.0
        found.append(Change(start, number, 0))
        said = [each for each in captions if time.start <= each.start < time.end]
        for shown, at in enumerate(_point_times(scene, time, said), start=1):
            found.append(Change(at, number, shown))
    return _apart(found)


def _point_times(scene: Scene, time: SceneTime, said: list[Caption]) -> list[float]:
    """Let each point appear when its first words are spoken; where they are not, at an even share of the scene."""
    words = [(root, each.start) for each in said for root in stems(each.text)]
    times: list[float] = []
    at = 0
    for number, point in enumerate(scene.points, start=1):
        found = _find(stems(point)[:_FIRST_WORDS], [root for root, _ in words], at)
        even = time.start + (time.end - time.start) * (0.2 + 0.6 * number / len(scene.points))
        times.append(even if found is None else words[found][1])
        at = found + 1 if found is not None else at
    return [max(times[: number + 1]) for number in range(len(times))]


def _find(part: list[str], whole: list[str], start: int) -> int | None:
    ends = range(start, len(whole) - len(part) + 1)
    return next((at for at in ends if part and whole[at : at + len(part)] == part), None)


def _apart(found: list[Change]) -> list[Change]:
    kept: list[Change] = []
    for change in found:
        same_scene = kept and kept[-1].scene == change.scene
        if same_scene and change.time - kept[-1].time < _APART:
            kept[-1] = Change(kept[-1].time, change.scene, change.points)
        else:
            kept.append(change)
    return kept
