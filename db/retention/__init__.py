"""Retention: which rows leave when, declared as rules, and the small steps by which they do.

rule      what a rule is, and which one is refused        declared   the rules
check     does a rule fit the tables of this database?    due        how many rows are due, the oldest first
batch     a batch of rows cleared or deleted              copying    rows on their way into an archive
parcels   the archives, and what each holds               hold       one run of a rule at a time
"""

from __future__ import annotations

from db.retention.batch import remove_archived, sweep_batch
from db.retention.check import check_rules, refused_rules
from db.retention.copying import DIGEST, Copied, column_types, copy_due
from db.retention.declared import RULES
from db.retention.due import Due, count_due
from db.retention.hold import Hold, Holder, HoldLost, LastRun, last_runs, note_run, release_hold, renew_hold, take_hold
from db.retention.parcels import (
    Evidence,
    Parcel,
    abandoned_parcels,
    begin_parcel,
    break_parcel,
    finish_parcel,
    note_removed,
    verified_parcels,
    verify_parcel,
)
from db.retention.rule import Rule, RuleError

__all__ = [
    "DIGEST",
    "RULES",
    "Copied",
    "Due",
    "Evidence",
    "Hold",
    "HoldLost",
    "Holder",
    "LastRun",
    "Parcel",
    "Rule",
    "RuleError",
    "abandoned_parcels",
    "begin_parcel",
    "break_parcel",
    "check_rules",
    "column_types",
    "copy_due",
    "count_due",
    "finish_parcel",
    "last_runs",
    "note_removed",
    "note_run",
    "refused_rules",
    "release_hold",
    "remove_archived",
    "renew_hold",
    "sweep_batch",
    "take_hold",
    "verified_parcels",
    "verify_parcel",
]
