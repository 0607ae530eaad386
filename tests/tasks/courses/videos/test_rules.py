"""The rules of a ladder, for all films: which rungs, which parts, which segments, which target."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import m3u8
from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.courses.videos.encoder.boxes import Piece
from bellwork.tasks.courses.videos.encoder.facts import RUNGS, Source, part_count, rungs_of, size_of
from bellwork.tasks.courses.videos.encoder.steady import Span, steady
from bellwork.tasks.courses.videos.playlists import media_playlist, target_seconds

SEGMENT, PART = 4, 8
sides = st.integers(2, 8_192)


def source(width: int, height: int, seconds: Fraction = Fraction(60)) -> Source:
    """A film of a size."""
    return Source(width, height, seconds, Fraction(0), Fraction(25), has_sound=True, has_captions=False)


@given(sides, sides)
def test_no_rung_is_above_the_source(width: int, height: int) -> None:
    """Each film has at least one rung, none has more lines than the film, and sides are even numbers."""
    rungs = rungs_of(source(width, height))
    assert rungs
    assert all(rung.lines <= min(width, height) for rung in rungs)
    assert all(side % 2 == 0 and side >= 2 for rung in rungs for side in size_of(source(width, height), rung))


def test_rungs_by_lines() -> None:
    """4k begins with 2160 lines and not before; a film below 360 lines has one rung, of its own size."""
    labels = {lines: [rung.label for rung in rungs_of(source(4096, lines))] for lines in (2160, 2159, 1080, 719, 240)}
    assert labels == {
        2160: ["360p", "720p", "1080p", "4k"],
        2159: ["360p", "720p", "1080p"],
        1080: ["360p", "720p", "1080p"],
        719: ["360p"],
        240: ["360p"],
    }
    assert size_of(source(320, 240), rungs_of(source(320, 240))[0]) == (320, 240)
    assert size_of(source(1080, 1920), RUNGS[0]) == (360, 640)


gaps = st.lists(st.fractions(Fraction(1, 60), 15, max_denominator=600), max_size=40)


@given(gaps, st.fractions(Fraction(1, 60), 12, max_denominator=600))
def test_parts_follow_each_other(between: list[Fraction], last: Fraction) -> None:
    """Whatever the times of its frames, the parts of a film make one row: no gap, no frame lost or in the wrong order.

    Each part begins with a segment, no segment is longer than a quarter more than asked for, and each frame of the film
    is shown at its own time, exactly once, beside those that are shown again at borders.
    """
    times = [Fraction(0)]
    for gap in between:
        times.append(times[-1] + gap)
    film = source(64, 64, times[-1] + last)
    frames = [(time, number) for number, time in enumerate(times)]
    count = part_count(film, PART, SEGMENT)
    shots = []
    for number in range(count):
        end = film.seconds if number == count - 1 else Fraction((number + 1) * PART)
        span = Span(Fraction(number * PART), end, SEGMENT, number == count - 1)
        part = list(steady(frames, span))
        assert part[0].begins
        shots += part
    assert shots[0].time == 0
    assert all(before.time + before.seconds == after.time and before.seconds > 0 for before, after in pairwise(shots))
    assert shots[-1].time + shots[-1].seconds == film.seconds
    assert [(shot.time, shot.frame) for shot in shots if (shot.time, shot.frame) in set(frames)] == frames
    borders = [shot.time for shot in shots if shot.begins] + [film.seconds]
    longest = Fraction(5, 4) * SEGMENT
    # The last segment takes along what is left over and too short for one of its own.
    assert all(
        after - before <= longest + (after == film.seconds) * SEGMENT // 4 for before, after in pairwise(borders)
    )
    assert [shot.frame for shot in shots] == sorted(shot.frame for shot in shots)


def piece(*microseconds: int) -> Piece:
    """A part whose segments have 10 bytes and last so long."""
    return Piece("head", 100, "avc1.64001e", tuple((10, time) for time in microseconds))


@given(st.lists(st.integers(1, 20_000_000), min_size=1, max_size=20))
def test_no_segment_rounds_to_more_than_the_target(times: list[int]) -> None:
    """4.5 seconds have a target of 5: halves go up, and the target is a whole number that others can read."""
    pieces = [piece(*times)]
    target = target_seconds(pieces)
    listed = m3u8.loads(media_playlist([("part.mp4", pieces[0])], target))
    assert listed.target_duration == target
    assert all(int(segment.duration + 0.5) <= target for segment in listed.segments)
    assert target_seconds([piece(4_500_000)]) == 5
    assert target_seconds([piece(4_499_999)]) == 4


def test_a_head_is_named_where_it_changes() -> None:
    """Parts of one encoder share a head; where another release made one, its own is named."""
    other = Piece("other", 90, "avc1.64001e", ((10, 4_000_000),))
    parts = [("a.mp4", piece(4_000_000)), ("b.mp4", piece(4_000_000)), ("c.mp4", other), ("d.mp4", piece(4_000_000))]
    listed = m3u8.loads(media_playlist(parts, 4))
    assert [each.uri for each in listed.segment_map] == ["a.mp4", "c.mp4", "d.mp4"]
