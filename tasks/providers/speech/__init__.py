"""Speech: a text spoken as WAV, and a script as one narration that knows where its scenes begin.

protocol       Audio, Narration, Voice
narration      a script, scene by scene, joined and measured
espeak         the embedded voice, in a process of its own (espeak_child)
openai_voice   any server with the OpenAI speech call
wav, spoken    reading and checking WAV files; making text speakable
"""

from __future__ import annotations

from bellwork.tasks.providers.speech.espeak import Espeak
from bellwork.tasks.providers.speech.narration import narrate
from bellwork.tasks.providers.speech.openai_voice import OpenAIVoice
from bellwork.tasks.providers.speech.protocol import Audio, Narration, SceneTime, Voice

__all__ = ["Audio", "Espeak", "Narration", "OpenAIVoice", "SceneTime", "Voice", "narrate"]
