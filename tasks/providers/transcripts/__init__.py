"""Transcripts: what is said in a piece of sound, and when.

protocol        cues, and who hears them
openai_hearing  an OpenAI-compatible server (`POST /audio/transcriptions`)
whisper         faster-whisper in a process of its own, with a small English model that is a package
vtt             cues as WebVTT, which players show
"""

from __future__ import annotations

from bellwork.tasks.providers.transcripts.openai_hearing import OpenAIHearing
from bellwork.tasks.providers.transcripts.protocol import Cue, Transcriber
from bellwork.tasks.providers.transcripts.vtt import write_vtt
from bellwork.tasks.providers.transcripts.whisper import Whisper

__all__ = ["Cue", "OpenAIHearing", "Transcriber", "Whisper", "write_vtt"]
