"""`bellwork doctor --deep`: every job of the ledger, held against every invariant."""

from __future__ import annotations

from time import monotonic

from bellwork.db.engine import DatabaseError
from bellwork.db.ledger.deep import Deep
from bellwork.db.ledger.invariants import INVARIANTS, sentence
from bellwork.db.outage import explain
from bellwork.ops import words
from bellwork.ops.doctor.finding import Finding

#: Seconds after which a deep look stops, however many jobs are left.
LONGEST = 900.0
_NAME = "invariants"


def check_invariants() -> list[Finding]:
    """Fail for each invariant that a job violates, with a few ids; warn where not every job was looked at in time."""
    began, deep, why = monotonic(), Deep(), None
    try:
        deep.look(LONGEST)
    except DatabaseError as error:
        why = explain(error)
    seen = f"{words.plural(deep.jobs, 'job')} in {words.duration(monotonic() - began)}"
    found = [
        Finding("fail", _NAME, sentence(invariant, deep.found[invariant]), invariant.mend)
        for invariant in INVARIANTS
        if invariant in deep.found
    ]
    if deep.below is not None:
        older = f", and not at ids below {deep.below}" if deep.jobs else ""
        said = f"looked at {seen}{older}{f': {why}' if why else ''}"
        return [*found, Finding("warn", _NAME, said, "try again when less goes on")]
    return found or [Finding("ok", _NAME, f"all {len(INVARIANTS)} hold for {seen}")]
