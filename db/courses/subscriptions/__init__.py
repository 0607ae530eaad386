"""Subscriptions whose period has ended: which, and what becomes of them."""

from __future__ import annotations

from bellwork.db.courses.subscriptions.cancel import Cancelled, cancel_due
from bellwork.db.courses.subscriptions.due import Due, hold, select_due
from bellwork.db.courses.subscriptions.settle import expire, note_unknown, refuse, renew, told

__all__ = [
    "Cancelled",
    "Due",
    "cancel_due",
    "expire",
    "hold",
    "note_unknown",
    "refuse",
    "renew",
    "select_due",
    "told",
]
