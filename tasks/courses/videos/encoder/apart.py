"""Runs the steps of the encoder, each in a process of its own: a film that makes a decoder crash ends that one only.

Decoders are the code that strangers' bytes reach first. Theirs is a process that is given bytes over a socket and a
folder to write into; it has no environment, and neither the storage nor an address is told to it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from bellwork.tasks.courses.videos.encoder.boxes import Piece
from bellwork.tasks.courses.videos.encoder.facts import SEGMENT, Rung, Source, Unusable
from bellwork.tasks.courses.videos.encoder.line import serve
from bellwork.tasks.providers.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bellwork.tasks.courses.videos.encoder.steady import Span

_CHILD = "bellwork.tasks.courses.videos.encoder.child"
_KEPT = ("FAILPOINTS", "LANG", "TMPDIR")


class Encoder:
    """The encoder over one film of so many bytes.

    Each step takes `seconds` at most. It raises facts.Unusable where the film is at fault, and ProviderError where the
    process ended without an answer: it crashed, was killed, or took too long.
    """

    def __init__(self, film: BinaryIO, size: int, seconds: float) -> None:
        self._film, self._size, self._seconds = film, size, seconds

    def probe(self, thumbnail: Path | None = None) -> Source:
        """Measure the film, and write a picture of it as a JPEG to a path."""
        return Source.from_json(self._run("probe", path=str(thumbnail) if thumbnail else None))

    def pictures(self, source: Source, span: Span, wanted: Sequence[tuple[Path, Rung]]) -> list[Piece]:
        """Write a stretch of the film in each of these rungs to its path, in one run over its frames."""
        told = {"start": str(span.start), "end": str(span.end), "segment": span.segment, "is_last": span.is_last}
        rungs = [(str(path), asdict(rung)) for path, rung in wanted]
        return [
            Piece.from_json(each) for each in self._run("pictures", source=source.as_json(), rungs=rungs, span=told)
        ]

    def sound(self, path: Path, source: Source, segment: int = SEGMENT) -> Piece:
        """Write the sound of the whole film."""
        return Piece.from_json(self._run("sound", source=source.as_json(), path=str(path), segment=segment))

    def captions(self, source: Source) -> list[tuple[float, float, str]]:
        """Return (start, end, text) of the captions that the film brings along."""
        return [(start, end, text) for start, end, text in self._run("captions", source=source.as_json())]

    def speech(self, path: Path, source: Source, start: int, seconds: int) -> float:
        """Write the sound from a second of the film on (WAV, 16 kHz, mono); returns how many seconds it has."""
        step = {"path": str(path), "start": start, "seconds": seconds}
        return float(self._run("speech", source=source.as_json(), **step))

    def _run(self, do: str, **step: Any) -> Any:
        ours, theirs = socket.socketpair()
        with ours, theirs, TemporaryFile() as said, TemporaryFile() as complaint:
            child = self._start(theirs, {"do": do, **step}, said, complaint)
            try:
                theirs.close()
                deadline = time.monotonic() + self._seconds
                serve(ours, self._film, deadline)
                code = child.wait(max(0.001, deadline - time.monotonic()))
            except (TimeoutError, subprocess.TimeoutExpired) as late:
                raise ProviderError(f"the encoder did not end its step {do!r} within {self._seconds:g} s") from late
            finally:
                child.kill()
                child.wait()
            if code:
                raise ProviderError(f"the encoder {_ended(code)} in its step {do!r}{_last_line(complaint)}")
            answer = json.loads(_read(said))
        if "unusable" in answer:
            raise Unusable(answer["unusable"])
        return answer["answer"]

    def _start(
        self, line: socket.socket, step: dict[str, Any], said: IO[bytes], complaint: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        arguments = [str(line.fileno()), str(self._size), json.dumps(step)]
        return subprocess.Popen(
            [sys.executable, "-m", _CHILD, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complaint,
            pass_fds=[line.fileno()],
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **_kept()},
            cwd="/",
        )


def _kept() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


def _ended(code: int) -> str:
    if code > 0:
        return f"ended with code {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _last_line(complaint: IO[bytes]) -> str:
    lines = _read(complaint).strip().splitlines()
    return f": {lines[-1][:300]}" if lines else ""
