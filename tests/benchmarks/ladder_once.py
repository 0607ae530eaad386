"""One run of one way to make a ladder, in a process of its own, so that what its children took is told apart.

Its argument is JSON: `way` (parts, ffmpeg, step) and what that needs. It prints seconds, CPU seconds and the most
megabytes that any process of it had, as JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bellwork.tasks.courses.videos.encoder.apart import Encoder
from bellwork.tasks.courses.videos.encoder.facts import PART, RUNGS, SEGMENT, Rung, Source, part_count, rungs_of
from bellwork.tasks.courses.videos.encoder.steady import Span

if TYPE_CHECKING:
    from collections.abc import Callable


def main(asked: dict[str, Any]) -> dict[str, float]:
    """Do what is asked, and return what it took."""
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        ways: dict[str, Callable[..., None]] = {"parts": _parts, "ffmpeg": _ffmpeg, "step": _one}
        ways[asked.pop("way")](Path(folder), **asked)
    took = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": time.monotonic() - began,
        "cpu": took.ru_utime + took.ru_stime,
        "megabytes": took.ru_maxrss / 1024,
    }


def _parts(folder: Path, film: str, workers: int, part: int) -> None:
    """Measure a film, then make its sound and all its parts, so many at once."""
    source = _step(folder, film, "probe")
    count = part_count(source, part)
    ends = [*(Fraction((at + 1) * part) for at in range(count - 1)), source.seconds]
    spans = [Span(Fraction(at * part), end, SEGMENT, end == source.seconds) for at, end in enumerate(ends)]
    with ThreadPoolExecutor(workers) as pool:
        jobs: list[Future[Any]] = [pool.submit(_pictures, folder, film, source, span) for span in spans]
        jobs.append(pool.submit(_step, folder, film, "sound", source))
        for job in jobs:
            job.result()


def _step(folder: Path, film: str, step: str, source: Source | None = None) -> Source:
    with Path(film).open("rb") as file:
        encoder = Encoder(file, Path(film).stat().st_size, 600)
        if step == "probe" or source is None:
            return encoder.probe(folder / "thumbnail.jpg")
        encoder.sound(folder / "sound.mp4", source)
    return source


def _pictures(folder: Path, film: str, source: Source, span: Span) -> None:
    with Path(film).open("rb") as file:
        encoder = Encoder(file, Path(film).stat().st_size, 600)
        wanted = [(folder / f"{rung.label}-{span.start}.mp4", rung) for rung in rungs_of(source)]
        encoder.pictures(source, span, wanted)


def _ffmpeg(folder: Path, film: str, binary: str, at_once: int) -> None:
    """Make the same rungs and segments by commands for so many rungs at a time, one thread for each part of them."""
    rungs = [rung for rung in RUNGS if rung.lines <= 1080]
    for first in range(0, len(rungs), at_once):
        _command(folder, film, binary, rungs[first : first + at_once])
    sound = ["-vn", "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "48000", "-aac_coder", "fast"]
    subprocess.run([binary, "-nostdin", "-v", "error", "-i", film, *sound, *_hls(folder, "sound")], check=True)


def _command(folder: Path, film: str, binary: str, rungs: list[Rung]) -> None:
    split = "".join(f"[s{number}]" for number in range(len(rungs)))
    scaled = ";".join(
        f"[s{number}]scale=-2:{rung.lines}:flags=bicubic:out_range=tv,setsar=1,format=yuv420p[v{number}]"
        for number, rung in enumerate(rungs)
    )
    command = [binary, "-nostdin", "-v", "error", "-threads", "1", "-filter_complex_threads", "1", "-i", film]
    command += ["-filter_complex", f"[0:v]split={len(rungs)}{split};{scaled}"]
    for number, rung in enumerate(rungs):
        command += ["-map", f"[v{number}]", "-c:v", "libx264", "-threads", "1", "-preset", "veryfast", "-crf", "23"]
        command += ["-maxrate", str(rung.most_bits), "-bufsize", str(2 * rung.most_bits), "-forced-idr", "1"]
        command += ["-x264-params", "keyint=infinite:scenecut=0:bframes=0:force-cfr=0"]
        command += ["-force_key_frames", f"expr:gte(t,n_forced*{SEGMENT})", *_hls(folder, rung.label)]
    subprocess.run(command, check=True)


def _hls(folder: Path, name: str) -> list[str]:
    options = ["-f", "hls", "-hls_time", str(SEGMENT), "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
    return [*options, "-hls_flags", "single_file", str(folder / f"{name}.m3u8")]


def _one(folder: Path, film: str, step: str) -> None:
    """Do one step of a film: measure it, make its sound, or the last stretch of all its rungs."""
    source = _step(folder, film, "probe")
    if step == "sound":
        _step(folder, film, "sound", source)
    if step == "pictures":
        start = (part_count(source) - 1) * PART
        _pictures(folder, film, source, Span(Fraction(start), source.seconds, SEGMENT, is_last=True))


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))  # noqa: T201 - its answer
