"""Retention: the small steps by which the rows leave that a system's rules name (bellwork.db.vocabulary).

check     does a rule fit the tables of this database?    due        how many rows are due, the oldest first
batch     a batch of rows cleared or deleted              copying    rows on their way into an archive
parcels   the archives, and what each holds               lease      one run of a rule at a time
"""

from __future__ import annotations

from bellwork.db.retention.batch import remove_archived, sweep_batch
from bellwork.db.retention.check import check_rules, refused_rules
from bellwork.db.retention.copying import DIGEST, Copied, column_types, copy_due
from bellwork.db.retention.due import Due, count_due
from bellwork.db.retention.lease import (
    Holder,
    LastRun,
    SweepLease,
    SweepLeaseLost,
    acquire_lease,
    last_runs,
    note_run,
    release_lease,
    renew_lease,
)
from bellwork.db.retention.parcels import (
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

__all__ = [
    "DIGEST",
    "Copied",
    "Due",
    "Evidence",
    "Holder",
    "LastRun",
    "Parcel",
    "SweepLease",
    "SweepLeaseLost",
    "abandoned_parcels",
    "acquire_lease",
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
    "release_lease",
    "remove_archived",
    "renew_lease",
    "sweep_batch",
    "verified_parcels",
    "verify_parcel",
]
