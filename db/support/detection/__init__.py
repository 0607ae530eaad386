"""Detection: who falls behind, why, and what becomes of the open row.

figures  what is known of an enrollment     rules   THE rules, a line each     decide  what is to be done, and its words
write    rows and decisions                 detect  who is due, and what is done of whom
"""

from __future__ import annotations

from bellwork.db.support.detection.detect import Decided, clock, detect, exists, list_due

__all__ = ["Decided", "clock", "detect", "exists", "list_due"]
