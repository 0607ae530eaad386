"""The real content pipeline, with films that take no time, and narrations in whose middle a process can be killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tasks
from db.failpoints import reach
from tasks import providers
from tasks.content import artefacts
from tasks.providers import Film, Narration, Script, narrate
from workers import job

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["tasks"]


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
