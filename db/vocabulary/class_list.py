"""What the module that a system names as `lists` raises for whoever hands in a list."""

from __future__ import annotations


class ListError(ValueError):
    """A list is not handed in, cancelled or undone; the message says why, and what to do."""
