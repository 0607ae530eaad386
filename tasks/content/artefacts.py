"""Scripts and audio by content key: what is stored is taken, what is not is made and stored, whole or not at all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from pydantic import ValidationError

from bellwork.tasks.content.outside import outside
from bellwork.tasks.providers import MissingObjectError, Narration, Script, narrate, speech, storage, turn
from bellwork.tasks.providers.speech import SceneTime

if TYPE_CHECKING:
    from collections.abc import Callable

    from bellwork.db.content.queries import Generation


def script_key(generation: Generation) -> str:
    """Name a generation's script in the storage."""
    return f"scripts/{generation.cache_key}.json"


def audio_key(generation: Generation) -> str:
    """Name a generation's audio in the storage."""
    return f"audio/{generation.cache_key}.wav"


def video_key(generation: Generation) -> str:
    """Name a generation's film in the storage."""
    return f"videos/{generation.cache_key}.mp4"


def obtain_script(generation: Generation, write: Callable[[], Script]) -> Script:
    """Return the stored script; where there is none, have it written and store it."""
    found = stored_script(generation)
    if found:
        return found
    script = write()
    storage().put(script_key(generation), script.model_dump_json().encode())
    return script


def stored_script(generation: Generation) -> Script | None:
    """Return the stored script; None where there is none, or none that can be read, which is removed."""
    try:
        return Script.model_validate_json(storage().get(script_key(generation)))
    except MissingObjectError:
        return None
    except ValidationError:
        # Written by a version that nobody reads any more, or by a stranger.
        storage().delete(script_key(generation))
        return None


def obtain_narration(generation: Generation, script: Script) -> Narration:
    """Return the stored audio; where there is none that fits its timings, have the script spoken and store it."""
    found = _stored_narration(generation)
    if found:
        return found
    _forget_audio(generation)
    with outside(), turn("tts", calls=len(script.scenes)):
        narration = narrate(script, speech())
    storage().put(audio_key(generation), narration.wav)
    storage().put(_timing_key(generation), _timings(narration))
    return narration


def forget_artefacts(generation: Generation) -> None:
    """Remove all that is stored of a generation; for one that nobody else can ever ask for."""
    _forget_audio(generation)
    for key in (script_key(generation), video_key(generation)):
        storage().delete(key)


def _stored_narration(generation: Generation) -> Narration | None:
    """The timings are stored last and name the audio they belong to: a voice does not say a thing twice alike."""
    try:
        timings = json.loads(storage().get(_timing_key(generation)))
        wav = storage().get(audio_key(generation))
        scenes = tuple(SceneTime(**scene) for scene in timings["scenes"])
        fits = timings["sha256"] == hashlib.sha256(wav).hexdigest()
        return Narration(wav, timings["sample_rate"], timings["duration"], scenes) if fits else None
    except (MissingObjectError, ValueError, KeyError, TypeError):
        return None


def _forget_audio(generation: Generation) -> None:
    storage().delete(_timing_key(generation))
    storage().delete(audio_key(generation))


def _timing_key(generation: Generation) -> str:
    return f"audio/{generation.cache_key}.json"


def _timings(narration: Narration) -> bytes:
    return json.dumps(
        {
            "sha256": hashlib.sha256(narration.wav).hexdigest(),
            "sample_rate": narration.sample_rate,
            "duration": narration.duration,
            "scenes": [asdict(scene) for scene in narration.scenes],
        }
    ).encode()
