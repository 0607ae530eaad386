"""What a system says where its sample cannot be written."""

from __future__ import annotations


class SampleError(Exception):
    """A sample was asked for that cannot be written; the message is one line, and nothing was written."""
