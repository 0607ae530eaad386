"""The studio in a hurry: its model is asked once, for a second, and left alone for a second; its voice only hums."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bellwork.tasks.content import artefacts
from bellwork.tasks.providers import Narration, SceneTime, choose
from bellwork.tasks.providers.llm import OpenAIModel
from bellwork.tasks.providers.wire import Patience
from bellwork.workers import circuit
from tests.faults import studio

if TYPE_CHECKING:
    from bellwork.tasks.providers import Script
    from bellwork.tasks.providers.speech import Voice

__all__ = ["studio"]

_HURRY = Patience(total=1.0, each=1.0, tries=1)


def _hum(script: Script, voice: Voice) -> Narration:
    del voice
    return Narration(b"hum", 22_050, 150.0, tuple(SceneTime(0.0, 1.0) for _ in script.scenes))


artefacts.narrate = _hum  # type: ignore[attr-defined]
choose.OpenAIModel = partial(OpenAIModel, understanding=_HURRY, writing=_HURRY)  # type: ignore[attr-defined,assignment]
circuit.REST = 1.0
