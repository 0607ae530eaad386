"""The embedded voice: espeak-ng in a process of its own (it is GPL, and a crash in C stays there), with a deadline."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.tasks.providers.errors import ProviderError
from bellwork.tasks.providers.extras import extra
from bellwork.tasks.providers.speech.spoken import spoken
from bellwork.tasks.providers.speech.wav import check_plausible, write_wav
from bellwork.tasks.scratch import scratch_folder

if TYPE_CHECKING:
    from bellwork.tasks.providers.speech.protocol import Audio

#: espeak-ng does not start with a longer path to its data; the folder is then reached by a short link.
_LONGEST_DATA_PATH = 140
_CHILD = Path(__file__).with_name("espeak_child.py")
_WHO = "espeak-ng"


class Espeak:
    """A Voice that needs no network. `pace` is in words a minute as espeak-ng counts them."""

    def __init__(self, voice: str = "en-us", pace: int = 143, seconds: float = 30.0) -> None:
        self._voice, self._pace, self._seconds = voice, pace, seconds

    def speak(self, text: str) -> Audio:
        """Speak a text; raises ProviderError where the process fails or takes longer than its seconds."""
        words = spoken(text)
        with extra("media", "speech without a network"):
            loader = importlib.import_module("espeakng_loader")
        with scratch_folder("speech") as folder:
            data = _short_path(Path(loader.get_data_path()), folder)
            answer = self._run([loader.get_library_path(), str(data), self._voice, str(self._pace)], words)
        rate, _, samples = answer.partition(b"\n")
        return check_plausible(write_wav(samples, int(rate)), words, _WHO)

    def _run(self, arguments: list[str], words: str) -> bytes:
        command = [sys.executable, "-I", "-S", str(_CHILD), *arguments]
        try:
            done = subprocess.run(
                command, input=words.encode(), capture_output=True, timeout=self._seconds, check=True, cwd="/"
            )
        except subprocess.TimeoutExpired as late:
            raise ProviderError(f"{_WHO} did not finish {len(words)} characters in {self._seconds:.0f} s") from late
        except subprocess.CalledProcessError as failed:
            said = failed.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
            raise ProviderError(f"{_WHO} failed with code {failed.returncode}: {said[0]}") from failed
        return done.stdout


def _short_path(data: Path, folder: Path) -> Path:
    if len(str(data)) <= _LONGEST_DATA_PATH:
        return data
    link = folder / "data"
    link.symlink_to(data, target_is_directory=True)
    return link
