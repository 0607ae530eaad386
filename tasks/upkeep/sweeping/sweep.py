"""Sweeps by one rule of the table: straight away, or by way of an archive where the rule wants one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.retention import abandoned_parcels, break_parcel, check_rules, sweep_batch, verified_parcels
from bellwork.tasks.providers import MissingObjectError
from bellwork.tasks.upkeep.archive import ArchiveError
from bellwork.tasks.upkeep.sweeping.parcel import discard, pack, remove_packed
from bellwork.tasks.upkeep.sweeping.run import running

if TYPE_CHECKING:
    from bellwork.db.retention import Holder, Parcel
    from bellwork.db.vocabulary import RetentionRule
    from bellwork.tasks.upkeep.sweeping.pace import Budget
    from bellwork.tasks.upkeep.sweeping.run import Begun, Run


def sweep(rule: RetentionRule, holder: Holder, budget: Budget, *, begun: Begun = lambda _: None) -> Run:
    """Take away what is due by a rule, until nothing is or the time is spent; returns what was done.

    `begun` is called in the transaction in which the run begins.

    Raises RuleError for a rule that does not fit this database, HeldElsewhere where somebody else is at it, and
    ArchiveError or StorageError where an archive cannot be made: then the rows that it was for are as they were.
    """
    with transaction() as conn:
        check_rules(conn, [rule])
    with running(rule.key, holder, budget, rule.batch, begun=begun) as run:
        if rule.archive:
            _sweep_by_parcels(rule, run)
        else:
            _sweep_at_once(rule, run)
    return run


def _sweep_at_once(rule: RetentionRule, run: Run) -> None:
    while run.may_go_on():
        if not run.step(lambda conn, most: sweep_batch(conn, rule, most)):
            return


def _sweep_by_parcels(rule: RetentionRule, run: Run) -> None:
    """Go on where the last run was cut off: files that nobody finished first, then rows whose archive stands."""
    _discard_abandoned(rule, run)
    with transaction() as conn:
        standing = verified_parcels(conn, rule)
    for parcel in standing:
        if not run.may_go_on():
            return
        _remove_or_give_up(rule, parcel, run)
    while run.may_go_on():
        before = run.rows
        packed = pack(rule, run)
        if packed is None or not remove_packed(rule, packed, run) or run.rows == before:
            return


def _discard_abandoned(rule: RetentionRule, run: Run) -> None:
    with transaction() as conn:
        abandoned = abandoned_parcels(conn, rule)
    for parcel in abandoned:
        discard(parcel, run, "whoever wrote it died before it was verified")


def _remove_or_give_up(rule: RetentionRule, parcel: Parcel, run: Run) -> None:
    """By an archive that somebody has changed since, no further row goes; what is left of it stays to be looked at."""
    try:
        remove_packed(rule, parcel, run)
    except (MissingObjectError, ArchiveError) as failed:
        run.remark(reason := str(failed))
        run.renewed(lambda conn: break_parcel(conn, parcel, reason))
