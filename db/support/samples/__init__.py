"""Data like a course platform's: the same rows for the same seed and the same last day, by COPY.

lives   students by how they learn, and what happens to them     load   writes all of it into empty tables
silent_student   the one of the demo
"""

from __future__ import annotations

from bellwork.db.support.samples.load import sample

__all__ = ["sample"]
