"""Certificates in their tables: a number is taken, an issue is settled, revoked, issued again, looked up."""

from __future__ import annotations

from bellwork.db.courses.certificates.acts import issue_again, revoke
from bellwork.db.courses.certificates.look import find, revoked_serials
from bellwork.db.courses.certificates.settle import Objects, Outcome, settle
from bellwork.db.courses.certificates.stored import note_stored
from bellwork.db.courses.certificates.take import Taken, take_again, take_first

__all__ = [
    "Objects",
    "Outcome",
    "Taken",
    "find",
    "issue_again",
    "note_stored",
    "revoke",
    "revoked_serials",
    "settle",
    "take_again",
    "take_first",
]
