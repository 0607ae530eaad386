"""The one error of the embedded stack, kept apart to avoid import loops."""

from __future__ import annotations


class EmbeddedError(RuntimeError):
    """The embedded stack cannot do what was asked; the message says what is, and what to do."""
