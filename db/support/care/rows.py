"""Conditions on interventions and their enrollments, as SQL, which several duties share."""

from __future__ import annotations

#: An intervention `i` that is open, and one that nobody has acted on yet.
OPEN = "i.deleted_at IS NULL AND i.status IN ('pending', 'in_progress', 'escalated')"
PENDING = "i.deleted_at IS NULL AND i.status = 'pending'"
#: An enrollment `e` in its course `k` of which something is to be done at :at: active, not paused, not over.
CARED_FOR = """e.status = 'active' AND NOT k.excluded
    AND (e.ends_at IS NULL OR e.ends_at > CAST(:at AS timestamptz))
    AND NOT coalesce(e.paused_from <= CAST(:at AS timestamptz) AND coalesce(e.paused_until, 'infinity') > :at, false)"""
#: What is put off is neither assigned a new time nor escalated while it is.
AWAKE = "coalesce(i.snoozed_until, '-infinity') <= CAST(:at AS timestamptz)"
