"""Outgoing webhooks of all systems (docs/webhooks.md): who is told, and what became of each delivery.

emit       an event, in the caller's transaction            endpoints  who is told of what, and their secrets
lines      who delivers to an endpoint holds it             settle     what calls came to
acts       what operators do                                look       lists of deliveries
tidy       what has served
"""

from __future__ import annotations

from bellwork.db.webhooks.emit import emit
from bellwork.db.webhooks.lines import Due, Holder, fetch, leave, release, take
from bellwork.db.webhooks.settle import Again, Ended, Outcome, settle

__all__ = ["Again", "Due", "Ended", "Holder", "Outcome", "emit", "fetch", "leave", "release", "settle", "take"]
