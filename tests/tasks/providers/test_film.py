"""Films, decoded again."""

from __future__ import annotations

import io
import os
import struct
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bellwork.tasks.providers.errors import FigureUnreadable, ProviderError
from bellwork.tasks.providers.llm import Kind, Scene, Script
from bellwork.tasks.providers.speech import Espeak, Narration, narrate
from bellwork.tasks.providers.video import Film, render
from bellwork.tasks.providers.video.figure import read_figure
from tests.tasks.providers.films import Seen, watch

if TYPE_CHECKING:
    from pathlib import Path

SHORT = Script(
    topic_id="t",
    title="Friction",
    style="conversational",
    interest="Chess",
    scenes=(
        Scene(
            kind=Kind.HOOK, heading="Friction", narration="A pawn slides over the board.", visual="v", points=("One",)
        ),
        Scene(
            kind=Kind.MEANING,
            heading="What it means",
            narration="Friction works against sliding. It is a force between surfaces.",
            visual="v",
            points=("Friction works against sliding", "A force between surfaces"),
        ),
        Scene(kind=Kind.RECAP, heading="In short", narration="Friction works against sliding, always.", visual="v"),
    ),
)


@pytest.fixture(scope="module")
def spoken() -> Narration:
    """The short script, spoken."""
    return narrate(SHORT, Espeak())


@pytest.fixture(scope="module")
def film(lesson: Script, narration: Narration, tmp_path_factory: pytest.TempPathFactory) -> tuple[Film, Seen, Path]:
    """A whole lesson as a film, and what is to be seen in it."""
    path = tmp_path_factory.mktemp("film") / "lesson.mp4"
    return render(lesson, narration, path), watch(path), path


def png(width: int = 300, height: int = 200) -> bytes:
    """Return a picture as PNG."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


def test_a_film_is_what_every_player_plays(film: tuple[Film, Seen, Path]) -> None:
    """H.264 in yuv420p, AAC and mov_text, 1280 x 720."""
    seen = film[1]

    assert {"video": "h264", "audio": "aac", "subtitle": "mov_text"} == seen.codecs
    assert ((1280, 720), "yuv420p") == (seen.size, seen.pixels)


def test_a_film_is_as_long_as_its_voice(film: tuple[Film, Seen, Path], narration: Narration) -> None:
    """Picture and sound end within 0.2 s of the narration."""
    made, seen, path = film

    assert narration.duration == made.duration
    assert seen.seconds["audio"] == pytest.approx(narration.duration, abs=0.2)
    assert seen.seconds["video"] == pytest.approx(narration.duration, abs=0.2)
    assert path.stat().st_size == made.size_bytes


def test_slides_change_with_the_voice(film: tuple[Film, Seen, Path], narration: Narration) -> None:
    """Each scene's slide comes within 50 ms of the first sample of its voice."""
    for scene in narration.scenes[1:]:
        nearest = min(film[1].changes, key=lambda time: abs(time - scene.start))
        assert abs(nearest - scene.start) <= 0.05


def test_points_appear_while_a_scene_is_spoken(film: tuple[Film, Seen, Path], narration: Narration) -> None:
    """Between the slides something happens on most of them."""
    livelier = [
        scene
        for scene in narration.scenes
        if any(scene.start + 0.5 < time < scene.end - 0.2 for time in film[1].changes)
    ]

    assert len(livelier) >= 6


def test_captions_tell_every_word_in_order(film: tuple[Film, Seen, Path], lesson: Script, narration: Narration) -> None:
    """The captions are the narration, without overlaps, in lines that can be read."""
    captions = film[1].captions
    told = " ".join(text.replace("\n", " ") for _, _, text in captions)

    assert " ".join(scene.narration for scene in lesson.scenes).split() == told.split()
    assert all(before[1] <= after[0] + 0.001 for before, after in pairwise(captions))
    assert captions[-1][1] <= narration.duration + 0.01
    assert all(len(line) <= 60 for _, _, text in captions for line in text.split("\n"))


def test_each_scene_begins_with_its_own_caption(
    film: tuple[Film, Seen, Path], lesson: Script, narration: Narration
) -> None:
    """Captions keep step with the scenes."""
    for scene, time in zip(lesson.scenes, narration.scenes, strict=True):
        caption = min(film[1].captions, key=lambda each: abs(each[0] - time.start))
        assert caption[0] == pytest.approx(time.start, abs=0.05)
        assert scene.narration.startswith(caption[2].replace("\n", " ").split(".")[0][:20])


def test_the_index_comes_first(film: tuple[Film, Seen, Path]) -> None:
    """A player can begin before the file has arrived."""
    data = film[2].read_bytes()

    assert data.index(b"moov") < data.index(b"mdat")


def test_progress_is_told_and_ends_at_one(spoken: Narration, tmp_path: Path) -> None:
    """Shares grow, and the last one is the whole."""
    shares: list[float] = []
    render(SHORT, spoken, tmp_path / "x.mp4", progress=shares.append)

    assert sorted(shares) == shares
    assert 1.0 == shares[-1]
    assert len(shares) >= int(spoken.duration) - 1


def test_the_same_lesson_is_the_same_film(spoken: Narration, tmp_path: Path) -> None:
    """Rendering is deterministic, so that a repeated stage makes the same artefact."""
    for name in ("one.mp4", "two.mp4"):
        render(SHORT, spoken, tmp_path / name)

    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_nothing_is_left_of_a_film_that_failed(spoken: Narration, tmp_path: Path) -> None:
    """An error half way leaves the old file as it was, and no part of the new one."""
    place = tmp_path / "x.mp4"
    place.write_bytes(b"old")

    def interrupt(share: float) -> None:
        if share > 0.3:
            raise InterruptedError("stop")

    with pytest.raises(ProviderError, match="could not be written"):
        render(SHORT, spoken, place, progress=interrupt)
    assert [b"old"] == [file.read_bytes() for file in tmp_path.iterdir()]


def test_a_full_disk_is_an_error_with_the_films_name(spoken: Narration, tmp_path: Path) -> None:
    """Where nothing can be written, the error says which film."""
    with pytest.raises(ProviderError, match=r"x\.mp4"):
        render(SHORT, spoken, tmp_path / "missing" / "x.mp4")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "CMYK"])
def test_a_figure_of_any_kind_can_be_read(mode: str) -> None:
    """Pictures with and without color and transparency become plain ones, no larger than a slide."""
    out = io.BytesIO()
    Image.new(mode, (2_000, 1_000)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    picture = read_figure(out.getvalue())

    assert ("RGB", (840, 420)) == (picture.mode, picture.size)


def test_a_figure_is_shown(spoken: Narration, tmp_path: Path) -> None:
    """A film with a figure looks different, and is as long."""
    with_figure = render(SHORT, spoken, tmp_path / "with.mp4", figure=png())
    without = render(SHORT, spoken, tmp_path / "without.mp4")

    assert with_figure.duration == without.duration
    assert (tmp_path / "with.mp4").read_bytes() != (tmp_path / "without.mp4").read_bytes()


def bomb() -> bytes:
    """Return a PNG that claims to have 60,000 x 60,000 pixels."""
    data = bytearray(png())
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    return bytes(data)


FIGURES = {
    "nothing": b"",
    "text": b"no picture",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "half a picture": png()[:-60],
    "a picture with a hole": png()[:60] + b"hole" * 10 + png()[100:],
    "a bomb": bomb(),
    "a head only": png()[:20],
    "another format": b"BM" + bytes(100),
    "random": b"\x89PNG\r\n\x1a\n" + os.urandom(500),
}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_a_damaged_figure_is_a_permanent_error(spoken: Narration, tmp_path: Path, figure: bytes) -> None:
    """The error names the figure by its hash, and no film is begun."""
    with pytest.raises(FigureUnreadable, match=r"the figure [0-9a-f]{12} of \d+ bytes"):
        render(SHORT, spoken, tmp_path / "x.mp4", figure=figure)
    assert [] == list(tmp_path.iterdir())
