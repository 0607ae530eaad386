"""Certificates in their tables: a number is taken, an issue is settled, revoked, looked up."""

from __future__ import annotations

from bellwork.db.courses.certificates.look import find, revoked_serials
from bellwork.db.courses.certificates.revoke import revoke
from bellwork.db.courses.certificates.settle import Objects, settle
from bellwork.db.courses.certificates.take import Taken, take_again, take_first

__all__ = ["Objects", "Taken", "find", "revoke", "revoked_serials", "settle", "take_again", "take_first"]
