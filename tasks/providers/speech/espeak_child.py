"""Runs as a program of its own: speaks its standard input with espeak-ng, and writes the rate and the samples.

Arguments: library, data folder, voice, words a minute. It imports nothing but the standard library.
"""

from __future__ import annotations

import ctypes
import sys

_SYNCHRONOUS, _NO_EXIT, _UTF8, _BY_CHARACTER = 2, 0x8000, 1, 1
_RATE = 1

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


def main(library: str, data: str, voice: str, pace: str) -> None:
    """Speak standard input to standard output."""
    espeak = ctypes.CDLL(library)
    rate = espeak.espeak_Initialize(_SYNCHRONOUS, 0, data.encode(), _NO_EXIT)
    if rate <= 0:
        sys.exit(f"espeak-ng cannot use its data in {data!r}")
    if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        sys.exit(f"espeak-ng has no voice {voice!r}")
    espeak.espeak_SetParameter(_RATE, int(pace), 0)
    sys.stdout.buffer.write(f"{rate}\n".encode() + _samples(espeak, sys.stdin.buffer.read()))


def _samples(espeak: ctypes.CDLL, text: bytes) -> bytes:
    heard = bytearray()

    def hear(wave: int | None, count: int, _events: int | None) -> int:
        if wave and count > 0:
            heard.extend(ctypes.string_at(wave, 2 * count))
        return 0

    callback = _Callback(hear)
    espeak.espeak_SetSynthCallback(callback)
    if espeak.espeak_Synth(text + b"\0", ctypes.c_size_t(len(text) + 1), 0, _BY_CHARACTER, 0, _UTF8, None, None) != 0:
        sys.exit("espeak-ng could not speak the text")
    return bytes(heard)


if __name__ == "__main__":
    main(*sys.argv[1:])
