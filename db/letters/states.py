"""What becomes of a letter.

             ┌── put back: asked for patience, our own fault, not now ──┐
             ▼                                                          │
posted ▶ pending ──────────── claimed, committed ──────────────────▶ sending
          │                                                             ├▶ sent ── came back ▶ bounced
          ├▶ expired      its time was over                             ├▶ unknown    the answer was lost, or
          ├▶ superseded   it was not so any more ─ posted ▶ pending     │             whoever sent it died
          └▶ suppressed   its reader or its address gets none           └▶ refused    no server takes it

Whoever learns late that an `unknown` one was sent, says so; else only an operator sends it again.
"""

from __future__ import annotations

from typing import get_args

from bellwork.db.vocabulary.letter import Ending

PENDING, SENDING = "pending", "sending"
ENDINGS: tuple[str, ...] = get_args(Ending)
#: An operator may send these again.
RESENDABLE = ("unknown", "refused")
