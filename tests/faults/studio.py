"""The real content pipeline, with films that take no time, and narrations in whose middle a process can be killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.failpoints import reach
from bellwork.tasks import providers
from bellwork.tasks.content import artefacts
from bellwork.tasks.providers import Film, Narration, Script, narrate
from bellwork.workers import job

if TYPE_CHECKING:
    from pathlib import Path


def _shoot(
    script: Script, narration: Narration, out_path: Path, figure: bytes | None = None, progress: Any = None
) -> Film:
    del script, figure, progress
    out_path.write_bytes(b"film")
    return Film(narration.duration, 1280, 720, 4)


def _speak(*given: Any) -> Narration:
    """Stand where the voice has spoken and nothing is stored yet."""
    narration = narrate(*given)
    reach("in_provider", job.current().actor)
    return narration


providers.render = _shoot
artefacts.narrate = _speak  # type: ignore[assignment,attr-defined]
