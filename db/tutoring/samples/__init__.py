"""Data like a tutoring platform's: the same rows for the same seed and the same last day, by COPY.

people    tutors by how they behave, and students      lessons   sessions, what was said of them, and events
sample    writes all of it into empty tables
"""

from __future__ import annotations

from bellwork.db.tutoring.samples.load import sample

__all__ = ["sample"]
