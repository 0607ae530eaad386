"""Courses on their way to learners: handed in, checked, decided about; the key is the course and its version."""

from __future__ import annotations

from bellwork.db.courses.publishing.content import read_content
from bellwork.db.courses.publishing.people import reviewers
from bellwork.db.courses.publishing.review import Review, check, decide, hold_review, submit

__all__ = ["Review", "check", "decide", "hold_review", "read_content", "reviewers", "submit"]
