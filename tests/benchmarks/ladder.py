"""A film becomes a ladder: by parts that workers share, beside one command of ffmpeg with the same settings."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from array import array
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import av

from tests.benchmarks.measure import interleaved, ratio, say, spread
from tests.benchmarks.peers import environment
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "A film becomes a ladder of 360, 720 and 1080 lines"
_COLUMNS = ["", "CPU s", "of one command's", "s", "of one worker's", "most MB of a process"]
_NOTE = (
    "{seconds} s of 1920x1080 at 25 frames a second (ffmpeg's testsrc2) and a tone, in parts of {part} s: "
    "H.264 veryfast without B-frames, segments of 4 s, AAC. A worker is a thread that starts the encoder's processes, "
    "one after the other, each of one thread; the ledger has no part in it. Bellwork reads all of the film once, "
    "then decodes each part once for all rungs. Ffmpeg is {version}: a command for each rung, one after the "
    "other, and one command for all, which decodes once and whose encoders, of one thread each, run side by side. "
    "Turns: {rounds}."
)
_LONG = (
    "The most megabytes of a step, for a film of {short} s and for the same one {times} times over ({long} s): {steps}."
)
_ONE, _TWO, _FFMPEG = "Bellwork, one worker", "Bellwork, two workers", "ffmpeg, one command for all"
_EACH = "ffmpeg, a command for each rung"
_HERTZ = 48_000


def measure(arena: Arena, plan: Plan) -> Section:
    """Make the film, then its ladders in turn, then look at the memory of a long one."""
    seconds, part = plan.pick(quick=16, full=32), plan.pick(quick=8, full=16)
    film = _film(arena.place / "film.mp4", seconds)
    binary = _ffmpeg()
    ways: dict[str, Callable[[], dict[str, float]]] = {
        _ONE: partial(_run, way="parts", film=str(film), workers=1, part=part),
        _TWO: partial(_run, way="parts", film=str(film), workers=2, part=part),
    }
    if binary:
        for name, at_once in ((_EACH, 1), (_FFMPEG, 3)):
            ways[name] = partial(_run, way="ffmpeg", film=str(film), binary=binary, at_once=at_once)
    rounds = plan.pick(quick=1, full=2)
    turns = interleaved(ways, rounds)
    values = {name: {key: [turn[key] for turn in took] for key in took[0]} for name, took in turns.items()}
    version = _version(binary) if binary else "which is not here"
    note = _NOTE.format(seconds=seconds, part=part, version=version, rounds=rounds)
    long, memory = _memory(arena.place, film, seconds, plan.pick(quick=10, full=112))
    return Section("ladder", HEADING, _COLUMNS, _rows(values), [note, memory], {**values, "memory": long})


def _rows(values: dict[str, dict[str, list[float]]]) -> list[list[str]]:
    base, one = values.get(_FFMPEG), values[_ONE]["seconds"]
    return [
        [
            name,
            spread(took["cpu"], 1),
            ratio(took["cpu"], base["cpu"]) if base else "-",
            spread(took["seconds"], 1),
            ratio(took["seconds"], one),
            f"{max(took['megabytes']):.0f}",
        ]
        for name, took in values.items()
    ]


def _memory(place: Path, film: Path, seconds: int, times: int) -> tuple[dict[str, Any], str]:
    """Return the most megabytes of each step for a short and a long film."""
    long = _repeated(film, place / "long.mp4", times)
    found = {
        step: [_run(way="step", film=str(each), step=step)["megabytes"] for each in (film, long)]
        for step in ("probe", "sound", "pictures")
    }
    steps = ", ".join(f"{step} {short:.0f} and {longer:.0f}" for step, (short, longer) in found.items())
    return found, _LONG.format(short=seconds, times=times, long=(seconds + 1) * times, steps=steps)


def _run(**asked: Any) -> dict[str, float]:
    say(f"ladder: {asked['way']} {asked.get('workers', '')}{asked.get('step', '')}")
    command = [sys.executable, "-m", "tests.benchmarks.ladder_once", json.dumps(asked)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    took: dict[str, float] = json.loads(done.stdout)
    return took


def _ffmpeg() -> str | None:
    """Return a program ffmpeg: the system's, or that of the wheel imageio-ffmpeg among the peers."""
    if found := shutil.which("ffmpeg"):
        return found
    asked = [str(environment.python()), "-c", "import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())"]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip() or None


def _version(binary: str) -> str:
    said = subprocess.run([binary, "-version"], check=True, capture_output=True, text=True).stdout
    return said.partition(" Copyright")[0].replace("version ", "")


def _film(path: Path, seconds: int) -> Path:
    graph = av.filter.Graph()
    links = [
        graph.add("testsrc2", f"size=1920x1080:rate=25:duration={seconds}"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*links).configure()
    with av.open(str(path), "w") as out:
        picture: Any = out.add_stream("libx264", rate=25, options={"preset": "veryfast", "crf": "20", "g": "125"})
        picture.width, picture.height, picture.pix_fmt = 1920, 1080, "yuv420p"
        sound: Any = out.add_stream("aac", rate=_HERTZ, layout="stereo")
        for number in range(25 * seconds):
            frame: Any = graph.pull()
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        for at in range(0, _HERTZ * seconds, 1024):
            out.mux(sound.encode(_tone(at)))
        out.mux(sound.encode(None))
    return path


def _tone(at: int) -> Any:
    frame = av.AudioFrame(format="s16", layout="stereo", samples=1024)
    level = [round(8_000 * math.sin(math.tau * 440 * (at + step) / _HERTZ)) for step in range(1024)]
    frame.planes[0].update(array("h", [value for value in level for _ in range(2)]).tobytes())
    frame.sample_rate, frame.pts, frame.time_base = _HERTZ, at, Fraction(1, _HERTZ)
    return frame


def _repeated(film: Path, path: Path, times: int) -> Path:
    """Write the same film so many times over, without encoding it again."""
    with av.open(str(film)) as source, av.open(str(path), "w") as out:
        streams = {each.index: out.add_stream_from_template(each) for each in (source.streams[0], source.streams[1])}
        lasts = math.ceil(float(source.duration or 0) / av.time_base) + 1  # its sound ends a moment after its picture
        for turn in range(times):
            source.seek(0)
            for packet in source.demux():
                if packet.dts is None or packet.pts is None or packet.time_base is None:
                    continue
                late = round(turn * lasts / packet.time_base)
                packet.pts, packet.dts = packet.pts + late, packet.dts + late
                packet.stream = streams[packet.stream_index]
                out.mux(packet)
    return path
