"""The request pipeline: from a student's question to a film, one file for each stage; the whole of it is in README.md.

understand, check_cache, write_script, narrate, render   the stages     clarification   the question back
notify                                                   the notices    sweeps          what the calendar sends
retention                                                what leaves, and when: rules, uploads, ends of contracts
"""

from __future__ import annotations

from tasks.content.check_cache import check_cache
from tasks.content.clarification import answer, answer_clarification
from tasks.content.narrate import narrate
from tasks.content.notify import notify_ready
from tasks.content.render import render
from tasks.content.retention import (
    archive_feedback,
    archive_requests,
    clear_reset_tokens,
    end_contracts,
    remove_uploads,
)
from tasks.content.sweeps import SWEEPS
from tasks.content.understand import understand
from tasks.content.write_script import write_script

__all__ = [
    "SWEEPS",
    "answer",
    "answer_clarification",
    "archive_feedback",
    "archive_requests",
    "check_cache",
    "clear_reset_tokens",
    "end_contracts",
    "narrate",
    "notify_ready",
    "remove_uploads",
    "render",
    "understand",
    "write_script",
]
