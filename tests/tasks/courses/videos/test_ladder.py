"""What becomes of films: every frame once, in order and in step with the sound, however the film was written."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import av
import m3u8
import pytest

from tests.tasks.courses.videos.films import Order, make, play, steady_times, times_of
from tests.tasks.courses.videos.ladders import make_ladder, probe

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.courses.videos.films import Order as _Order


@pytest.fixture(scope="session")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ladder of nine seconds with a tone from second one on, in three parts, by a film that has B-frames."""
    folder = tmp_path_factory.mktemp("joined")
    film = make(folder / "film.mp4", Order(steady_times(9), 640, 360, tone=(1.0, 9.0)))
    return make_ladder(film, folder / "ladder")


def test_parts_join_without_a_gap(joined: Path) -> None:
    """Three parts by three processes play as 225 frames, 40 ms from each to the next, the seams included."""
    times = times_of(play(joined))
    assert times[0] == 0
    assert [round(after - before, 6) for before, after in pairwise(times)] == [0.04] * 224


def test_the_sound_is_in_step(joined: Path) -> None:
    """The tone that begins after one second begins there in the ladder, within five milliseconds."""
    heard = [
        frame.pts / frame.sample_rate + place / frame.sample_rate
        for frame in play(joined, "audio")
        for place, level in enumerate(frame.to_ndarray()[0])
        if abs(level) > 0.1
    ]
    assert heard[0] == pytest.approx(1.0, abs=0.005)
    assert heard[-1] == pytest.approx(9.0, abs=0.05)


def test_playlists_can_be_read_by_others(joined: Path) -> None:
    """The package m3u8 reads what was written: segments follow each other, with one head for all parts."""
    master = m3u8.load(str(joined))
    (rung,) = master.playlists
    assert rung.stream_info.resolution == (640, 360)
    assert rung.stream_info.codecs == "avc1.64001e,mp4a.40.2"
    listed = m3u8.load(str(joined.parent / rung.uri))
    assert listed.target_duration == 2
    assert listed.is_endlist
    assert sum(segment.duration for segment in listed.segments) == pytest.approx(9, abs=0.03)
    assert len({segment.init_section.byterange for segment in listed.segments}) == 1
    ends: dict[str, int] = {}
    for segment in listed.segments:
        size, at = map(int, segment.byterange.split("@"))
        assert at == ends.get(segment.uri, at)
        ends[segment.uri] = at + size
    assert ends == {name: (joined.parent / name).stat().st_size for name in ends}


@pytest.mark.parametrize(
    ("name", "form", "order"),
    [
        ("film.mkv", None, Order(steady_times(5), tone=(0, 5))),
        ("film.ts", None, Order(steady_times(5), tone=(0, 5))),
        ("film.avi", None, Order(steady_times(5), codec="mpeg4", options={})),
        ("film.mov", None, Order(tuple(time + 0.3 for time in steady_times(5)), tone=(0, 5))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_kind_of_file(tmp_path: Path, name: str, form: str | None, order: _Order) -> None:
    """Matroska, a transport stream that does not begin at zero, AVI and QuickTime: each frame is there once."""
    frames = play(make_ladder(make(tmp_path / name, order, form), tmp_path / "ladder"))
    times = times_of(frames)
    assert len(times) == 125
    assert times[0] == 0
    assert [round(after - before, 3) for before, after in pairwise(times)] == [0.04] * 124


def test_pictures_that_stand_for_long(tmp_path: Path) -> None:
    """Of slides that change after 1, 9 and 10 s each segment has a picture, and none is longer than a quarter more."""
    film = make(tmp_path / "film.mp4", Order((0, 1, 9, 10), 64, 64, tone=(0, 13), options={"bf": "0"}))
    ladder = make_ladder(film, tmp_path / "ladder")
    times = times_of(play(ladder))
    assert times == [0, 1, 2, 4, 6, 8, 9, 10, 12]
    listed = m3u8.load(str(ladder.parent / "360p.m3u8"))
    assert [segment.duration for segment in listed.segments] == [2.0] * 6 + [pytest.approx(1, abs=0.1)]


def test_a_film_held_upright(tmp_path: Path) -> None:
    """A phone's film lies on its side and says so: the ladder is upright, with no more lines than the film's width."""
    lying = make(tmp_path / "lying.mp4", Order(steady_times(1)))
    turned = lying.with_name("turned.mp4")
    content = lying.read_bytes()
    place = content.index(b"tkhd") + 44  # the matrix of a track
    upright = b"".join(value.to_bytes(4, "big", signed=True) for value in (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30))
    turned.write_bytes(content[:place] + upright + content[place + 36 :])
    source = probe(turned)
    assert (source.width, source.height) == (72, 128)
    first = play(make_ladder(turned, tmp_path / "ladder"))[0]
    assert (first.width, first.height) == (72, 128)
    image = first.to_image()
    # The white bar is at the top left of the lying picture; turned clockwise it is at the top right.
    assert image.getpixel((60, 5))[0] > 200 > image.getpixel((5, 120))[0]


def test_half_a_film(tmp_path: Path) -> None:
    """Of a film whose end was lost all frames that are there are kept."""
    whole = make(tmp_path / "whole.ts", Order(steady_times(6)))
    half = whole.with_name("half.ts")
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    times = times_of(play(make_ladder(half, tmp_path / "ladder")))
    assert 50 <= len(times) <= 76
    assert all(before < after for before, after in pairwise(times))


def test_the_same_film_the_same_bytes(tmp_path: Path) -> None:
    """Two workers who make the same part make the same bytes, so it does not matter whose is kept."""
    film = make(tmp_path / "film.mp4", Order(steady_times(3), tone=(0, 3)))
    one, other = (make_ladder(film, tmp_path / name).parent for name in ("one", "other"))
    assert {path.name: path.read_bytes() for path in one.iterdir()} == {
        path.name: path.read_bytes() for path in other.iterdir()
    }


def test_the_colours_are_told(joined: Path) -> None:
    """What the player decodes is 8-bit 4:2:0, without frames that refer forward."""
    with av.open(str(joined), options={"allowed_extensions": "ALL"}) as ladder:
        stream = ladder.streams.video[0]
        packets = [packet for packet in ladder.demux(stream) if packet.pts is not None]
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert all(packet.pts == packet.dts for packet in packets)
