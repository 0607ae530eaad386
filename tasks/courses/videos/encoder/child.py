"""The program of the encoder's process: does one step of one film, and answers with one line of JSON.

Its arguments: the number of the socket on which it asks for bytes, the size of the film, and the step as JSON. It has
no address, no key and no name of a file but those that it writes; it ends with the process that started it.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av

from bellwork.db.failpoints import reach
from bellwork.tasks.courses.videos.encoder.boxes import read_piece
from bellwork.tasks.courses.videos.encoder.captions import read_captions
from bellwork.tasks.courses.videos.encoder.facts import Rung, Source, Unusable
from bellwork.tasks.courses.videos.encoder.line import Bytes
from bellwork.tasks.courses.videos.encoder.pictures import encode_pictures
from bellwork.tasks.courses.videos.encoder.probe import probe
from bellwork.tasks.courses.videos.encoder.sound import encode_sound
from bellwork.tasks.courses.videos.encoder.source import open_source
from bellwork.tasks.courses.videos.encoder.speech import write_speech
from bellwork.tasks.courses.videos.encoder.steady import Span
from bellwork.tasks.courses.videos.encoder.thumbnail import write_thumbnail

if TYPE_CHECKING:
    from av.container import InputContainer

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
#: Bytes of addresses: four times what a film in 4k takes.
_ROOM = 6 << 30


def main(line: int, size: int, step: dict[str, Any]) -> dict[str, Any]:
    """Do a step; returns its answer, or `unusable` with the reason."""
    _confine()
    with socket.socket(fileno=line) as asked:
        try:
            with open_source(Bytes(asked, size)) as container:
                reach("in_encoder", step["do"])
                return {"answer": _do(container, step)}
        except Unusable as unusable:
            return {"unusable": str(unusable)}
        except av.FFmpegError as broken:
            return {"unusable": f"the film cannot be decoded: {broken.strerror}"}


def _do(container: InputContainer, step: dict[str, Any]) -> Any:
    if step["do"] == "probe":
        source = probe(container)
        if step["path"]:
            write_thumbnail(container, step["path"], source)
        return source.as_json()
    source = Source.from_json(step["source"])
    match step["do"]:
        case "pictures":
            wanted = [(path, Rung(**rung)) for path, rung in step["rungs"]]
            end = encode_pictures(container, source, _span(**step["span"]), wanted)
            return [read_piece(path, end).as_json() for path, _ in wanted]
        case "sound":
            return read_piece(step["path"], encode_sound(container, step["path"], source, step["segment"])).as_json()
        case "captions":
            return read_captions(container, source)
        case "speech":
            return write_speech(container, step["path"], source, step["start"], step["seconds"])
    raise ValueError(f"the encoder has no step {step['do']!r}")


def _span(start: str, end: str, segment: int, is_last: bool) -> Span:  # noqa: FBT001 - by its name in the step
    return Span(Fraction(start), Fraction(end), segment, is_last)


def _confine() -> None:
    """End with whoever asked, gain no rights, and take no more memory than any film needs."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_ROOM, _ROOM))
    av.logging.set_level(None)


if __name__ == "__main__":
    os.umask(0o077)
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]))))  # noqa: T201 - its answer
