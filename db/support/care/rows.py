"""Conditions on interventions and their enrollments, as SQL, which several duties share."""

from __future__ import annotations

from bellwork.db.support.sound import SOUND

#: An intervention `i` that is open, and one that nobody has acted on yet.
OPEN = "i.deleted_at IS NULL AND i.status IN ('pending', 'in_progress', 'escalated')"
PENDING = "i.deleted_at IS NULL AND i.status = 'pending'"
#: An enrollment `e` in its course `k` of which something is to be done at :at: active, not paused, not over.
CARED_FOR = """e.status = 'active' AND NOT k.excluded
    AND (e.ends_at IS NULL OR e.ends_at > CAST(:at AS timestamptz))
    AND NOT coalesce(e.paused_from <= CAST(:at AS timestamptz) AND coalesce(e.paused_until, 'infinity') > :at, false)"""
#: What is put off is neither assigned a new time nor escalated while it is.
AWAKE = "coalesce(i.snoozed_until, '-infinity') <= CAST(:at AS timestamptz)"
#: Locks interventions whose lock is free; one that somebody changes just now is left to the next sweep. Whoever waited
#: for rows here in another order than detection, which takes them by their enrollment, could deadlock with it.
TAKE_FREE = "FOR NO KEY UPDATE OF i SKIP LOCKED"
__all__ = ["AWAKE", "CARED_FOR", "OPEN", "PENDING", "SOUND", "TAKE_FREE"]
