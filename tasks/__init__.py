"""The work, one folder for each system: importing this package declares every actor that a worker can run."""

from __future__ import annotations

from tasks import content, upkeep

__all__ = ["content", "upkeep"]
