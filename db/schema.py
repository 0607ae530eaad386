"""Every table of every system in one import: `metadata` is complete once this module was loaded."""

from __future__ import annotations

from db.base import metadata
from db.models import content

__all__ = ["content", "metadata"]
